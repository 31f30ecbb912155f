import re

import pytest

from djplatform.ui import document as module
from djplatform.ui.document import page_html
from djplatform.ui.gallery import fan_page
from djplatform.ui.pages import Document
from tests.ui.visits import visit_of_brand

SHEET = ".p-4{padding:1rem}.text-on{color:var(--on)}[data-brand=djdash]{--on:#fff}html{margin:0}"


@pytest.fixture
def sheet(monkeypatch):
    monkeypatch.setattr(module, "document_css", lambda: SHEET)
    monkeypatch.setattr(module, "stylesheet_paths", lambda: ["/assets/all-1.css"])


def page(**more) -> str:
    visit = visit_of_brand("tipjar")
    return page_html(Document("Tip", "Tip Jay", fan_page(visit), **more), visit)


@pytest.mark.feature("378/documents")
def test_a_document_carries_the_css_that_it_uses_and_no_more(sheet):
    style = re.search(r"<style>(.*?)</style>", page())[1]
    assert style == ".text-on{color:var(--on)}html{margin:0}"


def test_a_document_follows_the_system_and_a_chosen_mode_wins(sheet, monkeypatch):
    chosen = ".dark[data-brand=tipjar]{--on:#000}"
    monkeypatch.setattr(module, "document_css", lambda: chosen)
    markup = page()
    assert '<html lang="en" data-brand="tipjar" data-scheme="auto">' in markup
    assert f"<style>{chosen}</style>" in markup
    assert "removeAttribute('data-scheme')" in module.THEME_SCRIPT


def test_only_a_live_document_fetches_the_whole_sheet_and_only_at_its_end(sheet):
    assert "/assets/all-1.css" not in page()
    live = page(streams=("event:1",))
    assert live.endswith('<link rel="stylesheet" href="/assets/all-1.css"></body></html>')


def test_a_phone_s_bars_take_the_colour_of_the_page(sheet):
    markup = page()
    assert 'name="theme-color" content="#fbf9f6" media="(prefers-color-scheme: light)"' in markup
    assert 'name="theme-color" content="#0f0b08" media="(prefers-color-scheme: dark)"' in markup
