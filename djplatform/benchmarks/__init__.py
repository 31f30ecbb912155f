"""Benchmarks: each measures us beside a peer, or a limit, in one run."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

_MODULES = {
    "fanout": "djplatform.benchmarks.fanout",
    "streams": "djplatform.benchmarks.sockets",
    "rls": "djplatform.benchmarks.rls",
    "webhooks": "djplatform.benchmarks.webhooks",
    "lighthouse": "djplatform.benchmarks.lighthouse",
}


def names() -> list[str]:
    """What can be measured."""
    return [name for name, module in _MODULES.items() if find_spec(module)]


def run(name: str) -> dict[str, Any]:
    """Measure: at least `name`, `ours`, `peer`, `ratio`, `unit`; `passed` where there is a bar.

    Raises:
        LookupError: there is no benchmark of that name.
    """
    if name not in names():
        raise LookupError(f"no benchmark {name!r}; there are {', '.join(names())}")
    return import_module(_MODULES[name]).run()
