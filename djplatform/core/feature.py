"""The manifest of a feature: one value per folder, listed in the registry."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Feature:
    """What a feature brings. Module names are dotted, so that the worker never loads Reflex."""

    name: str
    models: tuple[str, ...] = ()
    """Modules whose import declares the tables."""
    jobs: tuple[str, ...] = ()
    """Modules whose import declares jobs, inbox handlers and subscribers."""
    web: tuple[str, ...] = ()
    """Modules that only the web process loads: `api` (router) and `ui` (documents, pages)."""
    sells: tuple[str, ...] = field(default=())
    """`module:attribute` of each Sellable, one per kind."""
    streams: tuple[str, ...] = ()
    """Modules whose import registers channels and their renderings."""
