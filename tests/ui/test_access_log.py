"""One line a request, and what it may not hold."""

from uuid import UUID

import pytest
from structlog.testing import capture_logs

from djplatform.ui.access_log import AccessLog, safe_path
from tests.ui.web_site import browser, make_site


@pytest.fixture(autouse=True)
def settings_of_one_test(environment):
    environment()


def lines(logs):
    return [entry for entry in logs if entry["event"] == "web.request"]


@pytest.mark.feature("386/timing")
async def test_a_request_has_an_id_a_status_and_a_time():
    async with browser(make_site()) as client:
        with capture_logs() as logs:
            answer = await client.get("/hello/Ann?token=abc")
    (line,) = lines(logs)
    assert UUID(answer.headers["x-request-id"])
    assert (line["method"], line["path"], line["status"]) == ("GET", "/hello/Ann", 200)
    assert line["ms"] >= 0
    assert line["address"] == "203.0.113.9"
    assert "abc" not in str(line)


async def test_a_failed_request_is_logged_with_its_status():
    async with browser(make_site()) as client:
        with capture_logs() as logs:
            await client.get("/hello/crash")
    (line,) = lines(logs)
    assert (line["status"], line["log_level"]) == (500, "info")


async def test_files_are_logged_quietly():
    async with browser(make_site()) as client:
        with capture_logs() as logs:
            await client.get("/assets/none.js")
    (line,) = lines(logs)
    assert line["log_level"] == "debug"


@pytest.mark.parametrize(
    ("path", "parameters", "written"),
    [
        ("/reset/abc", {"token": "abc"}, "/reset/{token}"),
        ("/t/jay", {"slug": "jay"}, "/t/jay"),
        ("/a", {}, "/a"),
    ],
)
def test_secret_parts_of_a_path_are_named_not_shown(path, parameters, written):
    assert safe_path(path, parameters) == written


async def run(app, kind: str) -> list[dict]:
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "path": "/x", "method": "GET", "headers": [], "query_string": b""}
    await AccessLog(app)(scope, receive, send)
    return sent


async def test_a_layer_that_fails_before_it_answers_is_answered_for():
    async def broken(scope, receive, send):
        raise RuntimeError

    http = await run(broken, "http")
    socket = await run(broken, "websocket")
    assert http[0]["status"] == 500
    assert socket == [{"type": "websocket.close", "code": 1011}]


async def test_what_fails_after_the_answer_began_is_in_the_log_once():
    async def breaks_off(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("in the middle")

    with capture_logs() as logs:
        sent = await run(breaks_off, "http")
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert [entry["event"] for entry in logs] == ["web.layer_failed", "web.request"]
    async with browser(make_site()) as client:
        with capture_logs() as logs:
            await client.get("/hello/crash")
    assert [entry["event"] for entry in logs] == ["web.crash", "web.request"]


async def test_each_request_has_a_state_of_its_own():
    shared = {"lifespan": 1}
    seen = []

    async def app(scope, receive, send):
        scope["state"]["mine"] = True
        seen.append(scope["state"])

    for _ in range(2):
        await AccessLog(app)(
            {"type": "http", "path": "/", "headers": [], "state": shared}, None, None
        )
    assert shared == {"lifespan": 1}
    assert seen[0]["request_id"] != seen[1]["request_id"]
    assert seen[0]["lifespan"] == 1
