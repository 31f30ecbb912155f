"""Processes that die and services that are down, while people tip; the books are drawn after each.

One product for all: what a fault breaks must mend itself before the next one.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from djplatform.forms import forms_of
from tests.journeys.running import PATIENCE, Fan, Running, answers, payment_of, until

DOWN_TEXT = "The payment page did not open. Nothing was charged; please try again."


def payments_of(running: Running, name: str) -> list[dict]:
    """The payments of the tip that a guest of this name gave."""
    return running.rows(
        "select p.id::text, p.status, p.checkout_id from payments p"
        " join tips t on t.organization_id = p.organization_id and t.id = p.subject_id"
        " where t.guest_name = %s order by p.created_at",
        name,
    )


# --- the fan ---------------------------------------------------------------------------------


@pytest.mark.feature("87/double-click")
async def test_a_double_click_on_pay_pays_once(running: Running) -> None:
    fan = await running.fan()
    both = await asyncio.gather(*(fan.send(guest_name="Twice") for _ in range(2)))
    assert [answer.status_code for answer in both] == [303, 303]
    assert both[0].headers["location"] == both[1].headers["location"]
    checkout = await fan.browser.get(both[0].headers["location"])
    paid = await asyncio.gather(*(fan.pay(checkout) for _ in range(2)))
    assert paid[0] == paid[1]
    await running.settled()
    assert [row["status"] for row in payments_of(running, "Twice")] == ["paid"]


async def test_a_checkout_that_nobody_comes_back_to_runs_out(running: Running) -> None:
    fan = await running.fan()
    await fan.to_checkout(guest_name="Gone", message="I closed the browser")
    [payment] = payments_of(running, "Gone")
    # Its time is over; two hours would be long to wait for.
    running.rows(
        "update sandbox.objects set due_at = 0 where kind = 'session' and key = %s",
        payment["checkout_id"],
    )
    await until(lambda: payments_of(running, "Gone")[0]["status"] == "expired", "it expires")
    assert running.value("select status from tips where guest_name = 'Gone'") == "expired"
    page = await fan.reads(payment["id"])
    assert "The checkout ran out" in page
    again = await fan.browser.get(running.page(f"/t/jay-martell?again={payment['id']}"))
    assert forms_of(again.text)[0].values["message"] == "I closed the browser"


# --- the sandbox -----------------------------------------------------------------------------


async def refused_kindly(fan: Fan, name: str) -> httpx.Response:
    """The form comes back with a clear text and everything that was typed."""
    answer = await fan.send("7.50", guest_name=name, message="Für Élodie 🎉")
    assert answer.status_code == 503, answer.text
    assert DOWN_TEXT in answer.text
    assert int(answer.headers["retry-after"]) > 0
    values = forms_of(answer.text)[0].values
    kept = {"custom_amount": "7.50", "guest_name": name, "message": "Für Élodie 🎉"}
    assert {field_: values[field_] for field_ in kept} == kept
    return answer


async def pays_after_all(running: Running, fan: Fan, form: httpx.Response, name: str) -> None:
    """The same form works later, and there is one payment for it."""
    again = await fan.browser.send(form, {}, follow=False)
    assert again.status_code == 303, again.text
    await fan.pay(await fan.browser.get(again.headers["location"]))
    await running.settled()
    assert [row["status"] for row in payments_of(running, name)] == ["paid"]


@pytest.mark.feature("89/kept")
@pytest.mark.parametrize("when", ["before", "after"])
async def test_stripe_answers_with_errors(running: Running, when: str) -> None:
    """`after`: the checkout was made and only the answer was lost."""
    fan, name = await running.fan(), f"Errors {when}"
    await running.control("fail", count=100, status=500, when=when, path="/v1/checkout")
    form = await refused_kindly(fan, name)
    [payment] = payments_of(running, name)
    assert (payment["status"], payment["checkout_id"]) == ("created", None)
    await running.control("fail", count=0)
    await pays_after_all(running, fan, form, name)
    sessions = running.value(
        "select count(*) from sandbox.objects where kind = 'session'"
        " and body->'metadata'->>'payment_id' = %s",
        payment["id"],
    )
    assert sessions == 1


@pytest.mark.feature("89/down")
async def test_the_sandbox_is_killed(running: Running) -> None:
    fan = await running.fan()
    # Held, so that nobody starts the sandbox again while the fan tries.
    os.kill(running.product.pid, signal.SIGSTOP)
    try:
        killed = running.kill("sandbox")
        form = await refused_kindly(fan, "Nobody there")
    finally:
        os.kill(running.product.pid, signal.SIGCONT)
    await running.comes_back("sandbox", killed)
    await pays_after_all(running, fan, form, "Nobody there")


# --- our own processes -----------------------------------------------------------------------


@pytest.mark.feature("88/web-killed")
async def test_the_web_process_is_killed_while_a_fan_pays(running: Running) -> None:
    fan = await running.fan()
    checkout = await fan.to_checkout(guest_name="Patient")
    killed = running.kill("web")
    payment_id = payment_of(await fan.pay(checkout))  # Stripe's own page needs nothing of us
    await running.comes_back("web", killed)
    await running.settled()
    assert 'data-status="paid"' in await fan.reads(payment_id)


def locks_waited_for(running: Running) -> int:
    return running.value(
        "select count(*) from pg_stat_activity"
        " where wait_event_type = 'Lock' and application_name = 'djplatform'"
    )


@pytest.mark.feature(88)
async def test_the_worker_is_killed_between_two_steps_of_a_payment(running: Running) -> None:
    """One job waits for Stripe between two units of work, another is in the midst of one."""
    await running.control("fail", count=1, status=0, delay=60, path="/v1/charges/")
    between = await running.fan()
    await between.tip("8.00", guest_name="Between")
    await until(lambda: planned_faults(running) == 0, "a job waits for Stripe")

    amidst = await running.fan()
    checkout = await amidst.to_checkout("9.00", guest_name="Amidst")
    [payment] = payments_of(running, "Amidst")
    async with await psycopg.AsyncConnection.connect(running.database_url()) as held:
        await held.execute("select 1 from payments where id = %s for update", (payment["id"],))
        await amidst.pay(checkout)
        await until(lambda: locks_waited_for(running) > 0, "a job is inside its transaction")
        killed = running.kill("worker")
        await held.rollback()
    assert payments_of(running, "Amidst")[0]["status"] == "created"
    await running.comes_back("worker", killed)
    await running.settled()
    for name in ("Between", "Amidst"):
        assert [row["status"] for row in payments_of(running, name)] == ["paid"]


def planned_faults(running: Running) -> int:
    return running.value(
        "select (body->>'count')::int from sandbox.objects"
        " where kind = 'control' and key = 'faults'"
    )


# --- PostgreSQL ------------------------------------------------------------------------------


@dataclass
class Crowd:
    """Fans who tip one after the other and do not give up."""

    running: Running
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Guest name → payment that Stripe's page and ours led back to."""
    refusals: list[httpx.Response] = field(default_factory=list)

    async def fan(self, number: int, tips: int) -> None:
        page = self.running.page("/t/jay-martell")
        for turn in range(tips):
            browser = self.running.visitor()
            typed = {"guest_name": f"Load {number}-{turn}", "amount": "5.00"}
            form = await self.insist(partial(browser.get, page))
            sent = await self.insist(partial(browser.send, form, typed, follow=False))
            checkout = await self.insist(partial(browser.get, sent.headers["location"]))
            paid = await self.insist(partial(browser.send, checkout, {}, follow=False))
            self.acknowledged[typed["guest_name"]] = payment_of(paid.headers["location"])

    async def insist(self, step: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """Do a step until it works, as people press a button again."""
        while True:
            with suppress(httpx.TransportError):
                answer = await step()
                if answer.status_code in (200, 303):
                    return answer
                self.refusals.append(answer)
            await asyncio.sleep(0.2)


def kill_postgresql(running: Running) -> int:
    """Kill the server and everything that it started, as a failing machine would."""
    server = running.server()
    assert server
    children = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _parent(entry) == server.pid
    ]
    for pid in (server.pid, *children):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return server.pid


