import pytest

from djplatform.ui.css import parse, used_css

SHEET = r"""/*! tailwind */@layer theme,base,utilities;
@layer theme{:root,:host{--text-body:1rem}}
@layer base{html{color:var(--fg)}h1,h2{margin:0}}
@layer utilities{.flex{display:flex}.p-4{padding:1rem}.p-4,.p-5{margin:0}
.sm\:flex{display:flex}.w-1\/2{width:50%}
.hover\:x:hover{color:red}
.group-has-\[a\]\/form\:inline:is(:where(.group\/form):has(a) *){display:inline}
.animate-rise{animation:rise 1s both}.num{content:"}.flex{"}
@media (width>=40rem){.sm\:p-4{padding:1rem}.sm\:grid{display:grid}}}
:root,[data-brand=neutral]{--fg:#111}[data-brand=tipjar]{--fg:#222}
.dark[data-brand=tipjar],.dark [data-brand=djdash]{--fg:#eee}
@keyframes rise{from{opacity:0}}@keyframes pulse{50%{opacity:.5}}
@property --tw-x{syntax:"*";inherits:false}
@font-face{font-family:Geist;src:url(x)}
@media (prefers-reduced-motion:reduce){*{animation-duration:1ms}}
"""


def used(*classes: str, brand: str = "tipjar") -> str:
    return used_css(SHEET, f'<html data-brand="{brand}"><p class="{" ".join(classes)}"></p></html>')


def test_what_the_markup_names_stays_and_the_rest_goes():
    css = used("flex")
    assert ".flex{display:flex}" in css
    assert ".p-4" not in css
    assert "h1,h2{margin:0}" in css
    assert "@layer theme,base,utilities;" in css
    assert "--text-body:1rem" in css


def test_of_a_list_of_selectors_only_those_that_match_stay():
    assert ".p-4{padding:1rem}.p-4{margin:0}" in used("p-4")


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("sm:flex", r".sm\:flex{"),
        ("w-1/2", r".w-1\/2{"),
        ("hover:x", r".hover\:x:hover{"),
        ("sm:grid", r".sm\:grid{display:grid}}"),
        (
            "group-has-[a]/form:inline",
            r".group-has-\[a\]\/form\:inline:is(:where(.group\/form):has(a) *){",
        ),
    ],
)
def test_escaped_names_are_understood(name, rule):
    assert rule in used(name)
    assert rule not in used("flex")


def test_groups_that_are_empty_go():
    assert "width>=40rem" not in used("flex")
    assert "width>=40rem" in used("sm:p-4")


def test_a_brace_in_a_string_ends_nothing():
    assert '.num{content:"}.flex{"}' in used("num")


def test_only_the_document_s_brand_stays():
    assert "[data-brand=tipjar]{--fg:#222}" in used()
    assert "neutral" not in used()
    assert "--fg:#111" in used()
    assert ".dark" not in used()
    assert ".dark[data-brand=tipjar]{" in used("dark")
    assert "djdash" not in used("dark")


def test_keyframes_properties_and_faces_stay_only_when_named():
    css = used("animate-rise")
    assert "@keyframes rise" in css
    assert "@keyframes pulse" not in css
    assert "@property" not in css
    assert "@font-face" not in css


def test_a_class_written_with_references_is_read():
    markup = '<p class="[&amp;&gt;*]:p flex">'
    assert ".flex" in used_css(SHEET, markup)


def test_nested_rules_stay_whole():
    sheet = ".field{color:red;&:hover{color:blue}}.other{color:green}"
    assert used_css(sheet, '<p class="field">') == ".field{color:red;&:hover{color:blue}}"


def test_every_rule_of_the_sheet_is_read():
    kinds = [rule.prelude.split(" ")[0] for rule in parse(SHEET)]
    assert kinds.count("@layer") == 4
    assert kinds.count("@keyframes") == 2
    assert len(kinds) == 12
