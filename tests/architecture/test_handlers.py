"""Every event handler of every feature says who may call it."""

from importlib import import_module

import pytest

from djplatform import registry
from djplatform.ui import guard, reflex_seam


@pytest.mark.feature(23, "42/handlers")
def test_every_handler_declares_a_permission() -> None:
    for feature in registry.features():
        for module in feature.web:
            import_module(module)
    ours = [name for name in reflex_seam.event_handlers() if "djplatform" in name]
    assert ours, "no handler of ours is registered"
    assert [name for name in guard.undeclared_handlers() if "djplatform" in name] == []
    assert [name for name in ours if name.rsplit(".", 1)[1].startswith("set_")] == []
