"""The attack over HTTP finds nothing on a sound site, and finds each hole that is made for it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel

from djplatform.isolation.route_attacks import attack_routes
from djplatform.isolation.socket_attacks import attack_handlers
from djplatform.isolation.stream_attacks import attack_streams
from tests.isolation.small_site import Ground, consoles, prepare, refusing, site
from tests.serving import free_port


@pytest.fixture
def ground(db, world) -> Iterator[Ground]:
    made = prepare(db, world)
    yield made
    made.connection.close()


@pytest.mark.feature("B81/routes", "10/routes")
async def test_a_sound_site_leaks_nothing(ground, world):
    async with site(ground, world.b) as scene:
        await attack_routes(scene)
        await attack_streams(scene, ["booth:known"])
    assert scene.leaks == []
    assert scene.attempts > 30


def forgets_the_actor(api: FastAPI, ground: Ground) -> None:
    @api.get("/messages/{tip}")
    async def message(tip: UUID) -> Response:
        return PlainTextResponse(ground.message)


def puts_it_into_a_header(api: FastAPI, ground: Ground) -> None:
    @api.get("/go/{tip}")
    async def go(tip: UUID) -> Response:
        return Response(status_code=303, headers={"Location": f"/x?said={ground.message}"})


def looks_only_at_the_query(api: FastAPI, ground: Ground) -> None:
    @api.get("/find")
    async def find(tip_id: str = "") -> Response:
        return PlainTextResponse(ground.message if tip_id else "nothing")


def changes_for_anybody(api: FastAPI, ground: Ground) -> None:
    @api.post("/wipe/{tip}")
    async def wipe(tip: UUID) -> Response:
        ground.holds("update tips set status = 'expired'")
        return PlainTextResponse("", 204)


def trusts_a_field(api: FastAPI, ground: Ground) -> None:
    @api.post("/rename")
    async def rename(request: Request) -> Response:
        if ground.who(request) and (await request.form()).get("organization_id"):
            ground.holds("update events set title = 'mine now' where ctid is not null")
        return PlainTextResponse("", 204)


def takes_a_form_of_the_owner(api: FastAPI, ground: Ground) -> None:
    @api.get("/seal")
    async def seal(request: Request) -> Response:
        form = '<form method="post" action="/seal"><input name="proof" value="31337"></form>'
        return PlainTextResponse(form if ground.is_owner(request) else "")

    @api.post("/seal")
    async def break_seal(request: Request) -> Response:
        if (await request.form()).get("proof") == "31337":
            ground.holds("delete from tip_settings")
        return PlainTextResponse("", 204)


def touches_the_owners_account(api: FastAPI, ground: Ground) -> None:
    @api.post("/people/{user}")
    async def suspend(user: UUID) -> Response:
        ground.connection.execute("update users set suspended_at = now() where id = %s", (user,))
        return PlainTextResponse("", 204)


def lets_strangers_in(api: FastAPI, ground: Ground) -> None:
    @api.post("/choose")
    async def choose(organization: str = "") -> Response:
        ground.connection.execute(
            "insert into sessions (id, user_id, token_hash, organization_id, brand, address,"
            " user_agent, created_at, rotated_at, seen_at)"
            " values (gen_random_uuid(), %s, gen_random_uuid()::text, %s, '', '', '',"
            " now(), now(), now())",
            (ground.outsider.user_id, ground.victim.organization),
        )
        return PlainTextResponse("", 204)


def writes_to_the_owner(api: FastAPI, ground: Ground) -> None:
    @api.post("/remind")
    async def remind() -> Response:
        ground.holds(
            "insert into mails (id, kind, sender, recipient, subject, text, html, status, failure,"
            " created_at) values (gen_random_uuid(), 'x', '', 'owner@example.com', '', '', '',"
            " 'queued', '', now())"
        )
        return PlainTextResponse("", 204)


def starts_a_job(api: FastAPI, ground: Ground) -> None:
    @api.post("/start")
    async def start() -> Response:
        ground.holds("set search_path = procrastinate, public")
        ground.connection.execute(
            "insert into procrastinate.procrastinate_jobs (queue_name, task_name, args)"
            " values ('default', 'x', jsonb_build_object('organization', %s::text))",
            (str(ground.victim.organization),),
        )
        ground.holds("delete from procrastinate.procrastinate_jobs")
        ground.holds("reset search_path")
        return PlainTextResponse("", 204)


def speaks_on_a_channel(api: FastAPI, ground: Ground) -> None:
    @api.post("/say")
    async def say() -> Response:
        name = f"tips:{ground.victim.organization}"
        ground.connection.execute("insert into realtime_channels values (%s, 1)", (name,))
        ground.connection.execute(
            "insert into realtime_events (channel, seq, kind, payload) values (%s, 1, 'x', '{}')",
            (name,),
        )
        return PlainTextResponse("", 204)


def refuses_out_of_haste(api: FastAPI, ground: Ground) -> None:
    @api.get("/busy/{tip}")
    async def busy(tip: UUID) -> Response:
        return PlainTextResponse("too many", 429)


def says_that_it_exists(api: FastAPI, ground: Ground) -> None:
    @api.get("/exists/{tip}")
    async def exists(tip: UUID) -> Response:
        return PlainTextResponse("yes")


class Change(BaseModel):
    tip_id: UUID
    status: Literal["paid", "expired"]


def program_takes_a_cookie(api: FastAPI, ground: Ground) -> None:
    @api.get("/api/v1/tips/latest")
    async def latest(request: Request) -> Response:
        mine = ground.is_owner(request)
        return PlainTextResponse("nothing secret", 200 if mine else 401)


def program_forgets_whose_it_is(api: FastAPI, ground: Ground) -> None:
    @api.get("/api/v1/tips/found")
    async def found(request: Request, tip_id: UUID) -> Response:
        known = "authorization" in request.headers
        return PlainTextResponse(ground.message if known else "", 200 if known else 401)


def program_changes_by_json(api: FastAPI, ground: Ground) -> None:
    @api.post("/api/v1/tips/change")
    async def change(request: Request, given: Change) -> Response:
        if "authorization" in request.headers:
            ground.holds(f"update tips set status = '{given.status}'")
        return PlainTextResponse("", 401)


HOLES = {
    program_takes_a_cookie: "answered 200",
    program_forgets_whose_it_is: "answered with tips.message",
    program_changes_by_json: "1 rows of tips changed or gone",
    says_that_it_exists: "answered 200",
    forgets_the_actor: "answered with tips.message",
    puts_it_into_a_header: "answered with tips.message",
    looks_only_at_the_query: "answered with tips.message",
    changes_for_anybody: "1 rows of tips changed or gone",
    trusts_a_field: "1 rows of events changed or gone",
    takes_a_form_of_the_owner: "1 rows of tip_settings changed or gone",
    touches_the_owners_account: "1 rows of users changed or gone",
    lets_strangers_in: "1 new rows in sessions of strangers",
    writes_to_the_owner: "1 new rows in mails",
    starts_a_job: "1 new rows in jobs",
    speaks_on_a_channel: "1 new rows in realtime_events",
    refuses_out_of_haste: "was not tried: too many requests",
}


@pytest.mark.feature("B81/routes")
@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.__name__)
async def test_a_careless_route_is_found(ground, world, hole):
    async with site(ground, world.b, hole) as scene:
        await attack_routes(scene)
    assert HOLES[hole] in {leak.what for leak in scene.leaks}


async def test_a_viewer_may_read_but_not_write(ground, world):
    def for_members(api: FastAPI, ground: Ground) -> None:
        @api.api_route("/board/{tip}", methods=["GET", "POST"])
        async def board(request: Request, tip: UUID) -> Response:
            member = request.cookies.get("who") in {"owner", "viewer"}
            if member and request.method == "POST":
                ground.holds("update tips set updated_at = clock_timestamp()")
            return PlainTextResponse(ground.message if member else "", 200 if member else 404)

    async with site(ground, world.b, for_members) as scene:
        await attack_routes(scene)
    assert {leak.where for leak in scene.leaks} == {"POST /board/{tip}"}
    assert all(leak.attack.startswith("viewer") for leak in scene.leaks)


@pytest.mark.feature("B81/routes")
@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("update tips set updated_at = clock_timestamp()", "tips"),
        ("delete from tip_settings", "tip_settings"),
    ],
    ids=["each time", "only once"],
)
async def test_a_read_that_changes_something_is_found_among_those_beside_it(
    ground, world, change, table, monkeypatch
):
    """Reads are tried side by side; what one changes again when it is alone is blamed on it."""

    def careless(api: FastAPI, ground: Ground) -> None:
        @api.get("/views/{tip}")
        async def view(request: Request, tip: UUID) -> Response:
            if ground.who(request) == ground.outsider:
                ground.holds(change)
            return PlainTextResponse("", 404)

    monkeypatch.setattr("djplatform.isolation.scene._SIDE_BY_SIDE", 100)
    async with site(ground, world.b, careless) as scene:
        await attack_routes(scene)
    what = f"1 rows of {table} changed or gone"
    blamed = {leak.where for leak in scene.leaks if leak.what == what}
    beside = set() if table == "tips" else {"GET /tips/{tip}", "GET /api/v1/tips/message"}
    assert blamed == {"GET /views/{tip}"} | beside


@pytest.mark.feature("27/consoles")
async def test_a_console_that_opens_without_a_log_in_is_found(ground, world):
    def shell(api: FastAPI, ground: Ground) -> None:
        @api.get("/desk/{tip}")
        async def desk(tip: UUID) -> Response:
            return PlainTextResponse("an empty shell")

    async with site(ground, world.b, shell) as scene:
        scene.inventory = replace(scene.inventory, consoles=("/desk/{tip}",))
        await attack_routes(scene)
    assert {(leak.where, leak.attack, leak.what) for leak in scene.leaks} == {
        ("GET /desk/{tip}", f"anonymous: ids in the {place}", "answered 200")
        for place in ("path", "query")
    }


@pytest.mark.feature("B81/streams", "147/attacked")
async def test_an_open_stream_is_found(ground, world):
    def for_everybody(api: FastAPI, ground: Ground) -> None:
        route = api.router.routes.pop()
        assert route.path.startswith("/api/stream")

        @api.get("/api/stream/{channels}")
        async def stream(channels: str) -> Response:
            return PlainTextResponse(ground.message if channels.startswith("booth") else "silence")

    async with site(ground, world.b, for_everybody) as scene:
        await attack_streams(scene, [])
    found = {(leak.where, leak.what) for leak in scene.leaks}
    assert ("stream booth", "answered with tips.message") in found
    assert ("stream tips", "the stream was opened") in found


async def test_a_site_that_shows_nobody_anything_proves_nothing(ground, world):
    async with site(ground, world.b) as scene:
        scene.owner.cookie = scene.owner.token = ""
        await attack_routes(scene)
        await attack_streams(scene, [])
    assert {(leak.where, leak.attack) for leak in scene.leaks} == {
        ("routes", "control"),
        ("REST", "control"),
        ("streams", "control"),
    }


@pytest.mark.feature("B81/sockets", "10/sockets")
async def test_guarded_consoles_leak_nothing(ground, world, environment):
    async with consoles(ground, world.b, environment) as scene:
        await attack_handlers(scene)
    assert scene.leaks == []
    assert scene.attempts > 50


@pytest.mark.feature("B81/sockets")
async def test_handlers_without_a_guard_are_found(ground, world, environment):
    async with consoles(ground, world.b, environment, guarded=False) as scene:
        # Nobody is signed in without a guard, so the page itself has nothing to show.
        scene.inventory = replace(scene.inventory, consoles=())
        await attack_handlers(scene)
    found = {(leak.where.rpartition(".")[2], leak.what) for leak in scene.leaks}
    assert ("peek", "answered with tips.message") in found
    assert ("peek", "it ran") in found
    assert ("wipe", "1 rows of tips changed or gone") in found


@pytest.mark.feature("B81/sockets")
async def test_a_tab_that_is_not_bound_to_its_session_is_found(
    ground, world, environment, monkeypatch
):
    async def always(*_args: object) -> bool:
        return True

    monkeypatch.setattr("djplatform.ui.guard._belongs", always)
    async with consoles(ground, world.b, environment) as scene:
        await attack_handlers(scene)
    found = {(leak.where, leak.attack, leak.what) for leak in scene.leaks}
    thief = "anonymous: the victim's tab token"
    assert ("console /desk", thief, "answered with tips.message") in found


async def test_a_refused_handshake_is_no_proof(ground, world, environment):
    async with consoles(ground, world.b, environment) as scene:
        scene.port = free_port()
        async with refusing(scene.port):
            await attack_handlers(scene)
    assert "was not tried: the handshake was refused" in {leak.what for leak in scene.leaks}
