"""What `doctor` looks at in payments: what was told and not understood, and figures that differ."""

from collections.abc import Iterator

import psycopg
from psycopg.rows import DictRow

from djplatform.cli.findings import Finding, off, ok, problem

Connection = psycopg.Connection[DictRow]

DAYS = 30
"""What is older has been looked at, or nobody ever will."""

_EVENTS = """
select type, problem, count(*) as times, min(external_id) as example from inbox
where problem <> '' and received_at > now() - make_interval(days => %s)
group by type, problem order by type, problem"""

_ALARMS = """
select count(*) as payments, min(alarm) as example from payments
where alarm <> '' and created_at > now() - make_interval(days => %s)"""

_JOBS = """
select j.task_name, count(distinct j.id) as times from procrastinate.procrastinate_jobs j
join procrastinate.procrastinate_events e on e.job_id = j.id and e.type = 'failed'
where j.status = 'failed' and e.at > now() - make_interval(days => %s)
group by j.task_name order by j.task_name"""


def money(connection: Connection) -> Iterator[Finding]:
    """Look at events with a problem, payments with an alarm, and jobs that gave up."""
    known = connection.execute("select to_regclass('public.inbox') as found").fetchone()
    if not known or not known["found"]:
        return  # `migrations` has said it already
    yield from _events(connection)
    yield _alarms(connection)
    yield _jobs(connection)


def _events(connection: Connection) -> Iterator[Finding]:
    from djplatform.features.payments.service.kinds import UNHANDLED

    rows = connection.execute(_EVENTS, [DAYS]).fetchall()
    strange = [row for row in rows if row["problem"] == UNHANDLED]
    wrong = [row for row in rows if row["problem"] != UNHANDLED]
    if wrong:
        found = "; ".join(f"{row['type']}: {row['problem']}" for row in wrong)
        mend = f"See `djplatform resend-event`, e.g. with {wrong[0]['example']} once it is mended."
        yield problem("events", found, mend)
    else:
        yield ok("events", f"none of the last {DAYS} days disagrees with us")
    if strange:
        found = ", ".join(f"{row['type']} ({row['times']})" for row in strange)
        mend = "Look at the payments at Stripe, or ask its endpoint for fewer kinds of events."
        yield off("kinds of events", f"nothing handles {found}", mend)


def _alarms(connection: Connection) -> Finding:
    row = connection.execute(_ALARMS, [DAYS]).fetchone()
    assert row is not None
    if row["payments"]:
        mend = "Compare them with Stripe; the column `alarm` of `payments` says what differs."
        return problem("payments", f"{row['payments']} with an alarm: {row['example']}", mend)
    return ok("payments", "every figure is the processor's")


def _jobs(connection: Connection) -> Finding:
    rows = connection.execute(_JOBS, [DAYS]).fetchall()
    if rows:
        found = ", ".join(f"{row['task_name']} ({row['times']})" for row in rows)
        return problem("jobs", f"gave up: {found}", "See worker.log for the reason.")
    return ok("jobs", "none gave up")
