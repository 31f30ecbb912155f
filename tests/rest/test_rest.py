"""The REST API as programs meet it: who gets in, what is answered, what is refused."""

import json
import logging
from collections import Counter
from itertools import product
from typing import Any

import psycopg
import pytest
import structlog
from procrastinate.exceptions import ConnectorException
from structlog.testing import capture_logs

from djplatform.core.crypto import secret_hash
from djplatform.core.db import Scope, databases, unit
from djplatform.core.ids import new_id
from djplatform.core.logging import scrub
from djplatform.core.operation import OPERATIONS, Operation
from djplatform.features.accounts import service as accounts
from djplatform.features.events import service as events
from djplatform.features.events.dto import StartTonight

PROBLEM = "application/problem+json"
CHANGEABLE = ("organizations", "memberships", "events", "dj_profiles", "tip_settings", "audit_log")


@pytest.fixture
def kept(db):
    """Everything that an operation could change."""

    def look() -> list[Any]:
        rows = [db.rows(f"select * from {name} order by 1, 2") for name in CHANGEABLE]
        return [*rows, db.rows("select task_name from procrastinate.procrastinate_jobs")]

    return look


def assert_problem(answer, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"].endswith((".", "…"))
    return body


async def test_a_program_reads_what_its_person_may_read(program, issue, world) -> None:
    client = program((await issue(world.viewer)).secret)
    answer = await client.get("/accounts/organization")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "id": str(world.a),
        "slug": "jay-martell",
        "name": "Jay Martell",
        "product": "tipjar",
        "country": "GB",
        "currency": "GBP",
        "currency_fixed": False,
    }
    members = (await client.get("/accounts/members")).json()
    assert {one["role"] for one in members} == {"owner", "member", "viewer"}
    assert (await client.get("/events/current_event")).json() is None
    total = (await client.get("/crowd/tips_summary")).json()
    assert total["total"] == {"minor": 0, "currency": "GBP", "text": "£0.00"}


async def test_a_program_works_as_its_person_may(program, issue, world, db) -> None:
    client = program((await issue(world.mate, role="member")).secret)
    started = await client.post("/events/start_tonight", json={"title": "Club", "venue": "Attic"})
    assert started.status_code == 200
    event = started.json()["event"]
    assert (event["title"], event["status"]) == ("Club", "live")
    again = await client.get("/events/event", params={"event_id": event["id"]})
    assert again.json() == event
    ended = await client.post("/events/end_event", json={"event_id": event["id"]})
    assert ended.json()["status"] == "ended"
    [row] = db.rows(
        "select actor_user_id, organization_id from audit_log where action = 'events.end_event'"
    )
    assert row == {"actor_user_id": world.mate.user_id, "organization_id": world.a}


async def test_nothing_to_answer_is_an_empty_answer(program, issue, world, monkeypatch) -> None:
    token = await issue(world.owner, role="admin")
    client = program(token.secret)
    body = {"member": str(world.mate.user_id), "role": "viewer"}
    refused = await client.post("/accounts/change_role", json=body)
    assert assert_problem(refused, 403)["detail"] == "Only owners give out roles."
    owner = accounts.api_caller

    async def as_owner(secret: str):
        found = await owner(secret)
        return type(found)(found.token_id, world.owner)

    monkeypatch.setattr(accounts, "api_caller", as_owner)
    done = await client.post("/accounts/change_role", json=body)
    assert (done.status_code, done.content) == (204, b"")


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Basic ZGpwOmRqcA=="},
        {"authorization": "djp_" + "a" * 43},
    ],
)
async def test_without_a_token_nobody_gets_in(program, kept, world, header) -> None:
    before = kept()
    client = program(**header)
    for answer in (
        await client.get("/accounts/organization"),
        await client.get("/no/such_operation"),
        await client.post("/events/start_tonight", content=b"no json", headers=header),
    ):
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"] == 'Bearer realm="djplatform"'
    assert kept() == before


