"""Whatever people and Stripe do, in any order and as often as they like: the books are whole."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from djplatform.core.db import Scope, unit
from djplatform.features.ledger.service import PLATFORM, AccountKind, totals
from djplatform.features.payments import service
from djplatform.features.payments.dto import EarningsQuery
from tests.features.payments.conftest import Stage

T = TypeVar("T")

# What was earned, beside what was only moved on to the connected account and back.
EARNED = ("captured", "refunded", "fee_refunded", "disputed")
PAYABLE = """
    select coalesce(-sum(l.amount_minor), 0)::bigint as net from journal_lines l
    join journal_entries e on e.id = l.entry_id
    join ledger_accounts a on a.organization_id = l.organization_id and a.id = l.account_id
    where a.kind = 'payable' and split_part(e.transition, '-', 1) = any(%s)"""
UNBALANCED = "select entry_id from journal_lines group by 1, currency having sum(amount_minor) <> 0"
BOOKED_TWICE = """
    select p.id from payments p left join journal_entries e
    on e.source_id = p.id and e.transition = 'captured'
    group by p.id, p.status having count(e.id) <> (p.status = 'paid')::int"""


PICK = st.integers(0, 99)
"""Which of what there is. Hypothesis must not see what earlier examples have left behind."""


class Evening(RuleBasedStateMachine):
    """One evening after the other at one brand; each ends with everything told and handled."""

    stage: Stage
    loop: asyncio.AbstractEventLoop

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the loop of the test; the machine itself stands in a thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        return self.stage.db.rows(query, *values)

    def event(self, pick: int) -> UUID | None:
        """One of the latest events of the inbox, handled or not."""
        found = self.rows("select id from inbox order by id desc limit 30")
        return found[pick % len(found)]["id"] if found else None

    def control(self, kind: str, pick: int, path: str, **body: Any) -> None:
        """Do something to an object, `{}` in the path; it may be impossible, and then is not."""

        async def ask() -> None:
            async with self.stage.sandbox.store.transaction() as rows:
                found = await rows.find(kind, owner="tipjar", limit=20)
            if found:
                one = found[pick % len(found)]
                filled = path.format(one.get("id") or one["session"])
                await self.stage.browser.post(f"/control/{filled}", json=body)

        self.do(ask())

    # --- what happens ----------------------------------------------------------------------

    @rule(minor=st.integers(50, 30_000), covers_fee=st.booleans())
    def somebody_tips(self, minor: int, covers_fee: bool) -> None:
        self.do(self.stage.tip(minor, covers_fee=covers_fee))

    @rule(again=st.booleans())
    def a_card_is_refused(self, again: bool) -> None:
        async def tries() -> None:
            url = await self.stage.open(await self.stage.start())
            await self.stage.press_pay(url, number="4000000000000002")
            if again:
                await self.stage.press_pay(url)

        self.do(tries())

    @rule()
    def a_bank_debit_begins(self) -> None:
        async def begins() -> None:
            url = await self.stage.open(await self.stage.start())
            await self.stage.press_pay(url, method="bacs_debit")

        self.do(begins())

    @rule(pick=PICK, succeeds=st.booleans())
    def a_bank_decides(self, pick: int, succeeds: bool) -> None:
        self.control("pending_debit", pick, "payments/{}", succeeds=succeeds)

    @rule(pick=PICK, part=st.integers(1, 20_000), back=st.booleans(), fee=st.booleans())
    def somebody_refunds(self, pick: int, part: int, back: bool, fee: bool) -> None:
        how = {"amount": part, "reverse_transfer": back, "refund_application_fee": fee}
        self.control("charge", pick, "charges/{}/refund", **how)

    @rule(pick=PICK)
    def a_refund_fails(self, pick: int) -> None:
        self.control("refund", pick, "refunds/{}/fail")

    @rule(pick=PICK, won=st.none() | st.booleans())
    def a_payers_bank_objects_or_decides(self, pick: int, won: bool | None) -> None:
        decided = {} if won is None else {"won": won}
        self.control("charge", pick, "charges/{}/dispute", **decided)

    # --- what is told ----------------------------------------------------------------------

    @rule()
    def stripe_tells(self) -> None:
        self.do(self.stage.deliver())

    @rule(pick=PICK)
    def some_event_is_handled(self, pick: int) -> None:
        if event := self.event(pick):
            self.do(service.handle_event(event))

    @rule(pick=PICK)
    def an_event_is_handled_once_more(self, pick: int) -> None:
        async def again(event: UUID) -> None:
            async with unit(Scope.system(PLATFORM)) as tx:
                await service.resend_event(tx, str(event))
            await service.handle_event(event)

        if event := self.event(pick):
            self.do(again(event))

    # --- what holds ------------------------------------------------------------------------

    @invariant()
    def every_entry_is_balanced_and_every_payment_captured_once(self) -> None:
        assert self.rows(UNBALANCED) == []
        assert self.rows(BOOKED_TWICE) == []

    def teardown(self) -> None:
        """All is told and handled in the end: then three books say the same."""
        self.do(self.stage.settle())
        assert self.rows("select type, problem from inbox where problem <> ''") == []
        ledger, stripe, page = self.do(self.balances()), self.do(self.at_stripe()), self.earned()
        assert ledger.get(AccountKind.STRIPE, 0) == stripe
        assert page == self.rows(PAYABLE, list(EARNED))[0]["net"]

    async def balances(self) -> dict[str, int]:
        async with unit(Scope.system(PLATFORM)) as tx:
            return {total.kind: total.balance.minor for total in await totals(tx, PLATFORM)}

    async def at_stripe(self) -> int:
        key = {"Authorization": "Bearer sk_test_tipjar_0123456789"}
        answer = await self.stage.browser.get("/stripe/v1/balance", headers=key)
        return sum(one["amount"] for one in answer.json()["available"])

    def earned(self) -> int:
        """The payee's net, as the page says it."""

        async def read() -> int:
            owner = self.stage.world.owner
            async with unit(Scope.of(owner)) as tx:
                view = await service.earnings(tx, owner, EarningsQuery(limit=200))
            for sums in view.totals:
                assert sums.gross == sums.fee + sums.net
            return sum(sums.net.minor for sums in view.totals)

        return self.do(read())


@pytest.mark.feature("38/machine", "88/machine", "90/booked", "341/ledger")
async def test_the_books_are_whole_whatever_happens_in_whatever_order(stage: Stage) -> None:
    await stage.connect()
    here = asyncio.get_running_loop()
    machine = type("ThisEvening", (Evening,), {"stage": stage, "loop": here})
    limits = settings(
        max_examples=12,
        stateful_step_count=14,
        deadline=None,
        # Without shrinking: after a failure the books are broken for every smaller example too.
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    await asyncio.to_thread(run_machine, machine, settings=limits)
    assert stage.db.rows("select count(*) as n from payments where status = 'paid'")[0]["n"] > 0
