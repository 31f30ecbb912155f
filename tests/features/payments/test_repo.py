"""The tables as the revisions make them, and what each role may do with the inbox."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from djplatform.core.db import Scope, unit
from djplatform.core.db.engine import sqlalchemy_url
from djplatform.features.payments.service import sellables
from djplatform.features.payments.service.sellables import DuplicateSellable, sellable
from tests.features.payments.conftest import Sold, snapshot

OURS = {
    "ledger_accounts",
    "journal_entries",
    "journal_lines",
    "connected_accounts",
    "fee_plans",
    "payments",
    "inbox",
    "external_refs",
}


FORGED = """
    insert into inbox
      (id, provider, account, external_id, type, body, received_at, handled_at)
    values (gen_random_uuid(), 'stripe', 'tipjar', 'x', 't', '{}', now(), now())"""


def ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in OURS


async def test_models_and_revisions_say_the_same(db):
    engine = create_engine(sqlalchemy_url(db.url("djp_owner")), poolclass=NullPool)
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": ours}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, SQLModel.metadata)
    missing = [one for one in found if any(name in repr(one) for name in OURS)]
    assert missing == []


@pytest.mark.feature("B81/payments")
@pytest.mark.parametrize(
    "attempt",
    [
        "select body from inbox",
        "select type from inbox",
        "update inbox set handled_at = now()",
        "delete from inbox",
        FORGED,
        "select * from external_refs",
        "select * from payments",
        "select * from connected_accounts",
    ],
)
async def test_the_web_process_drops_events_in_and_reads_nothing_back(stage, attempt):
    await stage.post(snapshot("customer.created", {"id": "cus_1"}))
    before = stage.events()
    with pytest.raises(DBAPIError, match="permission denied"):
        async with unit(Scope.public()) as tx:
            await tx.session.execute(text(attempt))
    assert stage.events() == before


@pytest.mark.parametrize("who", ["owner", "guest"])
async def test_the_inbox_is_closed_to_everybody_else(stage, who):
    scope = stage.guest if who == "guest" else Scope.of(stage.world.owner)
    for attempt in ("select id from inbox", "select * from external_refs"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with unit(scope) as tx:
                await tx.session.execute(text(attempt))


async def test_a_job_writes_references_of_its_own_organization_only(stage):
    insert = text("insert into external_refs values ('stripe', 'tipjar', 'pi_1', :org)")
    with pytest.raises(DBAPIError, match="row-level security"):
        async with unit(Scope.system(stage.world.a)) as tx:
            await tx.session.execute(insert, {"org": stage.world.b})


class _Feature:
    def __init__(self, *sells: str) -> None:
        self.sells = sells


FIRST, SECOND, OTHER = Sold(), Sold(), Sold(kind="ticket")


@pytest.fixture
def sells(monkeypatch):
    def registered(*names: str) -> None:
        places = tuple(f"{__name__}:{name}" for name in names)
        monkeypatch.setattr(sellables.registry, "features", lambda: [_Feature(*places)])
        monkeypatch.setattr(
            sellables, "import_module", lambda _: type("module", (), dict(globals()))
        )
        sellables._catalogue.cache_clear()

    yield registered
    sellables._catalogue.cache_clear()


def test_what_is_sold_is_found_by_its_kind(sells):
    sells("FIRST", "OTHER")
    assert sellable("tip") is FIRST
    assert sellable("ticket") is OTHER
    with pytest.raises(KeyError):
        sellable("course")


def test_a_kind_is_sold_by_one_feature_only(sells):
    sells("FIRST", "SECOND")
    with pytest.raises(DuplicateSellable, match="tip"):
        sellable("tip")