@pytest.mark.parametrize("secret", ["djp_" + "a" * 43, "djp_short", "x", "sk_live_something"])
async def test_a_token_that_does_not_count_is_refused(program, kept, world, secret) -> None:
    before = kept()
    answer = await program(secret).post("/events/start_tonight", json={})
    assert_problem(answer, 401)
    assert answer.headers["www-authenticate"].endswith('error="invalid_token"')
    assert secret not in answer.text
    assert kept() == before


async def test_a_cookie_counts_nothing(program, kept, world, db) -> None:
    at = "now(), now(), now()"
    secret = "a-live-session"
    db.rows(
        "insert into sessions (id, user_id, token_hash, organization_id, brand, address,"
        f" user_agent, created_at, rotated_at, seen_at) values (%s, %s, %s, %s, '', '', '', {at})",
        new_id(),
        world.owner.user_id,
        secret_hash(secret),
        world.a,
    )
    before = kept()
    browser = program(cookie=f"sid={secret}; __Host-sid={secret}")
    signed_in = await browser.get("http://tipjar.localhost:8000/organizations")
    assert "Jay Martell" in signed_in.text, "the session is live, and counts on pages"
    assert_problem(await browser.get("/accounts/organization"), 401)
    origin = {"origin": "http://tipjar.localhost:8000"}
    assert_problem(await browser.post("/events/start_tonight", json={}, headers=origin), 401)
    assert kept() == before


async def test_a_token_counts_nowhere_else(program, issue, world) -> None:
    client = program((await issue(world.owner, role="admin")).secret, accept="text/html")
    page = await client.get("http://tipjar.localhost:8000/organizations")
    assert page.headers["location"].startswith("/login")


@pytest.mark.parametrize("role", ["viewer", "member"])
async def test_the_role_of_the_token_is_a_ceiling(program, issue, world, kept, role) -> None:
    client = program((await issue(world.owner, role=role)).secret)
    before = kept()
    posts = {
        "/accounts/choose_country": {"country": "FR"},
        "/crowd/update_tip_settings": {"least": "2", "most": "50", "presets": ["5"]},
        "/payments/onboarding_returned": None,
    }
    if role == "viewer":
        posts |= {"/events/start_tonight": {}, "/profiles/update_profile": {"stage_name": "X"}}
        assert_problem(await client.get("/payments/earnings"), 403)
    for path, body in posts.items():
        assert_problem(await client.post(path, json=body), 403)
    assert kept() == before


async def test_foreign_and_missing_ids_are_answered_alike(program, issue, world, kept) -> None:
    async with unit(Scope.of(world.outsider)) as tx:
        night = (await events.start_tonight(tx, world.outsider, StartTonight(title="Theirs"))).event
    client = program((await issue(world.owner, role="admin")).secret)
    before = kept()
    for path in ("/events/event", "/crowd/tips_summary", "/crowd/list_tips", "/screens/booth"):
        theirs = await client.get(path, params={"event_id": str(night.id)})
        missing = await client.get(path, params={"event_id": str(new_id())})
        assert assert_problem(theirs, 404) == assert_problem(missing, 404)
    ended = await client.post("/events/end_event", json={"event_id": str(night.id)})
    assert_problem(ended, 404)
    assert kept() == before


async def test_errors_come_by_field(program, issue, world, kept) -> None:
    client = program((await issue(world.owner, role="admin")).secret)
    before = kept()
    bad_id = await client.get("/events/event", params={"event_id": "7"})
    assert set(assert_problem(bad_id, 422)["fields"]) == {"event_id"}
    typo = await client.get("/events/list_events", params={"limt": "7"})
    assert set(assert_problem(typo, 422)["fields"]) == {"limt"}
    for limit in ("0", "-1", "51", "9" * 40, "five"):
        many = await client.get("/crowd/list_tips", params={"limit": limit})
        assert set(assert_problem(many, 422)["fields"]) == {"limit"}
    rule = await client.post("/profiles/update_profile", json={"stage_name": ""})
    assert set(assert_problem(rule, 422)["fields"]) == {"stage_name"}
    place = {"least": "1", "most": "5", "presets": ["5", 7]}
    deep = await client.post("/crowd/update_tip_settings", json=place)
    assert set(assert_problem(deep, 422)["fields"]) == {"presets.1"}
    assert_problem(await client.post("/events/end_event", content=b"{"), 422)
    assert kept() == before


