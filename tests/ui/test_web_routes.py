"""Documents on the wire: pages, failures, caching, what every site has."""

import asyncio
import gzip
import json
from uuid import UUID

import psycopg
import pytest
from fastapi import APIRouter, Request
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from structlog.testing import capture_logs

from djplatform.ui import session, visit
from djplatform.ui.compress import _accepts_gzip
from djplatform.ui.page_cache import PageCache
from djplatform.ui.pages import Document, respond
from djplatform.ui.routes import asset_cache, is_asset, sitemap_text
from djplatform.ui.web import make_api, protected
from tests.ui.visits import visit_of_brand
from tests.ui.web_site import OWNER, Loads, browser, hello, make_site

PAGE = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def settings_of_one_test(environment):
    environment()


async def test_a_document_is_a_whole_page():
    async with browser(make_site()) as client:
        answer = await client.get("/hello/Ann")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-language"] == "en"
    assert "<h1>Hello Ann</h1>" in answer.text
    assert "<title>Ann &amp; friends</title>" in answer.text
    assert 'name="description" content="A &lt;page&gt;"' in answer.text
    assert '<link rel="canonical" href="http://tipjar.localhost:8123/hello/Ann">' in answer.text


async def test_structured_data_cannot_close_its_element():
    async with browser(make_site()) as client:
        text = (await client.get("/hello/Ann")).text
    block = text.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert json.loads(block) == {"name": "</script><b>"}


async def test_streams_refresh_and_robots_are_written_into_the_page():
    import reflex as rx

    page = Document(
        title="Wall",
        description="",
        body=rx.el.main(),
        streams=("tips:jay", "status:jay"),
        refresh=20,
        robots="noindex",
        image="http://x.localhost/p.webp",
    )
    text = bytes(respond(page, visit_of_brand()).body).decode()
    assert 'sse-connect="/api/stream/tips:jay,status:jay?as=html"' in text
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in text
    assert 'name="robots" content="noindex"' in text
    assert 'property="og:image" content="http://x.localhost/p.webp"' in text
    assert "/js/htmx-2.min.js" in text