def _parent(process: Path) -> int:
    with suppress(OSError):
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    return 0


@pytest.mark.feature("88/database-killed", "89/database")
async def test_postgresql_is_killed_while_many_tip(running: Running) -> None:
    crowd = Crowd(running)
    fans = [asyncio.create_task(crowd.fan(number, 4)) for number in range(6)]
    await until(lambda: len(crowd.acknowledged) >= 4, "tips come in")
    killed = kill_postgresql(running)
    assert len(crowd.acknowledged) < 24  # the others are in the midst of it
    async with asyncio.timeout(2 * PATIENCE):
        await asyncio.gather(*fans)
    server = running.server()
    assert server
    assert server.pid != killed
    await running.settled()
    await until(lambda: answers(f"{running.product.url}/readyz"), "everything is ready again")

    paid = running.rows(
        "select t.guest_name as name, t.paid_minor as paid, p.id::text as payment"
        " from tips t join payments p on p.organization_id = t.organization_id"
        " and p.subject_id = t.id and p.status = 'paid' where t.guest_name like 'Load %%'"
    )
    assert len(paid) == len(crowd.acknowledged) == 24
    assert {row["name"]: row["payment"] for row in paid} == crowd.acknowledged
    assert {row["paid"] for row in paid} == {500}
    assert_refused_in_words(crowd.refusals, running)


def assert_refused_in_words(refusals: list[httpx.Response], running: Running) -> None:
    """Whoever of us answered in the meantime said that it is our fault and will pass."""
    for answer in refusals:
        if answer.url.port == running.port:
            assert answer.status_code == 503, (answer.status_code, answer.text[:500])
            assert "Retry-After" in answer.headers
            assert "Traceback" not in answer.text
