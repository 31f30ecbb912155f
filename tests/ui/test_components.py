import html
import re
from html.parser import HTMLParser

import pytest
import reflex as rx
import segno

from djplatform.core.money import Money
from djplatform.settings import ROOT
from djplatform.ui import components as c
from djplatform.ui.gallery import AMOUNTS, NAV, PAGES
from djplatform.ui.html import render
from djplatform.ui.html_names import VOID_TAGS
from tests.ui.visits import visit_of_brand


class Console(rx.State):
    title: str = ""
    tone: str = "ok"
    error: str = ""
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    brand: str = "tipjar"
    current: str = "home"
    count: int = 0
    good: bool = True
    code: str = ""
    side: int = 0


def with_vars() -> list[rx.Component]:
    """Every component with Vars wherever a console may have them."""
    s = Console
    return [
        c.button(s.title, class_name=s.title),
        c.link_button(s.title, href=s.title, reload=True),
        c.text_link(s.title, href=s.title),
        c.icon_button("x", s.title),
        c.field(s.title, "a", value=s.title, hint=s.title, error=s.error, prefix=s.title),
        c.textarea(s.title, "b", value=s.title, error=s.error),
        c.select(s.title, "c", (("a", s.title),), value=s.title, error=s.error),
        c.checkbox(s.title, "d", checked=s.good, error=s.error),
        c.switch(s.title, "e", checked=s.good),
        c.hidden("f", s.title),
        c.form(on_submit=rx.redirect("/")),
        c.amount_choice(s.title, (c.Amount("1", s.title),), custom_value=s.title, error=s.error),
        c.choices(s.title, c.choice_card(s.title, "g", "1", note=s.title, aside=s.title)),
        c.choices(s.title, c.picture_card(s.title, "h", "1", picture=s.title, checked=s.good)),
        c.error_summary(s.errors, s.title),
        c.card(s.title, class_name=s.title),
        c.section(s.title, aside=s.title),
        c.notice(s.title, s.title, tone=s.tone, action=s.title, live=True),
        c.status_pill(s.title, s.tone, pulse=True),
        c.list_row(s.title, s.title, leading=s.title, aside=s.title, href=s.title, reload=True),
        c.empty_state("star", s.title, s.title),
        c.trust_line(s.title),
        c.busy(s.title),
        c.money(s.title, "head"),
        c.stat(s.title, s.title, note=s.title, delta=s.title, good=s.good),
        c.avatar(s.title),
        c.avatar(s.title, picture=s.title),
        c.key_values(c.key_value(s.title, s.title)),
        c.more_link(s.title, s.title),
        c.qr_drawing(s.code, s.side, label=s.title),
        c.opener("dialog", s.title),
        c.dialog("dialog", s.title, s.title, text=s.title, actions=(c.closer("dialog", s.title),)),
        c.console_frame(
            s.title,
            brand=s.brand,
            brand_name=s.title,
            nav=(c.NavItem("home", s.title, "house", s.title, s.count), *NAV),
            current=s.current,
            title=s.title,
            account=c.Account(s.title, s.title, "/auth/logout", s.title),
            status=s.title,
        ),
    ]


def walk(component):
    yield component
    for child in getattr(component, "children", ()):
        yield from walk(child)
    for part in (
        component._get_components_in_props()
        if hasattr(component, "_get_components_in_props")
        else ()
    ):
        yield from walk(part)


def gallery() -> list[rx.Component]:
    return [draw(visit_of_brand()) for draw in PAGES.values()]


@pytest.mark.parametrize("tree", [*gallery(), *with_vars()], ids=lambda tree: type(tree).__name__)
def test_no_component_carries_a_style(tree):
    """An undeclared kwarg of rx.el becomes Emotion CSS without a word."""
    styled = [(node.tag, dict(node.style)) for node in walk(tree) if getattr(node, "style", None)]
    assert not styled


def test_the_walk_would_find_a_style():
    assert [n for n in walk(rx.el.div(rx.el.p(width="4"))) if getattr(n, "style", None)]


def test_every_component_compiles_with_vars():
    for component in with_vars():
        assert component.render()


