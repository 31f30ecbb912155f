"""Text in the reader's language: English in the code, other languages from gettext catalogues.

`pybabel extract -k t -k tn:1,2` finds the messages. Catalogues lie in
`djplatform/locale/<language>/LC_MESSAGES/messages.mo`; a message that none has stays English.
"""

import gettext
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal

CATALOGUES = Path(__file__).resolve().parent.parent / "locale"
DEFAULT_LANGUAGE = "en"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)
_PLACE = re.compile(r"\{(\w+)\}")


def current_language() -> str:
    """Name the language of the page, mail or job at hand, e.g. `en` or `pt`."""
    return _language.get()


@contextmanager
def use_language(language: str) -> Generator[None, None, None]:
    """Speak `language` inside the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def t(message: str, /, **values: Any) -> str:
    """Translate `message`; each `{name}` in it is replaced by the value of that name.

    Only names are replaced, never attributes or formats, so that a catalogue can say nothing
    that the code did not give it.

    Raises:
        KeyError: the message names a value that was not given.
    """
    return fill(_catalogue(current_language()).gettext(message), values)


def tn(one: str, other: str, n: int, /, **values: Any) -> str:
    """Translate a message that counts `n` things; `{n}` is written with its thousands marked."""
    language = current_language()
    message = _catalogue(language).ngettext(one, other, n)
    return fill(message, {"n": format_decimal(n, locale=language), **values})


def fill(message: str, values: Mapping[str, Any]) -> str:
    """Put the values into the message's places."""
    return _PLACE.sub(lambda place: f"{values[place[1]]}", message)


@lru_cache(maxsize=32)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(
        "messages", localedir=CATALOGUES, languages=[language], fallback=True
    )
