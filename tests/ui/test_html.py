from html.parser import HTMLParser

import pytest
import reflex as rx
from hypothesis import given
from hypothesis import strategies as st

from djplatform.ui import each, when
from djplatform.ui.components import form
from djplatform.ui.html import NotStatic, escape, render, render_all, safe_url, trusted_html
from djplatform.ui.html_names import VOID_TAGS, attribute_name

pytestmark = pytest.mark.feature("378/documents")

# What a document can carry unchanged: NUL and lone surrogates cannot stand in HTML at all.
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
NAMES = st.sampled_from(["id", "title", "aria-label", "data-x", "lang"])


class Page(rx.State):
    name: str = ""
    shown: bool = False
    songs: list[str] = []  # noqa: RUF012 Reflex copies it


class Tree(HTMLParser):
    """Reads markup back as nested (tag, attributes, children)."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root: list = []
        self.open: list[list] = [self.root]
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        children: list = []
        self.open[-1].append((tag, dict(attrs), children))
        if tag not in VOID_TAGS:
            self.open.append(children)

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        here = self.open[-1]
        if here and isinstance(here[-1], str):
            here[-1] += data
        else:
            here.append(data)


def parsed(markup: str) -> list:
    return Tree(markup).root


@given(TEXT)
def test_a_text_comes_back_as_it_was(text):
    assert "".join(parsed(render(rx.el.p(text)))[0][2]) == text


@given(st.dictionaries(NAMES, TEXT))
def test_attributes_come_back_as_they_were(attributes):
    ((tag, found, children),) = parsed(render(rx.el.p(custom_attrs=attributes)))
    assert (tag, found, children) == ("p", attributes, [])


@given(TEXT)
def test_no_text_opens_an_element(text):
    ((tag, found, children),) = parsed(
        render(rx.el.div(text, class_name=f"a {text}", custom_attrs={"title": text}))
    )
    assert tag == "div"
    assert not [child for child in children if not isinstance(child, str)]
    assert set(found) == {"class", "title"}


leaves = TEXT.filter(bool) | st.builds(lambda name: ("br", {}, []), st.none())
trees = st.recursive(
    leaves,
    lambda inner: st.tuples(
        st.sampled_from(["div", "span", "section", "strong"]),
        st.dictionaries(NAMES, TEXT),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


def build(node):
    if isinstance(node, str):
        return node
    tag, attributes, children = node
    return getattr(rx.el, tag)(*map(build, children), custom_attrs=attributes)


def merged(node):
    """Neighbouring texts are one text to a parser."""
    if isinstance(node, str):
        return node
    tag, attributes, children = node
    out: list = []
    for child in map(merged, children):
        if out and isinstance(child, str) and isinstance(out[-1], str):
            out[-1] += child
        else:
            out.append(child)
    return (tag, attributes, out)


@given(trees)
def test_a_tree_comes_back_as_it_was(tree):
    wrapped = ("div", {}, [tree])
    assert parsed(render(build(wrapped))) == [merged(wrapped)]


@given(TEXT)
def test_a_text_area_keeps_every_character(text):
    markup = render(rx.el.textarea(default_value=text))
    # The parser of Python does not drop the first line feed as browsers do.
    content = "".join(parsed(markup)[0][2])
    assert content.removeprefix("\n" if text.startswith("\n") else "") == text


def test_what_html_cannot_hold_becomes_the_replacement_character():
    assert escape("a\0b\ud800c") == "a\ufffdb\ufffdc"
    assert escape("a\rb") == "a&#13;b"


@pytest.mark.parametrize(
    ("component", "markup"),
    [
        (rx.el.label("x", html_for="f"), '<label for="f">x</label>'),
        (rx.el.input(type="checkbox", default_checked=True), '<input checked type="checkbox">'),
        (rx.el.input(required=False, disabled=True), "<input disabled>"),
        (rx.el.input(type="radio", value="5"), '<input type="radio" value="5">'),
        (rx.el.input(type="number", value=5), '<input type="number" value="5">'),
        (rx.el.p(class_name="a b"), '<p class="a b"></p>'),
        (rx.el.p(class_name=""), "<p></p>"),
        (rx.el.p(None, 0, 1.5, True), "<p>01.5True</p>"),
        (rx.el.p(aria_expanded=True), '<p aria-expanded="true"></p>'),
        (rx.el.p(custom_attrs={"hidden": False}), "<p></p>"),
        (rx.el.p(custom_attrs={"popoverTarget": "x"}), '<p popovertarget="x"></p>'),
        (rx.el.img(src="/a", src_set="/b 2x", alt=""), '<img alt="" src="/a" srcset="/b 2x">'),
        (rx.el.meta(http_equiv="refresh", content="5"), None),
        (rx.el.a("x", href="/t/jay?a=1&b=2"), '<a href="/t/jay?a=1&amp;b=2">x</a>'),
        (rx.el.a("x", href="/d", reload_document=True), '<a href="/d">x</a>'),
        (rx.el.br(), "<br>"),
        (rx.fragment("a", rx.el.b("c")), "a<b>c</b>"),
        (
            rx.el.p(custom_attrs={"style": {"marginTop": "1px", "--x": "2"}}),
            '<p style="margin-top:1px;--x:2"></p>',
        ),
        (
            rx.el.svg(
                rx.el.svg.path(d="M0 0", custom_attrs={"strokeWidth": "2", "vectorEffect": "none"}),
                view_box="0 0 1 1",
                preserve_aspect_ratio="none",
            ),
            (
                '<svg viewBox="0 0 1 1" preserveAspectRatio="none">'
                '<path d="M0 0" stroke-width="2" vector-effect="none"></path></svg>'
            ),
        ),
        (
            rx.el.select(
                rx.el.option("A", value="a"), rx.el.option("B", value="b"), default_value="b"
            ),
            '<select><option value="a">A</option><option value="b" selected>B</option></select>',
        ),
        (
            form(action="/x"),
            '<form action="/x" method="post" class="group/form flex flex-col gap-5"></form>',
        ),
    ],
)
def test_markup(component, markup):
    if markup is None:
        assert 'http-equiv="refresh"' in render(component)
    else:
        assert render(component) == markup


@pytest.mark.parametrize(
    "component",
    [
        pytest.param(lambda: rx.el.p(Page.name), id="a Var as text"),
        pytest.param(lambda: rx.el.p(f"Hi {Page.name}"), id="a Var inside a text"),
        pytest.param(lambda: rx.el.p(class_name=f"a {Page.name}"), id="a Var inside a class"),
        pytest.param(lambda: rx.el.p(custom_attrs={"title": Page.name}), id="a Var as attribute"),
        pytest.param(lambda: rx.el.input(value=Page.name), id="a Var as value"),
        pytest.param(
            lambda: rx.el.p(custom_attrs={"title": rx.cond(Page.shown, "a", "b")}),
            id="rx.cond text",
        ),
        pytest.param(lambda: rx.cond(Page.shown, rx.el.p(), rx.el.b()), id="rx.cond"),
        pytest.param(lambda: rx.foreach(Page.songs, rx.el.p), id="rx.foreach"),
        pytest.param(lambda: rx.match(Page.name, ("a", rx.el.p()), rx.el.b()), id="rx.match"),
        pytest.param(lambda: rx.icon("x"), id="React icon"),
        pytest.param(lambda: rx.text("x"), id="Radix text"),
        pytest.param(lambda: rx.el.form(), id="Reflex form"),
        pytest.param(lambda: rx.el.button(on_click=rx.redirect("/")), id="event handler"),
        pytest.param(lambda: rx.el.p(custom_attrs={"onClick": "a()"}), id="handler as text"),
        pytest.param(lambda: rx.el.p(custom_attrs={"hx-on:click": "a()"}), id="handler of htmx"),
        pytest.param(lambda: rx.el.p(width="4"), id="undeclared kwarg"),
        pytest.param(lambda: rx.el.p(style={"color": "red"}), id="style"),
        pytest.param(lambda: rx.el.script("alert(1)"), id="inline script"),
        pytest.param(
            lambda: rx.el.p(custom_attrs={"style": {"margin": 4}}), id="number in a style"
        ),
    ],
)
def test_what_needs_the_browser_is_refused(component):
    with pytest.raises(NotStatic):
        render(rx.el.div(component()))


def test_a_refusal_names_the_part():
    with pytest.raises(NotStatic, match="title of <p>"):
        render(rx.el.p(custom_attrs={"title": Page.name}))


@pytest.mark.parametrize("name", ['a"b', "a b", "a>", "", "a=b", "a/b", "a\nb"])
def test_a_name_that_breaks_out_is_refused(name):
    with pytest.raises(ValueError, match="cannot be the name"):
        attribute_name(name, svg=False)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\tscript:x",
        "\x01javascript:x",
        "data:text/html,x",
    ],
)
def test_an_address_that_runs_a_script_is_defused(address):
    assert render(rx.el.a("x", href=address)) == '<a href="about:blank">x</a>'


@pytest.mark.parametrize(
    "address",
    [
        "/a:b",
        "?a=b:c",
        "#a:b",
        "https://x.example/y",
        "mailto:a@b.example",
        "tel:+44",
        "data:image/png;base64,x",
        "x",
    ],
)
def test_other_addresses_stay(address):
    assert safe_url(address) == address


def test_trusted_markup_is_the_only_way_around_escaping():
    assert render(trusted_html("<b>x</b>", class_name="p")) == '<div class="p"><b>x</b></div>'


def test_plain_branches_and_loops():
    assert render(each(["a", "b"], rx.el.p)) == "<p>a</p><p>b</p>"
    assert render(when(True, rx.el.p("a"), rx.el.p("b"))) == "<p>a</p>"
    assert render(when("", lambda: rx.el.p(1 / 0))) == ""
    assert render_all([rx.el.br(), rx.el.hr()]) == "<br><hr>"
