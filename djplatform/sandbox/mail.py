"""The mail outbox: what the product has sent, for a person and for tests."""

import re
from html import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from djplatform.sandbox import look
from djplatform.sandbox.core import Sandbox
from djplatform.sandbox.store import Json

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
    lines = [
        f'<li class="card"><div class="row"><a href="/mail/{escape(mail["id"])}"><strong>'
        f"{escape(mail['subject'])}</strong></a>"
        f'<span class="soft small">{escape(mail["created_at"][:16].replace("T", " "))}</span></div>'
        f'<p class="soft small">to {escape(", ".join(mail["to"]))} · from {escape(mail["from"])}'
        "</p></li>"
        for mail in found
    ]
    body = (
        f'<ul class="list">{"".join(lines)}</ul>'
        if lines
        else (
            '<p class="soft">No mail yet. Sign up in the app and its confirmation arrives here.</p>'
        )
    )
    return look.page("Mail outbox", "<h1>Mail outbox</h1>", body, wide=True)


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
        wide=True,
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
