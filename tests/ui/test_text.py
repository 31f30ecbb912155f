import pytest
import reflex as rx

from djplatform.core.i18n import use_language
from djplatform.ui import each, pick, t, tn, when


class Night(rx.State):
    name: str = ""
    tips: int = 0
    live: bool = False
    songs: list[str] = []  # noqa: RUF012 Reflex copies it


def test_plain_values_make_plain_text():
    assert t("Hi {name}", name="Jo") == "Hi Jo"
    assert tn("{n} tip", "{n} tips", 2) == "2 tips"
    with use_language("fr"):
        assert type(t("Hi {name}", name="Jo")) is str


def test_a_var_makes_a_var_of_the_whole_text():
    text = t("Hi {name}, welcome to {venue}", name=Night.name, venue="The Lantern")
    assert isinstance(text, rx.Var)
    assert '"Hi "' in str(text)
    assert '", welcome to The Lantern"' in str(text)
    # The hook of the state comes along, else the page would know no such name.
    assert text._get_all_var_data() is not None


def test_counting_a_var_chooses_the_form_in_the_browser():
    text = tn("{n} tip for {name}", "{n} tips for {name}", Night.tips, name="Jo")
    assert isinstance(text, rx.Var)
    assert "=== 1" in str(text)
    assert '" tip for Jo"' in str(text)
    assert '" tips for Jo"' in str(text)
    mixed = tn("{n} tip for {name}", "{n} tips for {name}", 3, name=Night.name)
    assert isinstance(mixed, rx.Var)


def test_loops_and_branches_over_vars_are_left_to_react():
    assert "Array.prototype.map" in str(each(Night.songs, lambda song: rx.el.p(song)))
    both = str(when(Night.live, "yes", lambda: rx.el.b("no")))
    assert "yes" in both
    assert "no" in both
    assert "Fragment" in str(when(Night.live, "yes"))


@pytest.mark.parametrize(("value", "chosen"), [("ok", "text-ok"), ("odd", "text-fg")])
def test_pick_looks_a_plain_value_up(value, chosen):
    assert pick(value, {"ok": "text-ok"}, "text-fg") == chosen


def test_pick_over_a_var_keeps_every_class_in_the_page():
    code = str(pick(Night.name, {"ok": "text-ok", "bad": "text-bad"}, "text-fg"))
    assert all(word in code for word in ("text-ok", "text-bad", "text-fg"))