class Outline(HTMLParser):
    """Collects ids, references to ids, headings and open tags."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: set[str] = set()
        self.headings: list[int] = []
        self.stack: list[str] = []
        self.unnamed: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if "id" in values:
            self.ids.append(values["id"])
        for name in ("for", "aria-describedby", "aria-labelledby", "popovertarget"):
            self.references |= set((values.get(name) or "").split())
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img" and "alt" not in values:
            self.unnamed.append(tag)
        if tag not in VOID_TAGS:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_well_formed_and_their_references_lead_somewhere(page):
    outline = Outline(render(PAGES[page](visit_of_brand())))
    assert outline.stack == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.references <= set(outline.ids)
    assert outline.headings.count(1) == 1
    assert not outline.unnamed


@pytest.mark.parametrize("page", PAGES)
def test_classes_are_whole_literals_that_tailwind_can_find(page):
    """What is put together while the program runs would never get a rule."""
    sources = "".join(path.read_text() for path in (ROOT / "djplatform/ui").rglob("*.py"))
    css = (ROOT / "assets/app.css").read_text()
    markup = render(PAGES[page](visit_of_brand()))
    for found in re.findall(r'class="([^"]*)"', markup):
        for name in html.unescape(found).split():
            pattern = rf"(?<![\w:-]){re.escape(name)}(?![\w:-])"
            assert re.search(pattern, sources) or f"@utility {name} " in css, name


def test_a_field_ties_its_error_and_hint_to_the_control():
    markup = render(
        c.field("E-mail", "email", value="a<b", hint="We never share it.", error="Type an address.")
    )
    assert '<label for="field-email"' in markup
    assert 'aria-describedby="field-email-error field-email-hint"' in markup
    assert 'aria-invalid="true"' in markup
    assert 'value="a&lt;b"' in markup
    assert 'id="field-email-error"' in markup


def test_a_field_without_an_error_is_not_invalid():
    markup = render(c.field("E-mail", "email"))
    assert "aria-invalid" not in markup
    assert "aria-describedby" not in markup


def test_text_areas_and_selects_keep_what_was_typed():
    assert ">a &amp; b</textarea>" in render(c.textarea("Message", "m", value="a & b"))
    chosen = render(c.select("Currency", "c", (("gbp", "£"), ("eur", "€")), value="eur"))
    assert '<option value="eur" selected>' in chosen
    assert '<option value="gbp">' in chosen


def test_the_summary_links_to_the_fields():
    markup = render(c.error_summary({"email": "Type an address."}))
    assert 'href="#field-email"' in markup
    assert 'role="alert"' in markup
    assert render(c.error_summary({})) == ""


def test_amounts_post_their_value_and_one_is_chosen():
    markup = render(c.amount_choice("Tip", AMOUNTS, chosen="1000"))
    radios = re.findall(r'<input[^>]*name="amount"[^>]*>', markup)
    assert [re.search(r'value="(\w+)"', radio)[1] for radio in radios] == [
        "500",
        "1000",
        "2000",
        "5000",
        c.CUSTOM,
    ]
    assert ["checked" in radio.replace("has-checked", "") for radio in radios] == [
        False,
        True,
        False,
        False,
        False,
    ]
    assert 'name="custom_amount"' in markup


def test_an_error_of_the_typed_amount_keeps_it_chosen_and_shown():
    markup = render(
        c.amount_choice("Tip", AMOUNTS, chosen="1000", custom_value="0.2", error="At least £1.")
    )
    radios = re.findall(r'<input[^>]*name="amount"[^>]*>', markup)
    assert [" checked" in radio for radio in radios] == [False, False, False, False, True]
    assert 'value="0.2"' in markup
    assert "At least £1." in markup


def test_more_amounts_than_fit_are_refused():
    with pytest.raises(ValueError, match="more than"):
        c.amount_choice("Tip", [c.Amount(str(n), str(n)) for n in range(7)])


def test_the_button_s_amounts_stand_in_the_order_of_the_cards():
    markup = render(c.chosen_amount(AMOUNTS))
    for place, amount in enumerate(AMOUNTS, start=1):
        shown = f"group-has-[[data-choice=&#x27;{place}&#x27;]:checked]/form:inline"
        assert f'{shown}">{amount.label}<' in markup


def test_money_is_written_for_the_reader():
    assert ">£1,204.60<" in render(c.money(Money(120460, "GBP")))
    assert ">£5<" in render(c.money("£5"))


@pytest.mark.parametrize(
    ("name", "initials"), [("Ash Verma", "AV"), ("Leon", "L"), ("Ana de la Cruz", "AC"), ("", "")]
)
def test_initials(name, initials):
    assert f">{initials}<" in render(c.avatar(name))


@pytest.mark.parametrize("text", ["https://tipjar.example/t/jay", "x", "ü" * 200])
def test_a_qr_code_holds_every_module_and_its_quiet_zone(text):
    d, side = c.qr_path(text)
    drawn = {
        (int(x) + step, int(y))
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1H\1z", d)
        for step in range(int(length))
    }
    matrix = segno.make(text, error="m", micro=False).matrix
    dark = {(x + 4, y + 4) for y, row in enumerate(matrix) for x, bit in enumerate(row) if bit}
    assert drawn == dark
    assert side == len(matrix) + 8


def test_a_qr_code_is_dark_on_light_and_says_where_it_leads():
    markup = render(c.qr("https://tipjar.example/t/jay", label="Tip Jay"))
    assert 'fill="#fff"' in markup
    assert 'fill="#000"' in markup
    assert 'role="img"' in markup
    assert 'aria-label="Tip Jay"' in markup


def test_the_place_that_is_open_is_marked():
    markup = render(PAGES["console"](visit_of_brand()))
    assert markup.count('aria-current="page"') == 2  # on the desk and on the bar
    assert markup.count('action="/auth/logout"') == 2


def test_a_notice_speaks_up_only_when_it_is_live():
    assert "role=" not in render(c.notice("Saved"))
    assert 'role="status"' in render(c.notice("Saved", tone="ok", live=True))
    assert 'role="alert"' in render(c.notice("Refused", tone="bad", live=True))


def test_a_sparkline_of_one_value_repeated_is_flat():
    markup = render(c.stat("Tips", "0", trend=(3, 3, 3)))
    assert "M0.0 26.0L50.0 26.0L100.0 26.0" in markup
