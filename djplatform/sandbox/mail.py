"""The mail outbox: what the product has sent, for a person and for tests."""

import re
from datetime import datetime
from html import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from djplatform.sandbox import look
from djplatform.sandbox.core import Sandbox
from djplatform.sandbox.store import Json

_CSS = """
.mail{position:relative;display:grid;grid-template-columns:2.25rem 1fr auto;gap:.875rem;
padding:.875rem 1.125rem;align-items:start}
.mail:hover{background:var(--bg)}
.mail>div{min-width:0;overflow-wrap:anywhere}
.mail a{font-weight:600;text-decoration:none}
.mail a::after{content:"";position:absolute;inset:0}
.mark{display:grid;place-items:center;width:2.25rem;height:2.25rem;border-radius:99px;
background:var(--bg);border:1px solid var(--line);font-weight:600}
"""
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


async def _all(request: Request) -> list[Json]:
    sandbox: Sandbox = request.app.state.sandbox
    wanted = request.query_params.get("to", "").lower()
    async with sandbox.store.transaction() as rows:
        found = await rows.find("mail", limit=5_000 if wanted else 200)
    return [mail for mail in found if not wanted or _is_to(mail, wanted)]


def _is_to(mail: Json, wanted: str) -> bool:
    return any(wanted == _bare(address) for address in mail["to"])


def _bare(address: str) -> str:
    inner = re.search(r"<([^<>]+)>", address)
    return (inner[1] if inner else address).strip().lower()


async def listing(request: Request) -> Response:
    """`GET /mail`: newest first; `?to=` filters."""
    found = await _all(request)
    lines = "".join(_line(mail) for mail in found)
    body = (
        f'<ul class="list">{lines}</ul>'
        if found
        else '<p class="soft">No mail yet. Sign up in the app and its confirmation comes here.</p>'
    )
    return look.page("Mail outbox", "<h1>Mail outbox</h1>", body, kind="wide", extra_css=_CSS)


def _line(mail: Json) -> str:
    """One mail of the list; the whole line is the link."""
    sender = mail["from"].partition(" <")[0]
    return (
        f'<li class="mail"><span class="mark" aria-hidden="true">{escape(sender[:1])}</span><div>'
        f'<p><a href="/mail/{escape(mail["id"])}">{escape(mail["subject"])}</a></p>'
        f'<p class="soft small">{escape(sender)} to {escape(", ".join(mail["to"]))}</p></div>'
        f'<time class="soft small">{escape(_shown(mail["created_at"]))}</time></li>'
    )


def _shown(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%d %b, %H:%M}"


async def listing_json(request: Request) -> Response:
    """`GET /mail.json?to=`: the messages whole, newest first."""
    return JSONResponse({"data": await _all(request)})


async def show(request: Request) -> Response:
    """`GET /mail/{id}`: both forms of a message."""
    sandbox: Sandbox = request.app.state.sandbox
    async with sandbox.store.transaction() as rows:
        mail = await rows.get("mail", request.path_params["id"])
    if mail is None:
        return look.message("No such mail", "It may be from before a restart.", status=404,
                            link=("/mail", "All mail"))  # fmt: skip
    heads = [
        ("From", mail["from"]),
        ("To", ", ".join(mail["to"])),
        ("Date", mail["created_at"][:19].replace("T", " ") + " UTC"),
    ]
    return look.page(
        mail["subject"],
        '<p><a href="/mail">← All mail</a></p>',
        f"<h1>{escape(mail['subject'])}</h1>",
        look.table((), heads),
        _html_view(mail.get("html") or ""),
        _text_view(mail.get("text") or ""),
        kind="wide",
    )


def _html_view(html: str) -> str:
    """The HTML in a frame without scripts and without our origin; a click leaves the frame."""
    if not html:
        return ""
    inner = escape(f'<base target="_top">{html}')
    allowed = "allow-top-navigation-by-user-activation allow-popups"
    return (
        "<h2>HTML</h2>"
        f'<iframe title="The message as HTML" sandbox="{allowed}" srcdoc="{inner}"></iframe>'
    )


def _text_view(text: str) -> str:
    """The plain text with clickable links."""
    if not text:
        return ""
    parts: list[str] = []
    place = 0
    for link in _LINK.finditer(text):
        address = escape(link[0])
        parts += [escape(text[place : link.start()]), f'<a href="{address}">{address}</a>']
        place = link.end()
    parts.append(escape(text[place:]))
    return f'<h2>Plain text</h2><div class="card"><pre>{"".join(parts)}</pre></div>'


ROUTES = [
    Route("/mail", listing, methods=["GET"]),
    Route("/mail.json", listing_json, methods=["GET"]),
    Route("/mail/{id}", show, methods=["GET"]),
]