@pytest.mark.feature("387/etag")
async def test_an_unchanged_page_is_not_sent_again():
    async with browser(make_site()) as client:
        first = await client.get("/hello/Ann")
        again = await client.get("/hello/Ann", headers={"If-None-Match": first.headers["etag"]})
        other = await client.get("/hello/Bob", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status_code == 200


@pytest.mark.feature("387/gzip")
async def test_pages_are_compressed_for_those_who_can_read_it():
    async with browser(make_site()) as client:
        packed = await client.get("/hello/Ann", headers={"Accept-Encoding": "br;q=1, gzip"})
        plain = await client.get("/hello/Ann", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.text == plain.text
    assert "content-encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["vary"]
    assert packed.headers["etag"] == plain.headers["etag"]


@pytest.mark.parametrize(
    ("header", "accepts"),
    [("gzip", True), ("gzip;q=0", False), ("*", True), ("br", False), ("", False)],
)
def test_accept_encoding(header, accepts):
    assert _accepts_gzip(header) is accepts


async def test_head_tells_the_length_without_the_body():
    async with browser(make_site()) as client:
        head = await client.head("/hello/Ann", headers={"Accept-Encoding": "gzip"})
        body = await client.get("/hello/Ann", headers={"Accept-Encoding": "gzip"})
    assert head.content == b""
    assert head.headers["content-length"] == body.headers["content-length"]


@pytest.mark.feature("387/cache")
async def test_a_page_that_allows_it_is_loaded_once_for_everybody():
    loads = Loads()
    async with browser(make_site(hello(loads, cache_seconds=30))) as client:
        for _ in range(3):
            answer = await client.get("/hello/Ann")
        await client.get("/hello/Ann?x=1")
        await client.get("http://djdash.localhost:8123/hello/Ann")
        await client.get("/hello/Ann", headers={"Cookie": "sid=owner"})
    assert "s-maxage=30" in answer.headers["cache-control"]
    assert loads.count == 4  # once each: address, query, host, person


async def test_hosts_that_somebody_invents_take_no_room():
    loads = Loads()
    async with browser(make_site(hello(loads, cache_seconds=30))) as client:
        for _ in range(2):
            await client.get("http://invented.example/hello/Ann")
    assert loads.count == 2


async def test_a_page_that_says_nothing_is_never_shared():
    loads = Loads()
    async with browser(make_site(hello(loads))) as client:
        for _ in range(3):
            await client.get("/hello/Ann")
    assert loads.count == 3


async def test_the_cache_forgets_in_time_and_keeps_no_cookies():
    import reflex as rx

    now = [0.0]
    cache = PageCache(clock=lambda: now[0])
    document = Document(title="", description="", body=rx.el.main(), cache_seconds=5)
    here = visit_of_brand()
    cache.put(here, document, respond(document, here))
    assert cache.get(here) is not None
    now[0] = 6
    assert cache.get(here) is None
    answer = respond(document, here)
    answer.set_cookie("did", "1")
    cache.put(here, document, answer)
    assert cache.get(here) is None


async def test_an_unknown_address_says_so_in_the_brands_look():
    async with browser(make_site()) as client:
        page = await client.get("/nowhere", headers=PAGE)
        gone = await client.get("/hello/nobody", headers=PAGE)
        data = await client.get("/api/thing", headers=PAGE)
    assert page.status_code == gone.status_code == 404
    assert "This page does not exist" in page.text
    assert 'data-brand="tipjar"' in page.text
    assert 'content="noindex"' in page.text
    assert data.json() == {"error": "We could not find that."}


async def test_a_crash_gives_a_number_and_the_log_the_reason():
    async with browser(make_site()) as client:
        with capture_logs() as logs:
            answer = await client.get("/hello/crash", headers=PAGE)
    crash = next(entry for entry in logs if entry["event"] == "web.crash")
    assert answer.status_code == 500
    assert UUID(crash["error_id"])
    assert crash["error_id"] in answer.text
    assert "ZeroDivisionError" in crash["trace"]
    assert "ZeroDivisionError" not in answer.text
    assert "sk_test" not in answer.text


async def test_loaders_may_redirect_and_refuse():
    async with browser(make_site()) as client:
        away = await client.get("/hello/elsewhere")
        often = await client.get("/hello/often", headers=PAGE)
    assert (away.status_code, away.headers["location"]) == (303, "/login")
    assert (often.status_code, often.headers["retry-after"]) == (429, "17")
    assert "Too many attempts" in often.text


async def test_what_was_typed_wrong_comes_back_by_field_for_programs():
    async with browser(make_site()) as client:
        bad = await client.post("/form", data={"amount": "bad"}, headers={"Accept": "text/json"})
        missing = await client.post("/form", headers={"Accept": "text/json"})
        page = await client.post("/form", headers=PAGE)
    assert bad.json()["fields"] == {"amount": "Please give an amount."}
    assert list(missing.json()["fields"]) == ["amount"]
    assert missing.status_code == page.status_code == 422
    assert "Please check: amount." in page.text


async def test_a_body_that_is_too_large_is_refused():
    async with browser(make_site()) as client:
        answer = await client.post("/form", content=b"amount=" + b"1" * 1_100_000, headers=PAGE)
    assert answer.status_code == 413


async def test_whoever_leaves_in_the_middle_of_a_form_is_no_crash():
    """A phone in a cellar: the body breaks off, and nobody has to look into the log for it."""
    router = APIRouter()

    @router.post("/by-hand")
    async def by_hand(request: Request) -> None:
        await request.form()

    site = make_site()
    site.routers.append(router)
    visit.configure(resolve_host=site.resolve_host, identify=site.identify)
    app = protected(make_api(site, StaticFiles(directory="/nonexistent", check_dir=False)))
    messages = [
        {"type": "http.request", "body": b"amount=", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    headers = [
        (b"host", b"tipjar.localhost"),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/by-hand",
        "query_string": b"",
        "headers": headers,
    }
    with capture_logs() as logs:
        await app(scope, receive, send)
    visit.configure()
    assert sent[0]["status"] == 408
    assert [entry["event"] for entry in logs] == ["web.request"]


async def test_a_wrong_method_is_told_which_ones_there_are():
    async with browser(make_site()) as client:
        page = await client.post("/hello/Ann", headers=PAGE)
        form = await client.get("/form", headers=PAGE)
        nothing = await client.post("/nowhere", headers=PAGE)
        asked = await client.options("/form", headers={"Origin": "http://evil.example"})
    assert (page.status_code, page.headers["allow"]) == (405, "GET, HEAD")
    assert (form.status_code, form.headers["allow"]) == (405, "POST")
    assert "This address does not accept that." in page.text
    assert nothing.status_code == 404
    assert asked.status_code == 405
    assert not [name for name in asked.headers if name.startswith("access-control-")]


async def test_whoever_answers_get_answers_head():
    router = APIRouter()

    @router.get("/plain")
    async def plain() -> Response:
        return Response("word " * 300, media_type="text/plain")

    site = make_site()
    site.routers.append(router)
    async with browser(site) as client:
        head, get = await client.head("/plain"), await client.get("/plain")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize("path", ["/%00.js", f"/{'a' * 5000}.js", "/%ff.js", "/%ed%a0%80.js"])
async def test_names_that_no_file_can_have_are_not_found(path):
    async with browser(make_site()) as client:
        answer = await client.get(path, headers=PAGE)
    assert answer.status_code == 404
    assert chr(0) not in answer.text


async def test_the_canonical_address_is_one_that_can_be_clicked():
    async with browser(make_site()) as client:
        answer = await client.get("/hello/Ann%20%3F%22B")
    assert 'rel="canonical" href="http://tipjar.localhost:8123/hello/Ann%20%3F%22B"' in answer.text


async def test_robots_and_sitemap_belong_to_the_visited_host():
    async def paths(_visit):
        yield "/t/jay"
        yield "/t/a&b"

    site = make_site()
    site.sitemaps.append(paths)
    async with browser(site) as client:
        robots = await client.get("/robots.txt")
        sitemap = await client.get("/sitemap.xml")
    assert "Sitemap: http://tipjar.localhost:8123/sitemap.xml" in robots.text
    assert "<loc>http://tipjar.localhost:8123/t/jay</loc>" in sitemap.text
    assert "/t/a&amp;b" in sitemap.text


def test_a_sitemap_holds_no_more_than_the_protocol_allows():
    assert sitemap_text(["http://x/"] * 50_010).count("<loc>") == 50_000


async def test_files_are_served_and_pages_never_leave_as_files(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "app-1a2b.js").write_text("let a = 1")
    (tmp_path / "dashboard.html").write_text("<html>")
    (tmp_path / "favicon-tipjar.svg").write_text("<svg/>")
    async with browser(make_site(), files=str(tmp_path)) as client:
        script = await client.get("/assets/app-1a2b.js")
        page = await client.get("/dashboard.html")
        icon = await client.get("/favicon.ico")
        outside = await client.get("/%2e%2e/%2e%2e/etc/passwd.txt")
    assert "immutable" in script.headers["cache-control"]
    assert page.status_code == outside.status_code == 404
    assert icon.text == "<svg/>"
    assert icon.headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize(
    ("path", "asset"),
    [
        ("/assets/a-1.js", True),
        ("/manifest.webmanifest", True),
        ("/dashboard", False),
        ("/index.html", False),
        ("/assets/a-1.js.gz", False),
        ("/.env", False),
    ],
)
def test_which_paths_name_files(path, asset):
    assert is_asset(path) is asset


def test_only_names_that_change_with_their_content_are_kept_for_ever():
    assert "immutable" in asset_cache("/assets/root-abc.js")
    assert "immutable" in asset_cache("/fonts/geist-1.woff2")
    assert "immutable" not in asset_cache("/app.css")


@pytest.mark.feature("386/healthz")
@pytest.mark.feature("384/health")
async def test_health_needs_nothing_and_readiness_asks_everything():
    async def broken_host(_host):
        raise ConnectionError

    site = make_site()
    visit_free = site.resolve_host
    site.resolve_host = broken_host

    async def fine():
        pass

    async def away():
        raise ConnectionError("password=hunter2 at db.internal")

    site.checks |= {"database": fine, "hub": away}
    async with browser(site) as client:
        alive = await client.get("/healthz")
        not_ready = await client.get("/readyz")
        site.checks["hub"] = fine
        ready = await client.get("/readyz")
    site.resolve_host = visit_free
    assert (alive.status_code, alive.text) == (200, "ok")
    assert not_ready.status_code == 503
    assert not_ready.json() == {"ready": False, "checks": {"database": True, "hub": False}}
    assert "hunter2" not in not_ready.text
    assert ready.json()["ready"] is True


async def test_a_check_that_hangs_is_a_failure(monkeypatch):
    async def hangs():
        await asyncio.Event().wait()

    monkeypatch.setattr("djplatform.ui.health._PATIENCE_SECONDS", 0.01)
    site = make_site()
    site.checks["database"] = hangs
    async with browser(site) as client:
        assert (await client.get("/readyz")).status_code == 503


async def test_when_brands_cannot_be_read_the_page_still_says_something():
    async def broken(_host):
        raise ConnectionError("no database")

    site = make_site()
    site.resolve_host = broken
    async with browser(site) as client:
        answer = await client.get("/hello/Ann", headers=PAGE)
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text


async def test_people_are_told_apart_on_one_address():
    async with browser(make_site()) as client:
        await client.get("/hello/Ann", headers={"Cookie": "sid=owner"})
        found = await client.get("/hello/Ann")
    assert "Cookie" in found.headers["vary"]
    assert OWNER.user_id is not None
    assert visit.hosts() is not None


def test_gzip_bytes_are_the_same_for_the_same_page():
    from djplatform.ui.compress import _Packed

    packed = _Packed()
    body = b"x" * 5000
    assert packed.of('W/"a"', body) is packed.of('W/"a"', body)
    assert gzip.decompress(packed.of(None, body)) == body


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("select 1", {}, Exception("server closed the connection")),
        PoolTimeout(),
        psycopg.OperationalError("the database system is starting up"),
        ConnectorException(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_while_the_database_is_away_people_are_asked_to_wait(error):
    async def broken(_host):
        raise error

    site = make_site()
    site.resolve_host = broken
    async with browser(site) as client:
        page = await client.get("/hello/Ann", headers=PAGE)
        program = await client.get("/hello/Ann", headers={"Accept": "application/json"})
    for answer in (page, program):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
    assert "We will be right back" in page.text
    assert "We will be right back" in program.json()["error"]


async def test_who_is_signed_in_is_asked_to_wait_as_well():
    """A day-old session is renewed before any route: that layer needs the database too."""

    class Away(session._NoSessions):
        async def by_token(self, token):
            raise PoolTimeout

    session.configure(Away())
    async with browser(make_site()) as client:
        answer = await client.get("/hello/Ann", headers=PAGE | {"Cookie": "sid=mine"})
    session.configure(session._NoSessions())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_layer_without_its_database_asks_to_wait_too():
    async def broken(_host):
        raise PoolTimeout

    site = make_site()
    site.resolve_host = broken
    async with browser(site) as client:
        answer = await client.get("/api/nothing")  # counted by person before any route
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "We will be right back" in answer.text
