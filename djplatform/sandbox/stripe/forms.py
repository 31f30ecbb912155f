"""Stripe's form bodies: `line_items[0][price_data][currency]=usd` into a tree and back to sense."""

import re
from collections.abc import Iterable
from typing import Any

from djplatform.sandbox.stripe.errors import ApiError, missing, unknown

Tree = dict[str, Any]
_KEY = re.compile(r"([^\[\]]+)|\[([^\[\]]*)\]")


def decode(pairs: Iterable[tuple[str, str]]) -> Tree:
    """The tree that bracketed keys describe; what is numbered or `[]` becomes a list."""
    tree: Tree = {}
    for key, value in pairs:
        steps = [plain or inner for plain, inner in _KEY.findall(key)]
        node = tree
        for step in steps[:-1]:
            node = node.setdefault(step, {})
            if not isinstance(node, dict):
                raise ApiError(400, f"Invalid {steps[0]}: expected a hash", param=steps[0])
        last = steps[-1] if steps else key
        node[str(len(node)) if last == "" else last] = value
    return {key: _listed(value) for key, value in tree.items()}


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    items: dict[str, Any] = {str(key): _listed(value) for key, value in node.items()}
    if items and all(key.isdigit() for key in items):
        return [items[key] for key in sorted(items, key=int)]
    return items


def integer(tree: Tree, name: str, *, at: str = "", default: int | None = None) -> int:
    """A whole number; `at` is the path that stands in the error.

    Raises:
        ApiError: absent without a default, or not a whole number.
    """
    value = tree.get(name)
    param = f"{at}[{name}]" if at else name
    if value is None or value == "":
        if default is None:
            raise missing(param)
        return default
    if not re.fullmatch(r"-?\d{1,15}", str(value)):
        raise ApiError(
            400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=param
        )
    return int(value)


def text(tree: Tree, name: str, *, at: str = "", limit: int = 5000) -> str:
    """A required text.

    Raises:
        ApiError: absent, empty, or longer than the limit.
    """
    value = tree.get(name)
    param = f"{at}[{name}]" if at else name
    if not isinstance(value, str) or not value:
        raise missing(param)
    if len(value) > limit:
        raise ApiError(400, f"Invalid string: {value[:20]}...; must be at most {limit} characters",
                       code="parameter_invalid_string", param=param)  # fmt: skip
    return value


def branch(tree: Tree, name: str) -> Tree:
    """A hash, empty when absent."""
    value = tree.get(name) or {}
    if not isinstance(value, dict):
        raise ApiError(400, f"Invalid {name}: expected a hash", param=name)
    return value


def only(tree: Tree, allowed: Iterable[str], *, at: str = "") -> None:
    """Refuse what the endpoint does not have or the sandbox does not simulate."""
    for name in tree:
        if name not in allowed:
            raise unknown(f"{at}[{name}]" if at else name)
