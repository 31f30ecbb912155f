"""\"Your page\": what its handlers keep, for whom, and that fans see it on their next visit."""

import pytest

from djplatform.core.actor import ANONYMOUS, Actor, Permission, Role
from djplatform.core.errors import PermissionDenied, SignInRequired
from djplatform.features.screens.ui.dashboard_state import Dashboard
from djplatform.features.screens.ui.fan_page_state import FanPage
from djplatform.ui.guard import declared_permission
from tests.features.crowd.conftest import JAY
from tests.features.crowd.test_documents import text_of

PATH = "/page"
POSTER = {
    "stage_name": "Jay M",
    "bio": "House.\nSince 2009.",
    "home_town": "Leeds",
    "photo": "m10dj",
    "published": "on",
}
AMOUNTS = ("3.00", "8.50", "25.00")
TIPS = {"least": "2.00", "most": "200.00"} | {
    f"presets.{place}": AMOUNTS[place] if place < len(AMOUNTS) else "" for place in range(6)
}


def kept(night) -> list:
    """Everything that this page could have changed, and what was noted of it."""
    return [
        night.rows(f"select * from {table} order by 1, 2")
        for table in ("dj_profiles", "tip_settings", "audit_log")
    ]


def noted(night) -> list[str]:
    actions = [row["action"] for row in night.rows("select action from audit_log")]
    return sorted(one for one in actions if one.startswith(("crowd.", "profiles.")))


@pytest.mark.feature("24/page", "169/console")
async def test_it_holds_the_own_page_with_what_each_amount_leaves(night, desk):
    tab = desk(FanPage, night.world.mate, PATH)
    await tab.call("load")
    state = tab.state
    assert (state.poster.stage_name, state.poster.photo, state.brand) == (
        "Jay Martell",
        "brand",
        "tipjar",
    )
    assert state.tips.presets == ("5.00", "10.00", "20.00", "50.00", "100.00", "")
    assert [offer["label"] for offer in state.offers] == ["£5", "£10", "£20", "£50", "£100", ""]
    assert state.offers[0]["leaves"] == "A tip of £5.00 leaves you £4.52."
    assert state.offers[5] == {"label": "", "leaves": "", "problem": ""}
    assert (state.tip_page, state.symbol) == (JAY, "£")
    assert "Northlight" not in str(state.dict())


@pytest.mark.feature("24/page", "169/console")
async def test_what_is_saved_is_there_again_and_fans_see_it_on_the_next_visit(night, desk):
    assert "Jay Martell" in text_of(await night.fan.get(JAY))
    tab = desk(FanPage, night.world.owner, PATH)
    await tab.call("load")
    await tab.call("save", POSTER | TIPS)
    assert (tab.state.errors, tab.state.said_tone, tab.state.drawn) == ({}, "ok", 0)
    answer = await night.fan.get(JAY)
    for said in ("Jay M", "Leeds", "£3 ", "£8.50 ", "£25 ", "From £2.00 to £200.00", "Since 2009."):
        assert said in text_of(answer)
    assert "stage-m10dj" in answer.text
    assert "Jay Martell" not in text_of(answer)
    assert noted(night) == ["crowd.update_tip_settings", "profiles.update_profile"]
    again = desk(FanPage, night.world.owner, PATH)
    await again.call("load")
    assert (again.state.poster, again.state.tips) == (tab.state.poster, tab.state.tips)
    assert again.state.poster.bio == "House.\nSince 2009."
    assert again.state.tips.presets == (*AMOUNTS, "", "", "")


async def test_the_fields_are_drawn_anew_when_something_else_is_kept_than_was_typed(night, desk):
    tab = desk(FanPage, night.world.owner, PATH)
    await tab.call("save", POSTER | TIPS | {"stage_name": "  Jay   M "})
    assert (tab.state.poster.stage_name, tab.state.drawn) == ("Jay M", 1)
    await tab.call("save", POSTER | TIPS | {"presets.0": "25", "presets.2": "3"})
    assert (tab.state.tips.presets[:3], tab.state.drawn) == (AMOUNTS, 2)
    await tab.call("save", POSTER | TIPS)
    assert tab.state.drawn == 2


@pytest.mark.feature("24/page")
async def test_what_is_wrong_is_named_by_field_and_not_even_the_rest_is_kept(night, desk):
    tab = desk(FanPage, night.world.owner, PATH)
    await tab.call("load")
    before = kept(night)
    wrong = {"stage_name": " ", "bio": "x" * 601, "photo": "../etc", "presets.1": "five"}
    await tab.call("save", POSTER | TIPS | wrong | {"least": "", "most": "-1"})
    assert set(tab.state.errors) == {*wrong, "least", "most"}
    assert tab.state.said == ""
    for half in (TIPS | {"most": "1.00"}, TIPS | {f"presets.{place}": "" for place in range(6)}):
        await tab.call("save", POSTER | half)
        assert len(tab.state.errors) == 1
    await tab.call("save", TIPS | POSTER | {"stage_name": "y" * 81})
    assert set(tab.state.errors) == {"stage_name"}
    assert kept(night) == before
    assert tab.state.poster.stage_name == "Jay Martell"
    await tab.call("save", POSTER | TIPS)
    assert tab.state.errors == {}


