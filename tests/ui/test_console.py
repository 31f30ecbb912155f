"""What all consoles share."""

from dataclasses import replace

import pytest
import reflex as rx

from djplatform.core.actor import Actor, Permission, Role
from djplatform.core.errors import SignInRequired
from djplatform.core.ids import new_id
from djplatform.ui import console, reflex_seam
from djplatform.ui.client_side import (
    browser_time_zone,
    copy_button,
    local_date,
    local_time,
    typed,
)
from djplatform.ui.components import NavItem
from djplatform.ui.console import Flash, Shell, Workplace, brand_of_console, console_page, flash
from djplatform.ui.guard import acting
from tests.ui.visits import visit_of_brand

OWNER = Actor(new_id(), new_id(), Role.OWNER)
VIEWER = Actor(new_id(), new_id(), Role.VIEWER, personas=frozenset({"platform_admin"}))


class Page(Flash, rx.State):
    """A page with messages."""


@pytest.fixture(autouse=True)
def workplace():
    async def describe(actor: Actor) -> Workplace:
        if actor.role is Role.VIEWER:
            return Workplace("Vic")
        return Workplace("Jay Martell", "Martell Ltd", "djdash", "DJ Dash", "/djdash/dashboard")

    places = [
        NavItem("late", "Late", "music", "/late", order=90),
        NavItem("home", "Home", "house", Shell.landing, order=10),
    ]
    console.configure(describe, places)
    yield
    console.configure(None)


async def load(actor: Actor) -> Shell:
    state = Shell(_reflex_internal_init=True)
    with acting(actor):
        await Shell.event_handlers["load"].fn(state)
    return state


async def test_the_shell_says_who_works_where_and_what_may_be_shown():
    mine = await load(OWNER)
    assert (mine.person, mine.organization) == ("Jay Martell", "Martell Ltd")
    assert (mine.brand, mine.landing) == ("djdash", "/djdash/dashboard")
    assert set(mine.may) == {permission.value for permission in Permission}
    theirs = await load(VIEWER)
    assert Permission.EVENTS_WRITE.value not in theirs.may
    assert theirs.personas == ["platform_admin"]
    with pytest.raises(SignInRequired):
        await Shell.event_handlers["load"].fn(Shell(_reflex_internal_init=True))


async def test_consoles_stand_in_the_organizations_brand_and_documents_in_the_hosts():
    visit = visit_of_brand("tipjar")
    assert await brand_of_console(visit) == "tipjar"
    assert await brand_of_console(replace(visit, actor=OWNER)) == "djdash"
    assert await brand_of_console(replace(visit, actor=VIEWER)) == "tipjar"


def test_places_stand_in_their_order_whoever_brought_them():
    drawn = str(console_page("body", current="home", title="Title"))
    assert 0 < drawn.index('"Home"') < drawn.index('"Late"')
    assert console.LOG_OUT in drawn


def test_a_message_is_state_and_nobody_outside_can_say_one():
    page = Page(_reflex_internal_init=True)
    page._say("Saved.")
    assert (page.said, page.said_tone, page.said_times) == ("Saved.", "ok", 1)
    page._say("Refused.", "bad")
    assert (page.said_tone, page.said_times) == ("bad", 2)
    page._hush()
    assert page.said == ""
    assert not {"say", "_say", "hush", "_hush"} & set(Page.event_handlers)
    drawn = str(flash(Page))
    assert '"aria-live":"polite"' in drawn
    assert "toast" not in drawn


def test_the_page_knows_by_itself_that_its_socket_is_gone():
    assert "connectErrors" in str(reflex_seam.connection_lost())
    assert "connectErrors" in str(console.connection_status())


def test_a_preview_follows_the_typing_in_the_browser_alone():
    title = typed("page", "title", Shell.person)
    assert '["title"] ?? ' in str(title)
    assert str(Shell.person) in str(title)
    drawn = rx.el.p(title, typed("page", "lead", ""))
    hooks = [hook for hook in drawn._get_all_hooks() if "useTyped" in hook]
    assert [hook.partition("= ")[2] for hook in hooks] == ['useTyped("page")']
    assert any("client_side.js" in path for path in drawn._get_all_imports())


def test_what_only_the_browser_knows_is_worked_out_there():
    assert "toLocaleString" in str(local_time(Shell.person, day=True))
    assert 'year: "numeric"' in str(local_date(Shell.person))
    assert "timeZone" in str(browser_time_zone())
    button = copy_button(Shell.person, "Copy", "Copied")
    assert "copyText(event.currentTarget" in str(button)
    assert any("client_side.js" in path for path in button._get_all_imports())