async def test_a_conflict_is_said(program, issue, world, db, kept) -> None:
    db.rows("update organizations set currency_fixed_at = now()")
    client = program((await issue(world.owner, role="admin")).secret)
    before = kept()
    answer = await client.post("/accounts/choose_country", json={"country": "US"})
    assert "currency stays" in assert_problem(answer, 409)["detail"]
    assert kept() == before


async def test_wrong_addresses_methods_and_sizes_are_refused(program, issue, world, lines) -> None:
    client = program((await issue(world.owner, role="admin")).secret)
    assert_problem(await client.get("/no/such_operation"), 404)
    assert_problem(await client.post("/events/list_events", json={}), 405)
    assert_problem(await client.get("/events/start_tonight"), 405)
    large = {"title": "x" * 1_100_000}
    assert (await client.post("/events/start_tonight", json=large)).status_code == 413
    assert "rest.crash" not in lines()


@pytest.mark.feature("40/api-tokens")
async def test_each_token_has_its_own_limit(program, issue, world, environment) -> None:
    environment(DJP_LIMIT_REST="3 per minute")
    one, other = await issue(world.owner), await issue(world.owner)
    client = program(one.secret)
    for _ in range(3):
        assert (await client.get("/accounts/organization")).status_code == 200
    answer = await client.get("/accounts/organization")
    assert_problem(answer, 429)
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert_problem(await program(one.secret, "192.0.2.1").get("/accounts/organization"), 429)
    assert (await program(other.secret).get("/accounts/organization")).status_code == 200


@pytest.mark.feature("40/api-tokens")
async def test_who_guesses_is_stopped_by_address(
    program, issue, world, environment, monkeypatch
) -> None:
    environment(DJP_LIMIT_REST_REFUSED="3 per minute")
    for n in range(3):
        assert_problem(await program(f"djp_{n:043}").get("/accounts/organization"), 401)
    asked: list[str] = []

    async def count(secret: str) -> None:
        asked.append(secret)

    monkeypatch.setattr(accounts, "api_caller", count)
    answer = await program(f"djp_{9:043}").get("/accounts/organization")
    assert_problem(answer, 429)
    assert int(answer.headers["retry-after"]) > 0
    assert asked == [], "the database is not asked any more"
    monkeypatch.undo()
    good = await issue(world.owner)
    elsewhere = program(good.secret, "192.0.2.1")
    assert (await elsewhere.get("/accounts/organization")).status_code == 200


async def test_while_the_database_is_away_it_says_when_to_come_back(program, issue, world) -> None:
    client = program((await issue(world.owner)).secret)
    assert (await client.get("/accounts/organization")).status_code == 200
    working = databases.web
    databases.configure(web="postgresql://djp_web:test@127.0.0.1:9/nowhere")
    answer = await client.get("/accounts/organization")
    await databases.close()
    databases.web = working
    assert_problem(answer, 503)
    assert answer.headers["retry-after"] == "5"


@pytest.fixture(params=[psycopg.OperationalError, ConnectorException])
def losing(request, monkeypatch):
    """One operation in which the database goes away."""

    async def lose_it(tx, actor):
        raise request.param("the server closed the connection unexpectedly")

    replace_by(monkeypatch, lose_it)


async def test_a_database_that_goes_away_under_way_is_said_alike(
    losing, program, issue, world
) -> None:
    answer = await program((await issue(world.owner)).secret).get("/accounts/organization")
    assert_problem(answer, 503)
    assert answer.headers["retry-after"] == "5"
    assert "server closed" not in answer.text


def replace_by(monkeypatch, use_case) -> None:
    """Let one operation of the product do something else."""
    name = "accounts.organization"
    ours = OPERATIONS[name]
    use_case.__annotations__ = {"return": None}
    found = Operation(name, ours.permission, ours.description, False, use_case)
    monkeypatch.setitem(OPERATIONS, name, found)


@pytest.fixture
def broken(monkeypatch):
    """One operation that fails in a way nobody expected."""

    async def crash(tx, actor):
        raise ZeroDivisionError("nobody expected this")

    replace_by(monkeypatch, crash)


