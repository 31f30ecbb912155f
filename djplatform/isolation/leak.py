"""What an attack found."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Leak:
    """An attack that read or changed what it must not."""

    where: str
    """A table, a route, a handler or a channel."""
    attack: str
    what: str

    def as_json(self) -> dict[str, str]:
        """The leak as an object of the report."""
        return asdict(self)
