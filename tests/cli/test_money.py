"""Commands about money, on a real database: what they print, and what they refuse."""

import json
import re
from collections.abc import Callable

import psycopg
import pytest
from psycopg.rows import dict_row

from djplatform.cli.app import run
from djplatform.cli.checks_money import money
from djplatform.core.ids import new_id
from djplatform.features.payments.service.kinds import UNHANDLED
from tests.conftest import TestDatabase

Said = Callable[[], str]


@pytest.fixture
def said(
    db: TestDatabase, environment: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> Said:
    """What a command printed, on a database that is prepared."""
    environment(DJP_PREPARED="1")
    return lambda: capsys.readouterr().out


def receive(db: TestDatabase, external_id: str, **values: object) -> None:
    """An event in the inbox that came ten minutes ago."""
    row = {"type": "payout.paid", "problem": "", "handled_at": None, **values}
    db.rows(
        "insert into inbox (id, provider, account, external_id, type, body, received_at,"
        " handled_at, problem) values (%s, 'stripe', 'tipjar', %s, %s, %s,"
        " now() - interval '10 minutes', %s, %s)",
        new_id(),
        external_id,
        row["type"],
        json.dumps({"object": {"id": "x"}, "account": ""}),
        row["handled_at"],
        row["problem"],
    )


@pytest.mark.feature("88/resend", "389/commands")
def test_events_are_listed_and_sent_again(db: TestDatabase, said: Said) -> None:
    assert run(["resend-event"]) == 0
    assert said() == "Every event is handled.\n"
    receive(db, "evt_late")
    receive(db, "evt_wrong", type="charge.updated", problem="no such payment", handled_at="now")
    assert run(["resend-event"]) == 0
    lines = said().splitlines()
    assert [(line.split()[0], line.rsplit("  ", 1)[1]) for line in lines] == [
        ("evt_late", "waits"),
        ("evt_wrong", "no such payment"),
    ]
    assert run(["resend-event", "evt_wrong"]) == 0
    assert said().endswith("The worker handles it in a moment.\n")
    jobs = db.rows("select task_name, lock from procrastinate.procrastinate_jobs")
    assert jobs == [{"task_name": "payments.handle_event", "lock": "charge-x"}]
    assert run(["resend-event", "evt_none", "--json"]) == 1
    assert json.loads(said()) == {"error": "No event has this id."}


@pytest.mark.feature("B15", "105/operator", "389/commands")
def test_a_fee_is_changed_without_sql(
    db: TestDatabase, said: Said, capsys: pytest.CaptureFixture[str]
) -> None:
    cheap = ["draft-fee-plan", "Cheap", "--percent", "2.75", "--fixed", "5", "--source", "tip"]
    assert run(cheap) == 0
    text = said()
    assert "Cheap (draft): 2.75 % + 5, borne by the payee, for tip" in text
    assert re.search(r"\$1\.00 +\$1\.00 +\$0\.33 +-\$0\.25 +\$0\.92\n", text)
    assert re.search(r"\$100\.00 +\$100\.00 +\$3\.20 +-\$0\.40 +\$97\.20\n", text)
    [plan] = re.findall(r"activate-fee-plan ([\w-]+)", text)
    assert run(["activate-fee-plan", plan]) == 1
    assert "would lose money" in capsys.readouterr().err
    assert db.rows("select activated_at from fee_plans where id = %s", plan) == [
        {"activated_at": None}
    ]
    assert run(["activate-fee-plan", plan, "--override", "A launch offer"]) == 0
    assert "loses money on purpose: A launch offer" in said()
    assert run(["fee-plans", "--json"]) == 0
    plans = {one["id"]: one for one in json.loads(said())["plans"]}
    assert (plans[plan]["active"], plans[plan]["override_reason"]) == (True, "A launch offer")
    assert run(["fee-plans"]) == 0
    assert said().count("payee gets") == len(plans) == 9


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--percent", "100"], "percent_bp: Input should be less than 10000"),
        (["--percent", "2.755"], "two decimals at most"),
        (["--percent", "1", "--source", "gig"], "source_type: Input should be 'tip'"),
        (["--percent", "1", "--currency", "eur"], "currency: String should match"),
    ],
)
def test_bad_figures_are_refused_by_name(
    db: TestDatabase, said: Said, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert run(["draft-fee-plan", "x", *words]) == 1
    assert says in capsys.readouterr().err
    assert db.rows("select id from fee_plans where name = 'x'") == []


def findings(db: TestDatabase) -> dict[str, tuple[str, str]]:
    with psycopg.connect(db.url("djp_owner"), row_factory=dict_row, autocommit=True) as connection:
        return {one.name: (one.state, one.detail) for one in money(connection)}


@pytest.mark.feature("88/doctor")
def test_doctor_sees_what_was_told_and_not_understood(db: TestDatabase) -> None:
    assert {name: state for name, (state, _) in findings(db).items()} == {
        "events": "ok",
        "payments": "ok",
        "jobs": "ok",
    }
    for number in range(2):
        receive(db, f"evt_{number}", problem=UNHANDLED, handled_at="now")
    seen = findings(db)
    assert seen["events"][0] == "ok"
    assert seen["kinds of events"] == ("off", "nothing handles payout.paid (2)")
    receive(db, "evt_9", type="charge.updated", problem="no such payment", handled_at="now")
    assert findings(db)["events"] == ("problem", "charge.updated: no such payment")
    db.rows("update inbox set received_at = received_at - interval '31 days'")
    assert {state for state, _ in findings(db).values()} == {"ok"}


@pytest.mark.feature("88/doctor")
def test_doctor_sees_jobs_that_gave_up(db: TestDatabase) -> None:
    db.rows(
        "with job as (insert into procrastinate.procrastinate_jobs (queue_name, task_name, status)"
        " values ('default', 'payments.refresh_account', 'failed') returning id)"
        " insert into procrastinate.procrastinate_events (job_id, type, at)"
        " select id, 'failed', now() from job"
    )
    assert findings(db)["jobs"] == ("problem", "gave up: payments.refresh_account (1)")