@pytest.fixture
def lines(caplog):
    """What the process would write, in the form in which it writes."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as found:
        yield lambda: json.dumps([*map(repr, found), caplog.text])


async def test_a_crash_is_a_number_and_no_more(broken, program, issue, world, lines) -> None:
    client = program((await issue(world.owner)).secret)
    answer = await client.get("/accounts/organization")
    body = assert_problem(answer, 500)
    assert "ZeroDivision" not in answer.text
    assert body["id"] in lines()


@pytest.mark.feature("19/api-tokens", "43/logs")
async def test_a_secret_is_in_no_log_and_in_no_answer(program, issue, world, lines) -> None:
    """Not even before the scrubber, which would take it out as well."""
    good = (await issue(world.owner)).secret
    bad = "djp_" + "b" * 43
    said = ""
    for secret in (good, bad):
        client = program(secret)
        for path in ("/accounts/organization", "/no/such", "/events/event?event_id=x"):
            said += (await client.get(path)).text
        said += (await client.post("/events/start_tonight", content=b"{")).text
        said += (await client.post("/accounts/choose_country", json={"country": "??"})).text
    everything = lines() + said
    assert "web.request" in everything
    assert good not in everything
    assert bad not in everything


@pytest.mark.feature("19/api-tokens")
@pytest.mark.parametrize(
    "event",
    [
        {"event": "djp_" + "c" * 43},
        {"error": "refused djp_" + "c" * 43 + " from x"},
        {"headers": {"Authorization": "Bearer djp_" + "c" * 43}},
        {"headers": [("x-note", "djp_" + "c" * 43)]},
        {"trace": 'secret = "djp_' + "c" * 20 + "-_" + "c" * 21 + '"'},
    ],
)
def test_the_scrubber_knows_the_form_of_our_secrets(event) -> None:
    assert "ccc" not in str(scrub(event))
    assert structlog.get_logger()  # the scrubber is the last step of every logger


NASTY: list[Any] = [
    "",
    " ",
    "\x00",
    "\ud83d",
    "x" * 10_000,
    "שלום \u202e <b>&amp;</b> 🎧",
    "'; drop table users; --",
    -1,
    2**80,
    1.5,
    True,
    None,
    [],
    [[]],
    {},
    "0000-99-99T99:99:99Z",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59+14:00",
]


GOOD: dict[str, Any] = {
    "country": "GB",
    "role": "viewer",
    "stage_name": "Jay",
    "least": "1",
    "most": "50",
    "presets": ["5"],
}
"""What is required, said rightly, so that the nasty value beside it gets as far as it can."""


async def test_no_input_breaks_it(program, issue, world, environment) -> None:
    """Every field of every operation, with everything that people and programs get wrong."""
    environment(DJP_LIMIT_REST="100000 per minute")
    client = program((await issue(world.owner, role="admin")).secret)
    night = (await client.post("/events/start_tonight", json={})).json()["event"]["id"]
    good = GOOD | {"event_id": night, "member": str(world.mate.user_id)}
    described = (await client.get("/openapi.json")).json()
    outcomes: Counter[int] = Counter()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            fields = names(described, operation)
            for name, value in product(fields, NASTY):
                sent = {one: good[one] for one in fields if one in good} | {name: value}
                answer = await client.request(method, path, **said(method, sent))
                assert answer.status_code < 500, f"{method} {path} {sent!r}: {answer.text}"
                outcomes[answer.status_code] += 1
    assert set(outcomes) <= {200, 403, 404, 409, 422}
    assert outcomes[200] > 20
    assert outcomes[422] > 200


def names(described: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    if "requestBody" not in operation:
        return [one["name"] for one in operation.get("parameters", [])]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return list(described["components"]["schemas"][reference.rpartition("/")[2]]["properties"])


def said(method: str, sent: dict[str, Any]) -> dict[str, Any]:
    """As an address or as a body; escaped, because half an emoji has no bytes."""
    if method == "get":
        plain = {name: str(value).encode("utf-8", "replace") for name, value in sent.items()}
        return {"params": {name: value.decode() for name, value in plain.items()}}
    return {"content": json.dumps(sent), "headers": {"content-type": "application/json"}}
