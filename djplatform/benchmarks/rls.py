"""What the policies cost: the same list through the same unit of work, with and without them.

One million tips of a thousand organizations. Row security of the one table is switched on and off
between runs, so that role, scope, statement and plan cache are the same; five runs each,
alternating, the median counts.
"""

import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from djplatform.core.db import Scope, databases, embedded, unit
from djplatform.core.db.bootstrap import bootstrap
from djplatform.core.secrets import load_or_create
from djplatform.features.crowd.repo import tips
from djplatform.settings import settings

ORGANIZATIONS, ROWS, PAGE = 1_000, 1_000_000, 50
RUNS, CALLS = 5, 300

_PEOPLE = """
insert into organizations (id, slug, name, currency, country, created_at)
select md5('o' || n)::uuid, 'o' || n, 'Organization ' || n, 'GBP', 'GB', now()
from generate_series(1, {organizations}) n;
insert into users (id, email, display_name, created_at)
values (md5('u')::uuid, 'bench@example.com', 'Bench', now());
insert into memberships (organization_id, user_id, role, created_at)
values (md5('o7')::uuid, md5('u')::uuid, 'owner', now());"""

_TIPS = """
insert into tips (organization_id, id, device_id, amount_minor, currency, guest_name, message,
                  status, paid_minor, net_minor, created_at, updated_at, paid_at)
select md5('o' || (n % {organizations} + 1))::uuid, gen_random_uuid(), gen_random_uuid(), 500,
       'GBP', 'Guest ' || n, 'Best set of the year', 'paid', 500, 452,
       timestamp '2026-01-01' + n * interval '7 seconds', now(),
       timestamp '2026-01-01' + n * interval '7 seconds'
from generate_series(1, {rows}) n"""

ORGANIZATION = UUID(hashlib.md5(b"o7").hexdigest())
USER = UUID(hashlib.md5(b"u").hexdigest())


def run() -> dict[str, Any]:
    """Build the table, measure, and give milliseconds of one list of 50."""
    with tempfile.TemporaryDirectory(prefix="djplatform-rls-") as folder:
        server = embedded.start(Path(folder), test=True)
        try:
            return _measure(server.superuser_url, Path(folder))
        finally:
            server.stop()
            embedded.remove(Path(folder))


def _measure(superuser: str, folder: Path) -> dict[str, Any]:
    secrets = load_or_create(folder)
    urls = bootstrap(superuser, secrets.passwords, secrets.scope_key, database="bench")
    os.environ["DJP_SCOPE_KEY"] = secrets.scope_key
    settings.cache_clear()
    with psycopg.connect(superuser, dbname="bench", autocommit=True) as admin:
        admin.execute(_PEOPLE.format(organizations=ORGANIZATIONS))  # pyright: ignore
        admin.execute(_TIPS.format(organizations=ORGANIZATIONS, rows=ROWS))  # pyright: ignore
        admin.execute("vacuum analyze tips")
        return asyncio.run(_runs(urls["djp_web"], admin, Scope.member(USER, ORGANIZATION)))


async def _runs(url: str, admin: "psycopg.Connection[Any]", scope: Scope) -> dict[str, Any]:
    databases.configure(web=url, pool_size=1)
    with_policies: list[float] = []
    without: list[float] = []
    for measured in range(RUNS + 1):
        for switch, into in (("enable", with_policies), ("disable", without)):
            admin.execute(f"alter table tips {switch} row level security")  # pyright: ignore
            milliseconds = await _one_run(scope)
            if measured:  # the first pair warms caches
                into.append(milliseconds)
    await databases.close()
    ours, peer = statistics.median(with_policies), statistics.median(without)
    return {
        "name": "rls",
        "ours": round(ours, 3),
        "peer": round(peer, 3),
        "ratio": round(ours / peer, 3),
        "unit": f"ms for {PAGE} of {ROWS:,} rows, in one unit of work",
        "passed": ours / peer <= 1.3,
        "runs": {
            "with": [round(value, 3) for value in with_policies],
            "without": [round(value, 3) for value in without],
        },
    }


async def _one_run(scope: Scope) -> float:
    assert scope.organization_id is not None
    seen = 0
    began = time.perf_counter()
    for _ in range(CALLS):
        async with unit(scope) as tx:
            page = await tips.paid(
                tx, scope.organization_id, event_id=None, before=None, limit=PAGE
            )
            seen += len(page)
    taken = time.perf_counter() - began
    if seen != PAGE * CALLS:
        raise RuntimeError(f"saw {seen} rows instead of {PAGE * CALLS}: nothing was measured")
    return taken / CALLS * 1_000
