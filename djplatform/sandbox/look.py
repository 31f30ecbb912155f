"""The look of the sandbox's own pages: one stylesheet, no script, nothing from outside."""

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

_CSS = """
:root{color-scheme:light dark;--bg:#f6f6f9;--card:#fff;--ink:#1b1b24;--soft:#5b5b6b;--line:#d9d9e3;
--accent:#4b3fd1;--on-accent:#fff;--bad:#b3182f;--bad-bg:#fdecee;--good:#0b6b46;--good-bg:#e5f6ee}
@media(prefers-color-scheme:dark){:root{--bg:#111116;--card:#1b1b22;--ink:#f1f1f6;--soft:#a9a9ba;
--line:#34343f;--accent:#a49bff;--on-accent:#14131f;--bad:#ff9aa6;--bad-bg:#3a1a20;--good:#7fdcb0;
--good-bg:#12301f}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
.bar{background:repeating-linear-gradient(-45deg,#f6c945 0 14px,#f2bd25 14px 28px);color:#2b2200;
padding:.4rem 1rem;font-size:.8125rem;font-weight:600;text-align:center}
main{max-width:30rem;margin:0 auto;padding:1.25rem 1rem 3rem;display:grid;gap:1rem}
main.wide{max-width:52rem}
h1{font-size:1.5rem;line-height:1.2;margin:0}h2{font-size:1.0625rem;margin:0}p{margin:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.125rem;
display:grid;gap:.875rem}
.soft{color:var(--soft)}.small{font-size:.875rem}.sum{font-size:2.25rem;font-weight:700;
font-variant-numeric:tabular-nums;line-height:1.1}
.row{display:flex;justify-content:space-between;gap:1rem;align-items:baseline}
.two{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
label{display:grid;gap:.3rem;font-size:.875rem;font-weight:600}
input,select{font:inherit;font-weight:400;
color:inherit;background:var(--bg);border:1px solid var(--line);
border-radius:10px;padding:.625rem .75rem;min-height:44px;width:100%}
input[aria-invalid=true]{border-color:var(--bad)}
.choice{display:flex;gap:.625rem;align-items:center;font-weight:500;min-height:44px}
.choice input{width:1.25rem;min-height:1.25rem;margin:0}
button,.button{font:inherit;font-weight:650;border:0;border-radius:10px;padding:.75rem 1rem;
min-height:48px;background:var(--accent);color:var(--on-accent);cursor:pointer;width:100%;
text-align:center;text-decoration:none;display:block}
.plain{background:transparent;color:var(--ink);border:1px solid var(--line)}
.warn{background:transparent;color:var(--bad);border:1px solid currentColor}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
a{color:var(--accent)}
.bad,.good{border-radius:10px;padding:.75rem .875rem}
.bad{background:var(--bad-bg);color:var(--bad)}.good{background:var(--good-bg);color:var(--good)}
.error{color:var(--bad);font-weight:500}
.pill{border:1px solid var(--line);border-radius:99px;padding:.1rem .6rem;font-size:.8125rem}
table{border-collapse:collapse;width:100%;font-size:.875rem}
td,th{text-align:left;padding:.35rem .5rem .35rem 0;border-top:1px solid var(--line)}
code,pre{font-family:ui-monospace,monospace;font-size:.875em;overflow-wrap:anywhere}
pre{white-space:pre-wrap;margin:0}
iframe{width:100%;height:32rem;border:1px solid var(--line);border-radius:10px;background:#fff}
summary{cursor:pointer;font-weight:600;min-height:44px;align-content:center}
ul.list{list-style:none;margin:0;padding:0;display:grid;gap:.5rem}
"""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https: "
    "http: data:; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page(
    title: str, *body: str, status: int = 200, wide: bool = False, extra_css: str = ""
) -> HTMLResponse:
    """A whole page; `body` is HTML that is already escaped."""
    kind = ' class="wide"' if wide else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        # An empty icon, or each page would ask for one that is not there.
        f'<link rel="icon" href="data:,"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} · Sandbox</title>"
        f"<style>{_CSS}{extra_css}</style></head><body>"
        f'<div class="bar">Sandbox: no real money, no real mail</div>'
        f"<main{kind}>{''.join(body)}</main></body></html>",
        status,
        _HEADERS,
    )


def message(
    title: str, text: str, *, status: int = 200, link: tuple[str, str] | None = None
) -> HTMLResponse:
    """A page that says one thing; `link` is an address and its words."""
    further = f'<a class="button" href="{escape(link[0])}">{escape(link[1])}</a>' if link else ""
    return page(title, f"<h1>{escape(title)}</h1><p>{escape(text)}</p>{further}", status=status)


def field(
    name: str,
    label: str,
    value: str = "",
    *,
    error: str = "",
    kind: str = "text",
    complete: str = "off",
    mode: str = "",
) -> str:
    """A labelled input with its error, if it has one."""
    told = (
        f'<span class="error" role="alert" id="{name}-error">{escape(error)}</span>'
        if error
        else ""
    )
    wrong = f' aria-invalid="true" aria-describedby="{name}-error"' if error else ""
    typing = f' inputmode="{mode}"' if mode else ""
    return (
        f"<label>{escape(label)}"
        f'<input name="{name}" type="{kind}" value="{escape(value)}" autocomplete="{complete}"'
        f"{typing}{wrong}>{told}</label>"
    )


def button(words: str, *, look: str = "", name: str = "", value: str = "") -> str:
    """A submit button; `look` is empty, `plain` or `warn`."""
    names = f' name="{escape(name)}" value="{escape(value)}"' if name else ""
    style = f' class="{look}"' if look else ""
    return f'<button type="submit"{style}{names}>{escape(words)}</button>'


def form(action: str, *body: str) -> str:
    """A plain POST form."""
    return f'<form method="post" action="{escape(action)}" class="card">{"".join(body)}</form>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of texts; `head` may be empty."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    named = f"<thead><tr>{top}</tr></thead>" if top else ""
    return f"<table>{named}<tbody>{body}</tbody></table>"


def readable_on(color: str) -> str:
    """Black or white, whichever is easier to read on `#rrggbb` (WCAG relative luminance)."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if luminance > 0.179 else "#ffffff"
