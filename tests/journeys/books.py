"""After every fault: money, journal, tips and Stripe's own figures say the same, and nothing waits.

The same sums that an accountant would draw; each says what it missed.
"""

from collections import defaultdict
from typing import Any

from tests.contracts.contract import assert_none, stripe_contract_if_there
from tests.journeys.running import Running

_BOOKED = """
    select p.id, p.total_minor, p.fee_minor, p.net_minor, p.processor_cost_minor as cost,
           e.transition, a.kind, l.amount_minor as amount
    from payments p left join journal_entries e on e.source_id = p.id
    left join journal_lines l on l.entry_id = e.id
    left join ledger_accounts a on a.organization_id = l.organization_id and a.id = l.account_id
    where p.status = 'paid'"""

_UNPAID_BUT_BOOKED = """
    select p.id from payments p join journal_entries e on e.source_id = p.id
    where p.status <> 'paid'"""

_TIPS_APART = """
    select t.id, t.status, t.paid_minor, coalesce(sum(p.total_minor), 0) as payments
    from tips t left join payments p on p.organization_id = t.organization_id
        and p.subject_id = t.id and p.kind = 'tip' and p.status = 'paid'
    group by t.organization_id, t.id, t.status, t.paid_minor
    having t.paid_minor <> coalesce(sum(p.total_minor), 0)
        or (t.status = 'paid') <> (count(p.id) > 0)"""

_PAID_AT_STRIPE_ALONE = """
    select s.key from sandbox.objects s left join payments p
        on p.checkout_id = s.key and p.status = 'paid'
    where s.kind = 'session' and s.body->>'payment_status' = 'paid' and p.id is null"""

_PAID_HERE_ALONE = """
    select p.id from payments p left join sandbox.objects s on s.kind = 'session'
        and s.key = p.checkout_id and s.body->>'payment_status' = 'paid'
    where p.status = 'paid' and s.key is null"""

_STRIPE_ACCOUNTS = """
    select a.brand, lower(a.currency) as currency, sum(l.amount_minor)::int as balance
    from journal_lines l join ledger_accounts a
        on a.organization_id = l.organization_id and a.id = l.account_id
    where a.kind = 'stripe' group by 1, 2"""

_EMPTY = {
    "booked without being paid": _UNPAID_BUT_BOOKED,
    "tips and payments differ": _TIPS_APART,
    "paid at Stripe, not here": _PAID_AT_STRIPE_ALONE,
    "paid here, not at Stripe": _PAID_HERE_ALONE,
    "unbalanced entries": "select entry_id from journal_lines group by 1, currency"
    " having sum(amount_minor) <> 0",
    "jobs left": "select task_name, status::text from procrastinate.procrastinate_jobs",
    "events unhandled or with a problem": "select type, problem from inbox"
    " where handled_at is null or problem <> ''",
    "payments with an alarm": "select id, alarm from payments where alarm <> ''",
    "webhooks given up": "select key from sandbox.objects"
    " where kind = 'delivery' and body->>'state' = 'failed'",
}


_TOLD = """
    select key, body from sandbox.objects where kind in ('event', 'thin_event')"""


async def assert_whole(running: Running) -> None:
    """Wait until everything is done, then hold all the figures against each other."""
    await running.settled()
    assert_none(_against_contract(running))
    wrong = {what: found for what, query in _EMPTY.items() if (found := running.rows(query))}
    assert not wrong
    for payment_id, rows in _by_payment(running.rows(_BOOKED)).items():
        assert sorted((r["transition"], r["kind"], r["amount"]) for r in rows) == _expected(
            rows[0]
        ), payment_id
    ours = {
        (row["brand"], row["currency"]): row["balance"] for row in running.rows(_STRIPE_ACCOUNTS)
    }
    assert ours == await _at_stripe(running)


def _against_contract(running: Running) -> list[str]:
    """What is wrong with the events that the running sandbox has told since the last look."""
    contract = stripe_contract_if_there()
    if contract is None:
        return []
    problems: list[str] = []
    for row in running.rows(_TOLD):
        if row["key"] not in running.looked_at:
            running.looked_at.add(row["key"])
            # What begins with an underscore is the sandbox's own, and a pushed event has no data.
            unseen = "data" if row["body"]["object"] == "v2.core.event" else ""
            event = {k: v for k, v in row["body"].items() if k[0] != "_" and k != unseen}
            problems += contract.event_errors(event)
    return problems


def _by_payment(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in rows:
        found[str(row["id"])].append(row)
    return found


def _expected(payment: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Every line of a settled payment, each exactly once."""
    total, fee, net = payment["total_minor"], payment["fee_minor"], payment["net_minor"]
    cost = payment["cost"]
    return sorted(
        [
            ("captured", "stripe", total),
            ("captured", "fees", -fee),
            ("captured", "payable", -net),
            ("transferred", "stripe", -net),
            ("transferred", "payable", net),
            ("processor_cost", "processor_cost", cost),
            ("processor_cost", "stripe", -cost),
        ]
    )


async def _at_stripe(running: Running) -> dict[tuple[str, str], int]:
    """What each brand's account at the sandbox's Stripe holds."""
    found = {}
    for brand in running.product.secrets()["stripe"]:
        balance = await running.stripe("GET", "/v1/balance", brand)
        found |= {(brand, entry["currency"]): entry["amount"] for entry in balance["available"]}
    return found
