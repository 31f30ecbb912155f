"""Text that people type, made fit to keep: one form, no invisible traps, never silently cut."""

import re
import unicodedata

# Overrides and isolates let a name reorder the words around it. Right-to-left text itself needs
# none of them (pages isolate it), and joiners, which emoji and Persian need, are kept.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def one_line(text: str) -> str:
    """A name or title: a single line, single spaces, nothing that only a machine would notice."""
    return " ".join(_plain(text).split())


def several_lines(text: str) -> str:
    """A message: line breaks stay, at most one empty line in a row."""
    unix = _plain(text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = "\n".join(_BLANKS.sub(" ", line).strip() for line in unix.split("\n"))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


def _plain(text: str) -> str:
    """Composed form without control characters, lone surrogates and direction overrides.

    NUL and lone surrogates cannot be stored in PostgreSQL at all; the rest would only confuse.
    """
    return "".join(
        character
        for character in unicodedata.normalize("NFC", text)
        if character in "\n\t"
        or (unicodedata.category(character) not in {"Cc", "Cs"} and character not in _REORDERING)
    )
