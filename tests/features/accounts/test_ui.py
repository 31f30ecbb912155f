"""The settings pages: what their handlers do, for the caller and for nobody else."""

import re
from dataclasses import replace

import pytest

from djplatform.core.actor import Actor
from djplatform.core.errors import SignInRequired
from djplatform.features.accounts import service
from djplatform.features.accounts.ui import PAGES
from djplatform.features.accounts.ui.account import AccountSettings, account_page
from djplatform.features.accounts.ui.profile import ProfileSettings, profile_page
from djplatform.features.accounts.ui.team import team_page
from djplatform.ui import session
from djplatform.ui.guard import acting
from djplatform.ui.session import SignedIn
from tests.features.accounts.conftest import EMAIL, NEW_PASSWORD, PASSWORD, log_in, signed_in


async def call(state, name: str, *arguments: object) -> object:
    return await type(state).event_handlers[name].fn(state, *arguments)


@pytest.fixture
async def caller(site, sign_up, browser) -> SignedIn:
    await sign_up(browser)
    found = await session.sessions().by_token(browser.cookies["sid"])
    assert found is not None
    return found


@pytest.mark.feature("24/profile")
async def test_the_name_is_saved_and_shown_again(caller) -> None:
    page = ProfileSettings(_reflex_internal_init=True)
    with acting(caller):
        await call(page, "open_profile")
        assert page.name == "Jay Martell"
        await call(page, "save", {"name": "  "})
        assert (page.name_error, page.saved) == ("Please type your name.", False)
        await call(page, "save", {"name": "Jay Marvel"})
        assert (page.name, page.name_error, page.saved) == ("Jay Marvel", "", True)
    again = ProfileSettings(_reflex_internal_init=True)
    with acting(caller):
        await call(again, "open_profile")
    assert again.name == "Jay Marvel"


@pytest.fixture
def page(monkeypatch) -> AccountSettings:
    state = AccountSettings(_reflex_internal_init=True)

    class Shell:
        brand = "tipjar"

    async def get_state(_self, _cls) -> Shell:
        return Shell()

    monkeypatch.setattr(AccountSettings, "get_state", get_state)
    return state


@pytest.mark.feature(19, "24/account")
async def test_devices_are_shown_and_signed_out_at_once(site, caller, page) -> None:
    phone = site()
    await log_in(phone)
    with acting(caller):
        await call(page, "open_account")
        assert page.email == EMAIL
        assert [device.current for device in page.devices].count(True) == 1
        assert "Chrome on Android" in page.devices[0].name
        other = next(device.id for device in page.devices if not device.current)
        assert await signed_in(phone)
        await call(page, "end_device", other)
        assert len(page.devices) == 1
    assert not await signed_in(phone)


async def test_a_strangers_device_cannot_be_signed_out(site, sign_up, caller, page) -> None:
    stranger = site()
    await sign_up(stranger, email="other@example.com")
    theirs = await session.sessions().by_token(stranger.cookies["sid"])
    assert theirs is not None
    with acting(caller):
        await call(page, "end_device", str(theirs.session_id))
        await call(page, "end_device", "no id at all")
        await call(page, "end_others")
    assert await signed_in(stranger)


@pytest.mark.feature("24/account")
async def test_a_new_password_signs_the_others_out(site, caller, page, browser) -> None:
    phone = site()
    await log_in(phone)
    with acting(caller):
        await call(page, "change_password", {"current": "wrong", "new": NEW_PASSWORD})
        assert page.current_error
        assert not page.done
        await call(page, "change_password", {"current": PASSWORD, "new": "short"})
        assert page.new_error
        assert await signed_in(phone)
        await call(page, "change_password", {"current": PASSWORD, "new": NEW_PASSWORD})
    assert (page.current_error, page.new_error, bool(page.done)) == ("", "", True)
    assert not await signed_in(phone)
    assert await signed_in(browser)
    assert PASSWORD not in str(page.dict())
    assert NEW_PASSWORD not in str(page.dict())


async def test_nobody_gets_nothing(caller, page) -> None:
    with pytest.raises(SignInRequired):
        await call(page, "open_account")
    with acting(Actor()), pytest.raises(SignInRequired):
        await call(page, "open_account")
    with acting(replace(caller, actor=Actor())), pytest.raises(SignInRequired):
        await call(page, "end_others")
    assert page.email == ""
    assert len(await service.sessions(caller.actor, None)) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.route)
def test_every_settings_page_stands_in_one_frame_with_its_own_tab(page) -> None:
    name = page.route.rpartition("/")[2].title()
    assert page.title == f"{name} · Settings"
    drawn = str(page.component())
    for other in PAGES:
        assert f'"{other.route}"' in drawn
    # The frame's own places say "false" or "page" by a condition, the tabs by a plain attribute.
    assert re.findall(r'"aria-current":"page",[^{}]*?to:"([^"]+)"', drawn) == [page.route]


@pytest.mark.parametrize("draw", [profile_page, account_page, team_page])
def test_pages_are_drawn_without_stray_styles(draw) -> None:
    def walk(component):
        yield component
        for child in component.children:
            yield from walk(child)

    assert not [c for c in walk(draw()) if c.style]
