"""Organization A as its attackers know it: every id, slug and channel that it has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from uuid import UUID

from psycopg import sql

from djplatform.isolation.catalog import Connection, Table
from djplatform.isolation.inventory import filled, places

_A_FEW = 2
_MOST = 8
"""Combinations that are tried of what fits into one address or one call."""


@dataclass(frozen=True, slots=True)
class Victim:
    """Whom the attacks are aimed at."""

    organization: UUID
    ids: Mapping[str, tuple[str, ...]]
    """Table → ids of some of its rows."""
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """What goes by another name than a table's: slug, user, device, token …"""

    def values(self, name: str) -> tuple[str, ...]:
        """What a parameter of this name may mean; of an unknown name anything."""
        bare = name.removesuffix("_id").removesuffix("_ids").lower()
        if bare in self.known:
            return self.known[bare]
        if bare in ("organization", "tenant"):
            return (str(self.organization),)
        if bare == "key":
            return tuple(self._pairs())
        for table, ids in self.ids.items():
            if bare in (table, _singular(table), _singular(table).rpartition("_")[2]):
                return ids
        return self.anything()

    def anything(self) -> tuple[str, ...]:
        """One id of each kind."""
        firsts = [ids[0] for ids in self.ids.values() if ids]
        return (str(self.organization), *firsts, *self.known.get("slug", ()))

    def everything(self) -> dict[str, str]:
        """A form with every name that a route or a handler might look for."""
        found = {"id": next(iter(self.ids.get("tips", self.anything())))}
        for table, ids in self.ids.items():
            found |= dict.fromkeys((_singular(table), f"{_singular(table)}_id"), ids[0])
        for name, values in self.known.items():
            found |= dict.fromkeys((name, f"{name}_id"), values[0])
        return found | dict.fromkeys(
            ("organization", "organization_id", "tenant"), str(self.organization)
        )

    def combinations(self, names: Sequence[str]) -> list[dict[str, str]]:
        """Ways to fill several parameters at once; one empty way when there are none."""
        choices = [self.values(name) for name in names]
        return [
            dict(zip(names, chosen, strict=True)) for chosen in islice(product(*choices), _MOST)
        ]

    def fill(self, pattern: str) -> list[str]:
        """A path or a channel's pattern with the victim's ids."""
        return [filled(pattern, values) for values in self.combinations(places(pattern))]

    def _pairs(self) -> Iterator[str]:
        """Keys such as `tip:{key}` has: organization and row, without dashes."""
        for ids in self.ids.values():
            yield f"{self.organization.hex}_{ids[0].replace('-', '')}"


def _singular(table: str) -> str:
    return table.removesuffix("s")


def ids_of(
    connection: Connection, tables: Sequence[Table], organization: UUID
) -> dict[str, tuple[str, ...]]:
    """The newest ids of each tenant table; ids made in time order sort so."""
    found: dict[str, tuple[str, ...]] = {}
    for table in tables:
        if table.key == "id" or "id" not in table.columns:
            continue
        query = sql.SQL("select id::text from {} where {} = %s order by id::text desc limit %s")
        rows = connection.execute(
            query.format(table.identifier, sql.Identifier(table.key)), (organization, _A_FEW)
        ).fetchall()
        if rows:
            found[table.name] = tuple(str(row[0]) for row in rows)
    return found
