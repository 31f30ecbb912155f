"""The features, in their order. A feature may call only those before it."""

from importlib import import_module

from djplatform.core.feature import Feature

NAMES: tuple[str, ...] = (
    "accounts",
    "notifications",
    "ledger",
    "payments",
    "profiles",
    "events",
    "crowd",
    "screens",
)


def features() -> list[Feature]:
    """The manifests, in the order of the registry."""
    return [import_module(f"djplatform.features.{name}.feature").FEATURE for name in NAMES]
