import gettext
import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core import i18n
from djplatform.core.i18n import current_language, t, tn, use_language


@pytest.fixture
def french(monkeypatch):
    catalogue = Catalog(locale="fr")
    catalogue.add("Good evening, {name}", "Bonsoir, {name}")
    catalogue.add(("{n} tip", "{n} tips"), ("{n} pourboire", "{n} pourboires"))
    written = io.BytesIO()
    write_mo(written, catalogue)
    written.seek(0)
    translations = gettext.GNUTranslations(written)
    none = gettext.NullTranslations()
    monkeypatch.setattr(i18n, "_catalogue", lambda lang: translations if lang == "fr" else none)


def test_english_is_in_the_code():
    assert t("Good evening, {name}", name="Maya") == "Good evening, Maya"
    assert tn("{n} tip", "{n} tips", 1) == "1 tip"
    assert (
        tn("{n} tip from {name}", "{n} tips from {name}", 1200, name="Jo") == "1,200 tips from Jo"
    )


def test_the_language_of_the_block_is_spoken(french):
    with use_language("fr"):
        assert current_language() == "fr"
        assert t("Good evening, {name}", name="Maya") == "Bonsoir, Maya"
        assert tn("{n} tip", "{n} tips", 0) == "0 pourboire"
        assert tn("{n} tip", "{n} tips", 1200) == "1\u202f200 pourboires"
        assert t("Not translated") == "Not translated"
    assert current_language() == "en"
    assert t("Good evening, {name}", name="Maya") == "Good evening, Maya"


def test_a_language_without_a_catalogue_falls_back_to_english():
    with use_language("pt"):
        assert t("Good evening, {name}", name="Maya") == "Good evening, Maya"


def test_a_forgotten_value_is_an_error():
    with pytest.raises(KeyError):
        t("Good evening, {name}")


@given(st.text())
def test_values_are_put_in_as_they_are(name):
    assert t("<{name}>", name=name) == f"<{name}>"


def test_a_message_cannot_reach_into_values():
    """Only names are replaced: what looks like an attribute stays text."""
    assert t("{name.__class__} {name!r} {}", name="x") == "{name.__class__} {name!r} {}"
