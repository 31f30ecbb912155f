"""The webhook endpoints: signatures, secrets, aliases, duplicates; 4xx leaves no row."""

import asyncio
import json
import time

import pytest
import stripe as stripe_sdk

from djplatform.features.payments import api
from djplatform.ui import visit
from djplatform.ui.hosts import NEUTRAL, BrandView
from tests.features.payments.conftest import snapshot

PATH = "/api/webhooks/stripe/tipjar/snapshot"


def event(**more):
    return snapshot("customer.created", {"id": "cus_1"}, **more)


@pytest.mark.feature("37/stripe")
async def test_a_right_signature_is_received_once(stage):
    one = event()
    answers = await asyncio.gather(*(stage.post(one) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert answers[0].json() == {"received": True}
    assert [row["external_id"] for row in stage.events()] == [one["id"]]
    jobs = stage.db.rows("select task_name from procrastinate.procrastinate_jobs")
    assert jobs == [{"task_name": "payments.handle_event"}]


@pytest.mark.feature("37/stripe")
@pytest.mark.parametrize(
    "how",
    [
        {"secret": "whsec_wrong"},
        {"secret": "whsec_djdash_snapshot"},
        {"secret": "whsec_tipjar_thin"},
        {"age": 301},
        {"age": -301},
        {"headers": {"stripe-signature": ""}},
        {"headers": {"stripe-signature": "t=1,v1=00"}},
        {"headers": {"stripe-signature": "nonsense"}},
    ],
)
async def test_a_wrong_old_or_missing_signature_is_refused_and_leaves_no_row(stage, how):
    answer = await stage.post(event(), **how)
    assert answer.status_code == 400
    assert "signature" in answer.json()["error"]
    assert stage.events() == []
    assert stage.db.rows("select id from procrastinate.procrastinate_jobs") == []


@pytest.mark.feature("37/stripe")
@pytest.mark.parametrize(
    "dressed",
    ["t= {old},t={now},v1={mac}", "t=+{old},t={now},v1={mac}", "t={old}=,t={now},v1={mac}"],
)
async def test_an_old_signature_does_not_pass_beside_a_new_time(stage, dressed):
    """The SDK reads the first `t` leniently, so a second one must not be what is judged."""
    raw, old = json.dumps(event()), int(time.time()) - 4000
    mac = stripe_sdk.WebhookSignature._compute_signature(f"{old}.{raw}", "whsec_tipjar_snapshot")
    header = dressed.format(old=old, now=int(time.time()), mac=mac)
    answer = await stage.app.post(PATH, content=raw, headers={"stripe-signature": header})
    assert answer.status_code == 400
    assert stage.events() == []


@pytest.mark.feature("37/stripe")
async def test_a_changed_body_is_refused(stage):
    one = event()
    good = await stage.post(one)
    signature = good.request.headers["stripe-signature"]
    body = json.dumps(one | {"type": "payment_intent.succeeded"})
    answer = await stage.app.post(PATH, content=body, headers={"stripe-signature": signature})
    assert answer.status_code == 400
    assert [row["type"] for row in stage.events()] == ["customer.created"]


@pytest.mark.feature("37/stripe")
async def test_both_secrets_count_while_one_is_rolled(stage, environment):
    environment(
        DJP_STRIPE__tipjar__snapshot_secrets=json.dumps(["whsec_new", "whsec_tipjar_snapshot"])
    )
    from djplatform.features.payments.service import gateway
    from djplatform.settings import settings
    from djplatform.vendors.stripe.live import StripeLive

    rolled = StripeLive(settings().stripe["tipjar"])
    gateway.client = lambda brand: rolled  # the stage puts the real one back
    assert (await stage.post(event(), secret="whsec_new")).status_code == 200
    assert (await stage.post(event())).status_code == 200
    assert (await stage.post(event(), secret="whsec_older")).status_code == 400
    assert len(stage.events()) == 2


async def test_an_event_of_the_other_mode_is_refused(stage):
    answer = await stage.post(event(livemode=True))
    assert answer.status_code == 400
    assert stage.events() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/webhooks/stripe/nobody/snapshot", 404),
        ("/api/webhooks/stripe/tipjar/other", 404),
        ("/api/webhooks/stripe/tipjar/thin", 400),
    ],
)
async def test_addresses_that_are_none(stage, path, status):
    assert (await stage.post(event(), path=path)).status_code == status
    assert stage.events() == []


async def test_the_same_id_of_two_brands_is_two_events(stage):
    one = event()
    await stage.post(one)
    await stage.post(
        one, path="/api/webhooks/stripe/djdash/snapshot", secret="whsec_djdash_snapshot"
    )
    assert sorted(row["account"] for row in stage.events()) == ["djdash", "tipjar"]


@pytest.fixture
def hosts():
    async def resolve(host: str) -> BrandView | None:
        keys = {"tipjar.localhost": "tipjar", "djdash.localhost": "djdash"}
        if host not in keys:
            return None
        return BrandView(
            key=keys[host], name=host, landing="/", host=host, organization_id=None, from_name=host
        )

    visit.configure(resolve_host=resolve)
    yield
    visit.configure()


@pytest.mark.feature(88, "366/stripe")
@pytest.mark.parametrize("path", ["/api/webhooks/stripe", "/api/payments/webhook"])
@pytest.mark.parametrize("brand", ["tipjar", "djdash"])
async def test_the_aliases_take_the_brand_from_the_host(stage, hosts, path, brand):
    answer = await stage.post(
        event(), path=path, secret=f"whsec_{brand}_snapshot", headers={"host": f"{brand}.localhost"}
    )
    assert answer.status_code == 200
    assert [row["account"] for row in stage.events()] == [brand]


async def test_an_alias_takes_the_kind_from_the_body(stage, hosts):
    thin = {
        "id": "evt_1",
        "object": "v2.core.event",
        "type": "v2.core.account.updated",
        "livemode": False,
        "created": "2026-11-21T12:00:00.000Z",
        "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/x"},
    }
    host = {"host": "tipjar.localhost"}
    path = "/api/webhooks/stripe"
    wrong = await stage.post(thin, path=path, headers=host)
    assert wrong.status_code == 400
    right = await stage.post(thin, path=path, secret="whsec_tipjar_thin", headers=host)
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"not json", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"", 400), (b"[" * 99_999, 400)],
)
async def test_nonsense_is_refused(stage, hosts, body, status):
    for path in ("/api/webhooks/stripe", PATH):
        answer = await stage.app.post(
            path,
            content=body,
            headers={"host": "tipjar.localhost", "stripe-signature": "t=1,v1=0"},
        )
        assert answer.status_code == status


async def test_an_alias_on_an_unknown_host_without_an_account_is_not_found(stage, hosts):
    answer = await stage.post(event(), path="/api/webhooks/stripe", headers={"host": "x.test"})
    assert answer.status_code == 404
    assert NEUTRAL.key == "neutral"


@pytest.mark.parametrize("path", [PATH, "/api/webhooks/stripe"])
async def test_more_than_any_event_is_refused(stage, path):
    answer = await stage.app.post(path, content=b"x" * (api.LARGEST + 1))
    assert answer.status_code == 413
    assert stage.events() == []
