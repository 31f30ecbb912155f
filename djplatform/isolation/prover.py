"""The whole proof: a product of its own, two tenants, every attack, one report."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from djplatform.core.db import embedded
from djplatform.core.db.bootstrap import with_login
from djplatform.core.db.roles import DATABASE
from djplatform.core.secrets import load_or_create
from djplatform.isolation.catalog import Connection, tenant_tables
from djplatform.isolation.inventory import Inventory, read_inventory
from djplatform.isolation.leak import Leak
from djplatform.isolation.people import CouldNotPrepare
from djplatform.isolation.sql_attacks import Cast, attack_tables, attacks
from djplatform.isolation.web_attacks import (
    People,
    Result,
    Tenants,
    attack_web,
    gather,
    prepare,
    stage,
)
from djplatform.temporary import Product, temporary_product

WIDE_LIMITS = {
    f"DJP_LIMIT_{name}": "1000000 per minute"
    for name in (
        "LOGIN_ACCOUNT",
        "LOGIN_ADDRESS",
        "SIGNUP_ADDRESS",
        "FORM_DEVICE",
        "FORM_ADDRESS",
        "API",
        "REST",
        "REST_REFUSED",
        "UPLOAD",
        "HANDSHAKES_ADDRESS",
    )
} | {"DJP_LIMIT_SOCKETS_ADDRESS": "10000"}
"""A limit that refuses an attack would hide what the attack finds."""


class NotTemporary(RuntimeError):
    """There are people in this database that the demo did not make; nothing was attacked."""


def prove() -> dict[str, object]:
    """Start a product of its own in a temporary folder, attack it, and report.

    Returns:
        `tables`, how many tenant tables there are; `attacks`, how many attempts were made on them
        and over the web; `leaks`, empty when the tenants are apart; and how it adds up.

    Raises:
        DidNotStart: the temporary product did not come up.
        CouldNotPrepare: the demo lacks what the attack needs.
    """
    _say("Starting a product of its own in a temporary folder")
    with ThreadPoolExecutor(1) as pool:
        # What there is to attack needs no database to be composed, only seconds.
        composing = pool.submit(read_inventory, os.environ)
        with temporary_product(environment=WIDE_LIMITS) as product:
            return attack(product, composing.result())


def _say(line: str) -> None:
    """Progress, beside the report: it takes about a minute."""
    print(line, file=sys.stderr, flush=True)


def attack(product: Product, inventory: Inventory) -> dict[str, object]:
    """Attack a product that exists for this alone.

    Raises:
        NotTemporary: real people use it.
    """
    secrets = load_or_create(product.data_dir)
    server = embedded.start(product.data_dir)
    try:
        admin_url = make_conninfo(server.superuser_url, dbname=DATABASE)
        web_url = with_login(admin_url, "djp_web", secrets.passwords["djp_web"], DATABASE)
        with psycopg.connect(admin_url, autocommit=True) as connection:
            refuse_strangers(connection)
            tenants = choose_tenants(connection)

            async def over_the_web() -> tuple[People, Result]:
                people = await gather(connection, tenants, product.port)
                await people.owner.signed_in()
                tables, planted = prepare(connection, tenants, people)
                scene = stage(connection, tenants, people, inventory, tables, planted, product.port)
                return people, await attack_web(connection, scene)

            _say("Attacking routes, event handlers and streams")
            people, web = asyncio.run(over_the_web())
            _say("Attacking every tenant table through SQL")
            cast = _cast(tenants, people, bytes.fromhex(secrets.scope_key))
            tables, _, leaks = attack_tables(admin_url, web_url, cast)
            on_each = {table.name: sum(1 for _ in attacks(table, cast)) for table in tables}
    finally:
        server.stop()
    return report(on_each, web, [*leaks, *web.leaks])


def refuse_strangers(connection: Connection) -> None:
    """Make sure that only invented people are there.

    Raises:
        NotTemporary: somebody has an address that is not reserved for examples (RFC 2606).
    """
    query = "select count(*) from users where email !~ '@([a-z0-9-]+[.])*example[.](com|org|net)$'"
    row = connection.execute(query).fetchone()
    if row and row[0]:
        raise NotTemporary(f"{row[0]} people here are not invented; nothing was attacked.")


def choose_tenants(connection: Connection) -> Tenants:
    """The tenant with the most rows is the victim, the next one attacks.

    Raises:
        CouldNotPrepare: the demo has fewer than two tenants.
    """
    rows = connection.execute(
        "select o.id, o.slug, coalesce(o.product_context, 'neutral'), b.host from organizations o"
        " join brands b on b.product_context is not distinct from o.product_context"
        " where o.kind = 'tenant'"
    ).fetchall()
    if len(rows) < _TWO:
        raise CouldNotPrepare("The demo has fewer than two tenants.")
    counts = _row_counts(connection, [row[0] for row in rows])
    rows.sort(key=lambda row: counts[row[0]], reverse=True)
    victim, slug, brand, host = rows[0]
    other, other_slug = rows[1][:2]
    return Tenants(victim, other, str(slug), str(other_slug), str(brand), str(host))


_TWO = 2


def _row_counts(connection: Connection, organizations: list[UUID]) -> Counter[UUID]:
    counts: Counter[UUID] = Counter()
    for table in tenant_tables(connection, organizations[0]):
        query = f"select {table.key}, count(*) from {table.name} group by 1"
        counts.update(dict(connection.execute(query.encode()).fetchall()))
    return counts


def _cast(tenants: Tenants, people: People, key: bytes) -> Cast:
    return Cast(
        victim=tenants.victim,
        other=tenants.other,
        owner=people.owner.user,
        viewer=people.viewer.user,
        outsider=people.outsider.user,
        key=key,
    )


def report(on_each: Mapping[str, int], web: Result, leaks: Sequence[Leak]) -> dict[str, object]:
    """What the command prints as JSON; `on_each` counts the attacks through SQL by table."""
    return {
        "tables": len(on_each),
        "attacks": sum(on_each.values()) + web.attempts,
        "leaks": [leak.as_json() for leak in leaks],
        "on_each_table": dict(on_each),
        "on_routes": web.routes,
        "on_handlers": web.handlers,
        "on_streams": web.streams,
    }


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The report for a person."""
    for table, number in found["on_each_table"].items():
        yield f"{table}: {number} attacks through SQL"
    yield (
        f"{found['on_routes']} attacks on routes, {found['on_handlers']} on event handlers and"
        f" consoles, {found['on_streams']} on streams; {found['attacks']} in all"
    )
    if not found["leaks"]:
        yield "Nothing leaked and nothing changed."
    for leak in found["leaks"]:
        yield f"LEAK {leak['where']}: {leak['attack']}: {leak['what']}"