async def test_what_was_not_changed_is_left_alone(night, desk):
    tab = desk(FanPage, night.world.owner, PATH)
    await tab.call("save", POSTER | TIPS)
    before = kept(night)
    await tab.call("save", POSTER | TIPS)
    assert kept(night) == before
    await tab.call("save", POSTER | TIPS | {"bio": ""})
    assert noted(night).count("profiles.update_profile") == 2
    assert noted(night).count("crowd.update_tip_settings") == 1


@pytest.mark.feature("24/page")
async def test_unpublished_nobody_finds_it_and_the_dashboard_says_so(night, desk):
    hidden = {name: value for name, value in POSTER.items() if name != "published"}
    tab, home = (
        desk(FanPage, night.world.owner, PATH),
        desk(Dashboard, night.world.viewer, "/tipjar/dashboard"),
    )
    await tab.call("save", hidden)
    assert not tab.state.poster.published
    assert "not published" in tab.state.said
    assert (await night.fan.get(JAY)).status_code == 404
    await home.call("load")
    assert not home.state.published
    await tab.call("save", POSTER)
    assert (await night.fan.get(JAY)).status_code == 200
    await home.call("load")
    assert home.state.published


@pytest.mark.feature("20/page")
async def test_a_member_says_how_it_looks_but_not_what_it_takes(night, desk):
    tab = desk(FanPage, night.world.mate, PATH)
    await tab.call("save", POSTER)
    assert (tab.state.said_tone, tab.state.poster.stage_name) == ("ok", "Jay M")
    before = kept(night)
    await tab.call("save", POSTER | TIPS | {"stage_name": "Both or none"})
    assert (tab.state.said, tab.state.said_tone) == ("You may not do that.", "bad")
    assert kept(night) == before


@pytest.mark.feature("20/page")
async def test_who_may_not_changes_nothing(night, desk):
    before = kept(night)
    prefix = FanPage.get_full_name()
    for handler, arguments in (("load", ()), ("save", (POSTER,)), ("work_out", (0, "5"))):
        asked = Permission(declared_permission(f"{prefix}.{handler}"))
        assert not night.world.viewer.can(asked)
        nobody = desk(FanPage, ANONYMOUS, PATH)
        nobody.state.offers = [{}]
        with pytest.raises(SignInRequired):
            await nobody.call(handler, *arguments)
    viewer = desk(FanPage, night.world.viewer, PATH)
    with pytest.raises(PermissionDenied):
        await viewer.call("load")
    await viewer.call("save", POSTER | TIPS)
    assert viewer.state.said == "You may not do that."
    # The session may be five seconds old; the database knows better.
    claims = Actor(night.world.viewer.user_id, night.world.a, Role.MEMBER)
    late = desk(FanPage, claims, PATH)
    await late.call("save", POSTER)
    assert late.state.said == "You may not do that."
    assert kept(night) == before


async def test_another_tenant_changes_the_own_page_only(night, desk):
    tab = desk(FanPage, night.world.outsider, PATH)
    await tab.call("save", POSTER | TIPS)
    assert tab.state.symbol == "$"
    names = night.rows("select organization_id, stage_name from dj_profiles")
    assert {row["organization_id"]: row["stage_name"] for row in names} == {
        night.world.a: "Jay Martell",
        night.world.b: "Jay M",
    }
    assert [row["organization_id"] for row in night.rows("select * from tip_settings")] == [
        night.world.b
    ]


@pytest.mark.feature("169/console")
async def test_an_amount_is_worked_out_by_the_fee_engine_while_it_is_typed(night, desk):
    tab = desk(FanPage, night.world.owner, PATH)
    await tab.call("load")
    await tab.call("save", POSTER | TIPS | {"presets.1": "five"})
    assert set(tab.state.errors) == {"presets.1"}
    await tab.call("work_out", 1, "7.50")
    assert tab.state.offers[1]["leaves"] == "A tip of £7.50 leaves you £6.94."
    assert tab.state.errors == {}
    for typed, problem in (("five", "digits"), ("0", "more than zero"), ("9" * 10_000, "too long")):
        await tab.call("work_out", 5, typed)
        assert problem in tab.state.offers[5]["problem"]
        assert tab.state.offers[5]["leaves"] == ""
    await tab.call("work_out", 5, " ")
    assert tab.state.offers[5] == {"label": "", "leaves": "", "problem": ""}
    before = [dict(offer) for offer in tab.state.offers]
    for place in (-1, 6, "1", None, 10**30, 0.5, [1]):
        await tab.call("work_out", place, "9")
    assert [dict(offer) for offer in tab.state.offers] == before


@pytest.mark.feature("169/console")
async def test_without_a_country_there_is_no_currency_to_take_tips_in(night, desk):
    night.rows(
        "update organizations set country = null, currency = null where id = %s", night.world.b
    )
    tab = desk(FanPage, night.world.outsider, PATH)
    await tab.call("load")
    assert (tab.state.has_currency, tab.state.symbol) == (False, "")
    before = kept(night)
    await tab.call("save", POSTER | TIPS)
    assert "country first" in tab.state.said
    await tab.call("work_out", 0, "5")
    assert "country first" in tab.state.said
    assert kept(night) == before
    await tab.call("save", POSTER)
    assert tab.state.poster.stage_name == "Jay M"
