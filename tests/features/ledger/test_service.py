"""The journal on the real database: balanced, booked once, never changed, one tenant each."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from djplatform.core import clock
from djplatform.core.db import Scope, unit
from djplatform.core.ids import new_id
from djplatform.core.money import Money
from djplatform.features.ledger import service
from djplatform.features.ledger.service import PLATFORM, Booking


def booking(organization, source=None) -> Booking:
    return Booking("payment", source or new_id(), organization, "tipjar", clock.now())


def pounds(minor: int) -> Money:
    return Money(minor, "GBP")


async def book_all(organization, total: int, fee: int, cost: int) -> None:
    about = booking(organization)
    async with unit(Scope.system(organization)) as tx:
        await service.book_capture(tx, about, pounds(total), pounds(fee))
        await service.book_transfer(tx, about, pounds(total - fee))
        await service.book_processor_cost(tx, about, pounds(cost))


async def balances(scope: Scope, organization) -> dict[str, int]:
    async with unit(scope) as tx:
        return {t.kind: t.balance.minor for t in await service.totals(tx, organization)}


async def test_a_tip_from_capture_to_processor_cost(world):
    await book_all(world.a, 500, 48, 45)
    assert await balances(Scope.of(world.owner), world.a) == {"payable": 0}
    assert await balances(Scope.system(PLATFORM), PLATFORM) == {
        "fees": -48,
        "processor_cost": 45,
        "stripe": 3,
    }


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(1, 400))))
async def test_every_sum_of_entries_is_zero_and_stripe_is_what_the_platform_keeps(world, db, tips):
    before = await balances(Scope.system(PLATFORM), PLATFORM)
    for total, fee, cost in tips:
        await book_all(world.a, total, min(fee, total), cost)
    whole = db.rows("select coalesce(sum(amount_minor), 0)::bigint s from journal_lines")
    assert whole == [{"s": 0}]
    after = await balances(Scope.system(PLATFORM), PLATFORM)
    earned = sum(min(fee, total) - cost for total, fee, cost in tips)
    assert after.get("stripe", 0) - before.get("stripe", 0) == earned


@pytest.mark.feature(96, "341/ledger")
@pytest.mark.parametrize("table", ["journal_entries", "journal_lines", "ledger_accounts"])
@pytest.mark.parametrize(
    "change", ["update {t} set id = id", "delete from {t}", "truncate {t} cascade"]
)
async def test_what_is_booked_cannot_be_changed_even_by_the_owner(world, db, table, change):
    await book_all(world.a, 500, 48, 45)
    before = db.rows(f"select * from {table} order by id")
    for login in ("djp_owner", "postgres"):
        with (
            psycopg.connect(db.url(login)) as connection,
            pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="append-only"),
        ):
            connection.execute(change.format(t=table))
    assert db.rows(f"select * from {table} order by id") == before


@pytest.mark.feature(96)
async def test_a_correction_is_a_new_entry(world, db):
    about = booking(world.a)
    async with unit(Scope.system(world.a)) as tx:
        await service.book_capture(tx, about, pounds(500), pounds(48))
    async with unit(Scope.system(world.a)) as tx:
        await service.book_capture(tx, booking(world.a), pounds(-500), pounds(-48))
    assert len(db.rows("select id from journal_entries")) == 2
    assert set((await balances(Scope.system(PLATFORM), PLATFORM)).values()) == {0}


@pytest.mark.feature("38/ledger")
async def test_a_transition_is_booked_once(world, db):
    about = booking(world.a)
    async with unit(Scope.system(world.a)) as tx:
        await service.book_capture(tx, about, pounds(500), pounds(48))
    with pytest.raises(IntegrityError, match="source_kind_source_id_transition"):
        async with unit(Scope.system(world.a)) as tx:
            await service.book_capture(tx, about, pounds(500), pounds(48))
    assert len(db.rows("select id from journal_lines")) == 3


def posting(lines: str) -> str:
    return (
        f'select app.post_journal(\'{{"id": "{new_id()}", "source_kind": "payment", '
        f'"source_id": "{new_id()}", "transition": "captured", "brand": "tipjar", '
        f'"occurred_at": "2026-11-21T22:00:00Z", "lines": [{lines}]}}\'::jsonb)'
    )


def line(organization, account: str, amount: int, currency: str = "GBP") -> str:
    return (
        f'{{"organization_id": "{organization}", "account": "{account}", '
        f'"currency": "{currency}", "amount_minor": {amount}}}'
    )


@pytest.mark.feature("341/ledger")
@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "no lines"),
        ([("stripe", 500, "GBP")], "not balanced"),
        ([("stripe", 500, "GBP"), ("fees", -499, "GBP")], "not balanced"),
        ([("stripe", 500, "GBP"), ("fees", -500, "USD")], "not balanced"),
        ([("stripe", 500, "GBP"), ("fees", 0, "GBP")], "amount_minor"),
        ([("payable", 500, "GBP"), ("fees", -500, "GBP")], "ck_ledger_accounts_owner"),
        ([("pocket", 500, "GBP"), ("fees", -500, "GBP")], "ck_ledger_accounts"),
    ],
)
async def test_what_does_not_add_up_is_refused_by_the_database(world, db, lines, says):
    posted = posting(", ".join(line(PLATFORM, *parts) for parts in lines))
    with pytest.raises(DBAPIError, match=says):
        async with unit(Scope.system(world.a)) as tx:
            await tx.session.execute(text(posted.replace(":", "\\:").replace("\\:\\:", "::")))
    assert db.rows("select id from journal_entries") == []
    assert db.rows("select id from journal_lines") == []


async def test_an_unbalanced_line_of_the_owner_is_refused_at_commit(world, db):
    await book_all(world.a, 500, 48, 45)
    connection = psycopg.connect(db.url("djp_owner"))
    connection.execute(
        "insert into journal_lines select organization_id, gen_random_uuid(), entry_id, "
        "account_id, 1, currency, occurred_at from journal_lines limit 1"
    )
    with pytest.raises(psycopg.errors.CheckViolation, match="not balanced"):
        connection.commit()
    connection.close()


@pytest.mark.parametrize("role", ["owner", "mate", "outsider"])
async def test_no_member_writes_the_ledger(world, db, role):
    await book_all(world.a, 500, 48, 45)
    actor = getattr(world, role)
    attempts = [
        posting(""),
        "insert into journal_lines select * from journal_lines",
        "insert into ledger_accounts select * from ledger_accounts",
        "insert into journal_entries select * from journal_entries",
        "update journal_lines set amount_minor = 1",
        "select * from journal_entries",
    ]
    for attempt in attempts:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with unit(Scope.member(actor.user_id, world.a)) as tx:
                await tx.session.connection()
                await tx.session.execute(text(attempt.replace(":", "\\:")))
    assert len(db.rows("select id from journal_lines")) == 7


async def test_nobody_reads_another_organizations_lines(world):
    await book_all(world.a, 500, 48, 45)
    assert await balances(Scope.of(world.outsider), world.a) == {}
    assert await balances(Scope.of(world.owner), PLATFORM) == {}
    assert await balances(Scope.system(world.b), world.a) == {}
    everything = await balances(Scope.platform(world.admin, "reconciliation"), PLATFORM)
    assert everything["fees"] == -48


async def test_a_free_sale_books_no_empty_lines(world):
    about = booking(world.a)
    async with unit(Scope.system(world.a)) as tx:
        await service.book_capture(tx, about, pounds(500), pounds(0))
        await service.book_transfer(tx, about, pounds(0))
    assert await balances(Scope.of(world.owner), world.a) == {"payable": -500}


async def test_totals_are_ready_to_show(world):
    async with unit(Scope.system(world.a)) as tx:
        await service.book_capture(tx, booking(world.a), pounds(500), pounds(48))
    async with unit(Scope.of(world.owner)) as tx:
        assert [t.text for t in await service.totals(tx, world.a)] == ["-£4.52"]
