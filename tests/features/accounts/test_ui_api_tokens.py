"""API tokens on the account page, and a program with one: from making it to its end."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

import httpx
import pytest
import reflex as rx
from reflex_base.environment import environment as reflex_environment
from reflex_base.registry import RegistrationContext

from djplatform.core.actor import Actor
from djplatform.core.errors import SignInRequired
from djplatform.features.accounts import service
from djplatform.features.accounts.ui.api_tokens_state import ApiTokens
from djplatform.ui import guard, reflex_seam, session
from djplatform.ui.guard import acting
from djplatform.ui.session import SignedIn
from tests.features.accounts.conftest import EMAIL, log_in
from tests.serving import free_port, serving
from tests.ui.tab import Tab, connected

FORM = {"name": "Light show", "role": "member", "days": "30"}
SECRET = re.compile(r"djp_[\w-]{43}")
API = "http://tipjar.localhost:8000/api/v1"
COUNTRY = "select country from organizations where kind = 'tenant'"


async def call(page: ApiTokens, name: str, *arguments: object) -> list[str]:
    """Run a handler; gives what the secret was whenever the browser was told something."""
    told: list[str] = []
    running = ApiTokens.event_handlers[name].fn(page, *arguments)
    if hasattr(running, "__aiter__"):
        async for _ in running:
            told.append(page.secret)
            page._clean()
    else:
        await running
    told.append(page.secret)
    return told


@pytest.fixture
async def caller(sign_up, browser) -> SignedIn:
    await sign_up(browser)
    found = await session.sessions().by_token(browser.cookies["sid"])
    assert found is not None
    return found


@pytest.fixture
def page() -> ApiTokens:
    return ApiTokens(_reflex_internal_init=True)


@pytest.mark.feature("19/api-tokens", "24/account")
async def test_a_token_is_made_and_its_secret_told_once(caller, page, db) -> None:
    with acting(caller):
        await call(page, "open_tokens")
        assert page.tokens == []
        told = await call(page, "create_token", FORM)
        assert [bool(SECRET.fullmatch(text)) for text in told] == [True, False]
        assert told[1] == ""
        assert "secret" not in page.dirty_vars, "the browser is not told to drop it either"
        assert (page.secret_of, page.form_key) == ("Light show", 1)
        [row] = page.tokens
        assert (row.name, row.ending, row.organization) == (
            "Light show",
            told[0][-4:],
            "Jay Martell",
        )
        assert (row.role, row.live, row.seen, row.previous) == ("Member", True, "", "")
    assert told[0] not in str(page.dict())
    assert db.rows("select name from api_tokens") == [{"name": "Light show"}]


@pytest.mark.feature("19/api-tokens")
async def test_errors_stand_at_their_fields_and_the_form_stays(caller, page, db) -> None:
    with acting(caller):
        told = await call(page, "create_token", {"name": " ", "role": "owner", "days": "9999"})
        assert told == [""]
        assert page.name_error == "Please say what will use the token."
        assert page.role_error == "Please choose what the token may do."
        assert page.days_error == "Please choose when the token expires."
        assert page.form_key == 0, "the browser keeps what was typed"
        assert db.rows("select * from api_tokens") == []
        await call(page, "create_token", FORM)
        assert (page.name_error, page.role_error, page.days_error) == ("", "", "")


@pytest.mark.feature("19/api-tokens")
async def test_it_is_rotated_and_revoked_on_the_page(caller, page) -> None:
    with acting(caller):
        [first, _] = await call(page, "create_token", FORM)
        token = page.tokens[0].id
        [second, forgotten] = await call(page, "rotate_token", token, False)
        assert SECRET.fullmatch(second)
        assert (second != first, forgotten) == (True, "")
        assert page.tokens[0].previous
        assert page.tokens[0].ending == second[-4:]
        [third, _] = await call(page, "rotate_token", token, True)
        assert page.tokens[0].previous == ""
        assert await call(page, "revoke_token", token) == [""]
        assert page.tokens == []
        assert page.done.startswith("The token was revoked")
        assert await call(page, "rotate_token", token, True) == [""]
        assert page.problem == "We could not find that."
    for secret in (first, second, third):
        assert await service.api_caller(secret) is None


async def test_a_strangers_token_is_not_found(site, sign_up, caller, page, db) -> None:
    stranger = site()
    await sign_up(stranger, email="other@example.com")
    theirs = await session.sessions().by_token(stranger.cookies["sid"])
    with acting(theirs):
        await call(page, "create_token", FORM)
        token = page.tokens[0].id
    before = db.rows("select * from api_tokens"), db.rows("select * from audit_log")
    with acting(caller):
        await call(page, "open_tokens")
        assert page.tokens == []
        for name, arguments in (("rotate_token", (token, True)), ("revoke_token", (token,))):
            assert await call(page, name, *arguments) == [""]
            assert page.problem == "We could not find that."
            assert await call(page, name, "no id", *arguments[1:]) == [""]
    assert (db.rows("select * from api_tokens"), db.rows("select * from audit_log")) == before


async def test_nobody_gets_nothing(caller, page, db) -> None:
    for nobody in (Actor(), replace(caller, actor=Actor())):
        with acting(nobody):
            with pytest.raises(SignInRequired):
                await call(page, "open_tokens")
            assert await call(page, "create_token", FORM) == [""]
            assert page.problem == "Please log in first."
            page.problem = ""
            await call(page, "revoke_token", str(caller.session_id))
            assert page.problem == "Please log in first."
    assert db.rows("select * from api_tokens") == []


async def test_without_an_organization_there_is_nothing_to_work_for(caller, page, db) -> None:
    with acting(replace(caller, actor=replace(caller.actor, organization_id=None, role=None))):
        await call(page, "create_token", FORM)
    assert page.problem == "Please choose the organization that the token shall work for."
    assert db.rows("select * from api_tokens") == []


# --- on the wire -----------------------------------------------------------------------------

ROOT = "reflex___state____state"
CREATE = f"{ApiTokens.get_full_name()}.create_token"
PUT_AWAY = f"{ApiTokens.get_full_name()}.put_secret_away"
OPEN = f"{ApiTokens.get_full_name()}.open_tokens"


@dataclass
class Wire:
    """The real states behind the real guard, on a port."""

    port: int

    def tab(self, token: str, browser: httpx.AsyncClient) -> AbstractAsyncContextManager[Tab]:
        return connected(self.port, token=token, cookie=f"sid={browser.cookies['sid']}")


@pytest.fixture
async def wire(site) -> AsyncIterator[Wire]:
    reflex_environment.REFLEX_SKIP_COMPILE.set(True)
    with RegistrationContext.ensure_context().fork():
        app = rx.App()
        reflex_seam.check_socket_origin(app, lambda _origin, _environ: True)
        guard.install(app, session.sessions())
        port = free_port()
        async with serving(app(), port):
            yield Wire(port)
            await reflex_seam.disconnect_all(app)


async def heard(tab: Tab, event: str, **payload: object) -> str:
    """Everything that the server says to this tab because of an event."""
    before = len(tab.frames)
    await tab.event(event, path="/settings/account", **payload)
    await tab.update()
    await asyncio.sleep(0.2)  # what else might be said about it
    return "\n".join(tab.frames[before:])


@pytest.mark.feature("19/api-tokens", "19/secret-once")
async def test_a_delta_carries_the_secret_once_and_to_its_person_only(
    wire, site, sign_up, browser
) -> None:
    stranger = site()
    await sign_up(browser)
    await sign_up(stranger, email="other@example.com")
    phone = site()
    await log_in(phone)
    async with (
        wire.tab("desk", browser) as desk,
        wire.tab("phone", phone) as other_device,
        wire.tab("thief", stranger) as thief,
    ):
        for tab in (desk, other_device, thief):
            await heard(tab, f"{ROOT}.hydrate")
        answer = await heard(desk, CREATE, form_data=FORM)
        [secret] = SECRET.findall(answer)
        assert "djp_" not in await heard(desk, f"{ROOT}.hydrate"), "a reload shows it no more"
        assert "djp_" not in await heard(desk, OPEN)
        assert "djp_" not in await heard(other_device, OPEN)
        assert "djp_" not in await heard(thief, OPEN)
        assert "".join(desk.frames).count(secret) == 1
        assert secret not in "".join([*other_device.frames, *thief.frames])
    async with wire.tab("desk", browser) as back, wire.tab("desk", stranger) as stolen:
        assert "djp_" not in await heard(back, f"{ROOT}.hydrate")
        assert "djp_" not in await heard(stolen, f"{ROOT}.hydrate")
    assert await service.api_caller(secret) is not None


@pytest.mark.feature("19/secret-once")
async def test_putting_it_away_takes_it_off_the_page(wire, sign_up, browser) -> None:
    await sign_up(browser)
    async with wire.tab("desk", browser) as desk:
        await heard(desk, f"{ROOT}.hydrate")
        assert SECRET.search(await heard(desk, CREATE, form_data=FORM))
        await desk.event(PUT_AWAY, path="/settings/account")
        [told] = (await desk.update())["delta"].values()
        assert told["secret_rx_state_"] == told["secret_of_rx_state_"] == ""


# --- from making it to its end ---------------------------------------------------------------


@pytest.mark.feature(19, "40/api-tokens")
async def test_a_program_with_a_token_from_the_first_call_to_the_last(
    site, caller, page, letters, db, moment
) -> None:
    """Made on the page, used over HTTP, rotated, expired, revoked, and never beyond its person."""
    program = site()
    program.headers["accept"] = "application/json"

    async def ask(secret: str) -> int:
        headers = {"authorization": f"Bearer {secret}"}
        return (await program.get(f"{API}/accounts/organization", headers=headers)).status_code

    async def choose(secret: str, country: str) -> int:
        headers, body = {"authorization": f"Bearer {secret}"}, {"country": country}
        answer = await program.post(f"{API}/accounts/choose_country", headers=headers, json=body)
        return answer.status_code

    with acting(caller):
        first = (await call(page, "create_token", FORM))[0]
        token = page.tokens[0].id
    assert letters()[-1].kind == "accounts.api_token_created"
    assert letters()[-1].to == EMAIL
    assert first not in letters()[-1].text
    assert await ask(first) == 200
    assert await ask("") == 401

    moment.forward(days=10)
    with acting(caller):
        second = (await call(page, "rotate_token", token, False))[0]
    assert (await ask(first), await ask(second)) == (200, 200), "a day of grace"
    moment.forward(hours=24)
    assert (await ask(first), await ask(second)) == (401, 200)

    moment.forward(days=28, hours=23, minutes=59)
    assert await ask(second) == 200
    moment.forward(minutes=1)
    assert await ask(second) == 401, "expired"

    with acting(caller):
        third = (await call(page, "create_token", {**FORM, "role": "admin"}))[0]
        lasting = page.tokens[0].id
        viewing = (await call(page, "create_token", {**FORM, "role": "viewer"}))[0]
    assert (await ask(viewing), await choose(viewing, "FR")) == (200, 403), "a ceiling"
    assert await choose(third, "GB") == 200
    db.rows("update memberships set role = 'viewer'")
    assert await choose(third, "FR") == 403, "and the person's own role is another"
    db.rows("update memberships set role = 'owner'")

    with acting(caller):
        await call(page, "revoke_token", lasting)
    assert (await ask(third), await choose(third, "FR")) == (401, 401), "revoked, at once"
    assert await ask(viewing) == 200
    db.rows("delete from memberships")
    assert await ask(viewing) == 401, "no member any more, at once"
    assert db.rows(COUNTRY) == [{"country": "GB"}]
