"""Structured logs without secrets: one line of JSON an event, scrubbed last of all."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from djplatform.settings import settings

REMOVED = "[removed]"

# Names under which a value is a secret whatever it looks like. Compared without case, `-` and `_`.
_SECRET_NAMES = re.compile(
    r"password|passwd|secret|token|cookie|authori[sz]ation|apikey|privatekey|signature"
    r"|credential|cardnumber|cvc|cvv|sessionid$|^sid$|^did$"
)
# Values that are secrets whatever they are called. Stripe's ids (`pi_`, `cs_`, `acct_`) stay.
_SECRET_TEXTS = (
    re.compile(r"\b(?:sk|rk|pk)_(?:live|test)_\w+"),
    re.compile(r"\bdjp_[\w-]{8,}"),
    re.compile(r"\bwhsec_[\w+/=-]+"),
    re.compile(r"\bre_[A-Za-z0-9]{8}\w*_\w{8,}"),
    re.compile(r"(?<=_secret_)\w{8,}"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]+"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?i)(?<=\bsid=)[^;,\s\"']+"),
    re.compile(r"(?i)(?<=\bdid=)[^;,\s\"']+"),
    re.compile(r"(?i)(?<=token=)[^&;,\s\"']+"),
    re.compile(r"(?i)(?<=password=)[^&;,\s\"']+"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]+(?=@)"),
)
# Payment cards have 12 to 19 digits (ISO/IEC 7812) and begin with 2 to 6 with every scheme that
# we could meet; people group them by blanks or hyphens.
_CARD = re.compile(r"(?<![\w.-])[2-6](?:[ -]?\d){11,18}(?![\w-]|\.\d)")
_DEEP = 12
_QUIET = ("apscheduler", "httpx", "httpcore", "stripe", "reflex", "_granian", "granian.access")


def configure(process: str) -> None:
    """Send the logs of this process, the libraries' too, to standard output.

    `process` is its name (`web`, `worker`); the level and the form come from the settings.
    """
    shared = _shared_processors(process)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter(shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings().log_level)
    for name in _QUIET:
        # Each would write a line, some with whole addresses, for what we log ourselves.
        logging.getLogger(name).setLevel(logging.WARNING)


def formatter(shared: list[Processor]) -> logging.Formatter:
    """The last step of every log line: scrub, then write."""
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings().log_json
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            scrub_secrets,
            renderer,
        ],
    )


def _shared_processors(process: str) -> list[Processor]:
    def name_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        name_process,
    ]


def scrub_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take secrets and card numbers out of an event, however deep they are; a processor."""
    for name, value in list(event.items()):
        event[name] = scrub(value, name=str(name))
    return event


def scrub(value: Any, *, name: str = "", depth: int = 0) -> Any:
    """The value without secrets. Structures keep their shape; unknown objects become text."""
    if depth > _DEEP:
        return REMOVED
    if name and value is not None and _is_secret_name(name) and not isinstance(value, bool):
        return REMOVED
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, bytes):
        return scrub_text(value.decode("utf-8", "replace"))
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return REMOVED if scrub_text(str(value)) != str(value) else value
    if isinstance(value, Mapping | MutableMapping):
        return {k: scrub(v, name=str(k), depth=depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(item, depth=depth + 1) for item in value]
    return scrub_text(str(value))


def scrub_text(text: str) -> str:
    """A text without the keys, tokens, cookies and card numbers that stand in it."""
    for pattern in _SECRET_TEXTS:
        text = pattern.sub(REMOVED, text)
    return _CARD.sub(lambda found: REMOVED if _luhn(found[0]) else found[0], text)


def _is_secret_name(name: str) -> bool:
    return bool(_SECRET_NAMES.search(re.sub(r"[-_\s]", "", name.lower())))


def _luhn(text: str) -> bool:
    """Whether the digits carry the check digit of card numbers (ISO/IEC 7812-1, annex B)."""
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    doubled = (2 * d - 9 * (d > 4) for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
