"""The guard, called over a raw socket as a stranger would, without a browser."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
import reflex as rx
from reflex_base.environment import environment as reflex_environment
from reflex_base.registry import RegistrationContext

from djplatform.core.actor import Actor, Permission, Role
from djplatform.core.errors import SignInRequired
from djplatform.core.ids import new_id
from djplatform.ui import guard, reflex_seam
from djplatform.ui.guard import (
    UnguardableHandler,
    acting,
    action,
    current_actor,
    current_organization,
    public_action,
)
from djplatform.ui.session import Sessions, SignedIn
from tests.serving import free_port, serving
from tests.ui.tab import connected

SECRET = "only the owner sees this"
ORGANIZATION = new_id()


@dataclass
class Book:
    """Sessions in memory, in the place of the accounts feature."""

    live: dict[str, SignedIn] = field(default_factory=dict)
    broken: bool = False
    asked: int = 0

    def add(self, token: str, role: Role | None = Role.OWNER) -> SignedIn:
        """Sign somebody in; None is a person who has not chosen an organization."""
        actor = Actor(new_id(), ORGANIZATION if role else None, role)
        self.live[token] = SignedIn(session_id=new_id(), actor=actor)
        return self.live[token]

    async def by_token(self, token: str) -> SignedIn | None:
        return self._answer(self.live.get(token))

    async def by_id(self, session_id: UUID) -> SignedIn | None:
        return self._answer(
            next((s for s in self.live.values() if s.session_id == session_id), None)
        )

    async def renew(self, token: str) -> str | None:
        if token not in self.live:
            return None
        self.live["renewed"] = replace(self.live.pop(token), rotate=False)
        return "renewed"

    def _answer(self, found: SignedIn | None) -> SignedIn | None:
        self.asked += 1
        if self.broken:
            raise ConnectionError("the database is away")
        return found


def _desk(ran: list[str], actors: list[Actor]) -> type[rx.State]:  # noqa: C901 - many handlers
    class Desk(rx.State):
        secret: str = ""
        price: int = 5

        @action(Permission.PROFILE_UPDATE)
        async def load(self):
            ran.append("load")
            actors.append(current_actor(self))
            self.secret = SECRET

        @action(Permission.PROFILE_UPDATE)
        async def chain(self):
            ran.append("chain")
            return Desk.manage

        @action(Permission.MEMBERS_MANAGE)
        async def manage(self):
            ran.append("manage")

        @action(Permission.PROFILE_UPDATE, background=True)
        async def later(self):
            ran.append("later")
            actors.append(current_actor(self))
            async with self:
                self.price = 6

        @public_action
        async def look(self):
            ran.append("look")
            actors.append(current_actor(self))

        async def forgotten(self):
            ran.append("forgotten")

        @rx.event
        async def undeclared(self):
            ran.append("undeclared")

        @rx.event
        def set_price(self, value: int):
            ran.append("set_price")
            self.price = value

        async def handle_frontend_exception(self):
            ran.append("borrowed name")

        def _private(self):
            ran.append("private")

    return Desk


@dataclass
class Served:
    """A small app behind the guard, on a real port."""

    port: int
    book: Book
    sessions: Sessions
    ran: list[str]
    actors: list[Actor]
    name: str

    def socket(self, token: str, session: str = "", boot: dict | None = None):
        return connected(self.port, token=token, cookie=f"sid={session}", boot=boot)

    def handler(self, name: str) -> str:
        return f"{self.name}.{name}"


@pytest.fixture
async def served(environment, monkeypatch) -> AsyncIterator[Served]:
    environment()
    reflex_environment.REFLEX_SKIP_COMPILE.set(True)
    with RegistrationContext.ensure_context().fork():
        ran, actors, book = [], [], Book()
        desk = _desk(ran, actors)
        app = rx.App()
        reflex_seam.check_socket_origin(app, lambda _origin, _environ: True)
        sessions = Sessions(book)
        guard.install(app, sessions)
        port = free_port()
        async with serving(app(), port):
            yield Served(port, book, sessions, ran, actors, desk.get_full_name())
            # A socket that the server has not yet seen leave would hold the tests' loop for ever.
            await reflex_seam.disconnect_all(app)


ROOT = "reflex___state____state"
HYDRATE = f"{ROOT}.hydrate"


@pytest.mark.feature(27)
async def test_a_visitor_is_sent_to_the_login_and_nothing_runs(served):
    async with served.socket("tab") as visitor:
        await visitor.event(served.handler("load"), path="/booth/tonight?tab=2")
        assert await visitor.redirect() == "/login?next=/booth/tonight%3Ftab%3D2"
        await visitor.event(served.handler("later"))
        assert (await visitor.redirect()).startswith("/login")
        assert SECRET not in "".join(visitor.frames)
    assert served.ran == []


async def test_a_public_action_runs_for_a_visitor(served):
    async with served.socket("tab") as visitor:
        await visitor.event(served.handler("look"))
        await visitor.update()
    assert served.ran == ["look"]
    assert served.actors[0].user_id is None


@pytest.mark.feature(23)
@pytest.mark.parametrize(
    "name", ["forgotten", "undeclared", "set_price", "handle_frontend_exception"]
)
async def test_a_handler_without_a_declaration_is_refused_even_to_the_owner(served, name):
    served.book.add("owner")
    payload = {"value": 1} if name == "set_price" else {}
    async with served.socket("tab", "owner") as owner:
        await owner.event(served.handler(name), **payload)
        assert await owner.redirect() == "/refused"
    assert served.ran == []


@pytest.mark.parametrize("state", ["Desk", "root"])
async def test_setvar_is_refused(served, state):
    served.book.add("owner")
    owner_of_name = served.name if state == "Desk" else ROOT
    async with served.socket("tab", "owner") as owner:
        await owner.event(f"{owner_of_name}.setvar", var_name="price", value=1)
        assert await owner.redirect() == "/refused"
    assert served.ran == []


@pytest.mark.feature("20")
async def test_the_role_decides_and_the_handler_knows_who_called(served):
    owner, viewer = served.book.add("owner"), served.book.add("viewer", Role.VIEWER)
    async with served.socket("tab-1", "owner") as tab:
        await tab.event(served.handler("load"))
        await tab.update()
    async with served.socket("tab-2", "viewer") as tab:
        await tab.event(served.handler("load"))
        assert await tab.redirect() == "/refused"
    assert served.ran == ["load"]
    assert served.actors[0].user_id == owner.actor.user_id != viewer.actor.user_id


@pytest.mark.feature(7)
async def test_without_a_chosen_organization_nothing_runs(served):
    served.book.add("new", role=None)
    async with served.socket("tab", "new") as tab:
        await tab.event(served.handler("load"), path="/dashboard")
        assert await tab.redirect() == "/organizations?next=/dashboard"
    assert served.ran == []
    with acting(Actor(user_id=new_id())), pytest.raises(guard.OrganizationRequired):
        current_organization()
    with acting(Actor(new_id(), ORGANIZATION, Role.OWNER)):
        assert current_organization() == ORGANIZATION


async def test_a_chained_event_is_asked_again(served):
    served.book.add("mate", Role.MEMBER)
    async with served.socket("tab", "mate") as tab:
        await tab.event(served.handler("chain"))
        assert await tab.redirect() == "/refused"
    assert served.ran == ["chain"]


async def test_a_background_handler_knows_who_called(served):
    owner = served.book.add("owner")
    async with served.socket("tab", "owner") as tab:
        await tab.event(served.handler("later"))
        while "price" not in str(await tab.update()):
            pass
    assert served.ran == ["later"]
    assert served.actors[0].user_id == owner.actor.user_id


@pytest.mark.feature("10/sockets")
@pytest.mark.parametrize("thief", ["", "thief"])
async def test_the_token_of_another_session_brings_an_empty_state(served, thief):
    served.book.add("owner")
    served.book.add("thief")
    async with served.socket("tab", "owner") as owner:
        await owner.event(served.handler("load"))
        while SECRET not in str(await owner.update()):
            pass
    async with served.socket("tab", thief) as stranger:
        await stranger.event(served.handler("look"), path="/x")
        assert await stranger.redirect() == "/x"
        await stranger.event(HYDRATE)
        await stranger.update()
        await stranger.event(served.handler("look"))
        await stranger.settle()
        assert SECRET not in "".join(stranger.frames)


async def test_the_boot_event_of_another_session_is_emptied_too(served):
    served.book.add("owner")
    served.book.add("thief")
    async with served.socket("tab", "owner") as owner:
        await owner.event(served.handler("load"))
        while SECRET not in str(await owner.update()):
            pass
    boot = {"name": f"{ROOT}.hydrate_and_load", "payload": {}, "router_data": {"pathname": "/"}}
    async with served.socket("tab", "thief", boot=boot) as stranger:
        await stranger.update()
        assert SECRET not in "".join(stranger.frames)


async def test_the_own_tab_keeps_its_state(served):
    served.book.add("owner")
    async with served.socket("tab", "owner") as owner:
        await owner.event(served.handler("load"))
        while SECRET not in str(await owner.update()):
            pass
    async with served.socket("tab", "owner") as again:
        await again.event(HYDRATE)
        while SECRET not in str(await again.update()):
            pass


@pytest.mark.feature(19)
async def test_ending_a_session_closes_its_sockets_and_is_seen_at_once(served):
    owner = served.book.add("owner")
    served.book.add("other")
    async with served.socket("a", "owner") as tab, served.socket("b", "other") as bystander:
        for each in (tab, bystander):
            await each.event(served.handler("load"))
            await each.update()
        del served.book.live["owner"]
        await served.sessions.drop([owner.session_id])
        await tab.ended()
        assert not bystander.closed
    async with served.socket("a", "owner") as tab:
        await tab.event(HYDRATE)
        await tab.event(served.handler("load"))
        assert (await tab.redirect()).startswith("/login")
        assert SECRET not in "".join(tab.frames)
    assert served.ran == ["load", "load"]


async def test_a_renewed_token_does_not_end_an_open_socket(served):
    owner = served.book.add("owner")
    async with served.socket("tab", "owner") as tab:
        await tab.event(served.handler("load"))
        await tab.update()
        served.book.live = {"renewed": owner}
        served.sessions.forget()
        await tab.event(served.handler("chain"))
        await tab.event(served.handler("manage"))
        async with asyncio.timeout(10):
            while served.ran.count("manage") < 2:
                await asyncio.sleep(0)


async def test_an_exception_fails_closed(served):
    served.book.add("owner")
    served.book.broken = True
    async with served.socket("tab", "owner") as tab:
        await tab.event(served.handler("load"))
        await tab.event(served.handler("look"))
        await tab.event(HYDRATE)
        await tab.settle()
        assert SECRET not in "".join(tab.frames)
    assert served.ran == []


async def test_no_frame_carries_the_cookie(served):
    served.book.add("a-very-secret-token")
    async with served.socket("tab", "a-very-secret-token") as tab:
        await tab.event(HYDRATE)
        await tab.event(served.handler("load"))
        while SECRET not in str(await tab.update()):
            pass
        assert "a-very-secret-token" not in "".join(tab.frames)


async def test_sessions_are_remembered_for_five_seconds_at_most():
    book, moment = Book(), [100.0]
    known = book.add("owner")
    sessions = Sessions(book, clock=lambda: moment[0])
    assert await sessions.by_token("owner") == known == await sessions.by_token("owner")
    assert book.asked == 1
    del book.live["owner"]
    moment[0] += 5
    assert await sessions.by_token("owner") is None


async def test_an_answer_from_before_the_revocation_is_not_remembered():
    book = Book()
    known = book.add("owner")
    sessions = Sessions(book)
    original = book.by_token

    async def revoked_meanwhile(token: str) -> SignedIn | None:
        found = await original(token)
        book.live.clear()
        await sessions.drop([known.session_id])
        return found

    book.by_token = revoked_meanwhile
    await sessions.by_token("owner")
    book.by_token = original
    assert await sessions.by_token("owner") is None


def test_a_handler_that_is_not_async_is_refused_where_it_is_written():
    with pytest.raises(UnguardableHandler):

        @action(Permission.CONSOLE_READ)
        def blocking(self):
            pass

    with pytest.raises(UnguardableHandler):

        @public_action
        def stalling(self):
            yield


@pytest.mark.parametrize("name", ["set_price", "setvar"])
def test_names_that_reflex_calls_are_refused(name):
    async def handler(self):
        pass

    handler.__name__ = name
    with pytest.raises(UnguardableHandler):
        public_action(handler)


@pytest.mark.feature("42/handlers")
async def test_undeclared_handlers_are_listed(served):
    ours = [name.rsplit(".", 1)[1] for name in guard.undeclared_handlers() if served.name in name]
    assert ours == ["forgotten", "handle_frontend_exception", "set_price", "undeclared"]


def test_nobody_acts_outside_a_guarded_handler():
    with pytest.raises(SignInRequired):
        current_actor()


def test_built_in_handlers_are_full_names():
    names = reflex_seam.built_in_handlers()
    assert f"{ROOT}.hydrate" in names
    assert not any(name.endswith(".setvar") for name in names)
    assert {name.rsplit(".", 1)[1] for name in names} == reflex_seam.BUILT_IN_HANDLERS
