"""The look of the sandbox's own pages: one stylesheet, no script, nothing from outside."""

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

_LIGHT = """--bg:#f7f7f9;--card:#fff;--ink:#17171d;--soft:#5b5b68;--line:#e2e2ea;--edge:#c9c9d4;
--accent:#17171d;--on-accent:#fff;--bad:#b3182f;--bad-bg:#fdecee;--good:#0b6b46;--good-bg:#e5f6ee"""
_DARK = """--bg:#0e0e12;--card:#17171d;--ink:#f2f2f6;--soft:#a9a9b7;--line:#2b2b35;--edge:#454553;
--accent:#f2f2f6;--on-accent:#17171d;--bad:#ff9aa6;--bad-bg:#3a1a20;--good:#7fdcb0;--good-bg:#12301f"""
_CSS = """
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif;
-webkit-font-smoothing:antialiased}
.bar{background:repeating-linear-gradient(-45deg,#f6c945 0 14px,#f2bd25 14px 28px);color:#2b2200;
padding:.4rem 1rem;font-size:.8125rem;font-weight:600;text-align:center}
.bar a{color:inherit}
main{max-width:30rem;margin:0 auto;padding:2rem 1.25rem 4rem;display:grid;gap:1.25rem;
grid-template-columns:minmax(0,1fr);overflow-wrap:anywhere}
main.wide{max-width:46rem}
h1{font-size:1.5rem;line-height:1.2;letter-spacing:-.02em;margin:0;text-wrap:balance}
h2{font-size:1.0625rem;line-height:1.35;margin:0}p{margin:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem;
display:grid;gap:1rem;min-width:0}
.soft{color:var(--soft)}.small{font-size:.8125rem}
.row{display:flex;justify-content:space-between;gap:1rem;align-items:baseline}
.two{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
label{display:grid;gap:.375rem;font-size:.8125rem;font-weight:600}
input,select{font:inherit;font-size:1rem;font-weight:400;color:inherit;background:var(--card);
border:1px solid var(--edge);border-radius:8px;padding:.625rem .75rem;min-height:44px;width:100%}
input[aria-invalid=true]{border-color:var(--bad)}
button,.button{font:inherit;font-weight:600;border:1px solid transparent;border-radius:10px;
padding:.6875rem 1rem;min-height:48px;background:var(--accent);color:var(--on-accent);
cursor:pointer;width:100%;text-align:center;text-decoration:none;display:block}
.plain{background:transparent;color:var(--ink);border-color:var(--edge)}
.warn{background:transparent;color:var(--bad);border-color:currentColor}
:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
a{color:inherit;text-underline-offset:.2em;text-decoration-color:var(--edge)}
a:hover{text-decoration-color:currentColor}
.bad,.good{border-radius:10px;padding:.75rem .875rem}
.bad{background:var(--bad-bg);color:var(--bad)}.good{background:var(--good-bg);color:var(--good)}
.error{color:var(--bad);font-weight:500}
.pill{border:1px solid var(--edge);border-radius:99px;padding:.1rem .6rem;font-size:.8125rem}
table{border-collapse:collapse;width:100%;font-size:.875rem}
td,th{text-align:left;padding:.5rem .75rem .5rem 0;border-top:1px solid var(--line);
vertical-align:top}
code,pre{font-family:ui-monospace,monospace;font-size:.875em;overflow-wrap:anywhere}
pre{white-space:pre-wrap;margin:0}
iframe{width:100%;height:28rem;border:1px solid var(--line);border-radius:14px;background:#fff}
ul.list{list-style:none;margin:0;padding:0;background:var(--card);border:1px solid var(--line);
border-radius:14px;overflow:hidden}
ul.list>li+li{border-top:1px solid var(--line)}
"""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https: "
    "http: data:; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page(
    title: str,
    *body: str,
    status: int = 200,
    kind: str = "",
    light: bool = False,
    extra_css: str = "",
) -> HTMLResponse:
    """A whole page; `body` is HTML that is already escaped.

    Args:
        title: For the browser's tab.
        body: What stands in the page.
        status: The answer's status.
        kind: Class of the page's main part: `wide`, or one that `extra_css` knows.
        light: The same in both modes, as hosted pages of vendors are.
        extra_css: Rules of this page alone.

    """
    scheme = f":root{{color-scheme:light;{_LIGHT}}}"
    if not light:
        scheme = (
            f":root{{color-scheme:light dark;{_LIGHT}}}"
            f"@media(prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
        )
    named = f' class="{kind}"' if kind else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        # An empty icon, or each page would ask for one that is not there.
        f'<link rel="icon" href="data:,"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} · Sandbox</title>"
        f"<style>{scheme}{_CSS}{extra_css}</style></head><body>"
        f'<header class="bar"><a href="/">Sandbox</a>: no real money, no real mail</header>'
        f"<main{named}>{''.join(body)}</main></body></html>",
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


def form(action: str, *body: str, name: str = "") -> str:
    """A plain POST form; `name` is its id, for buttons that stand outside it."""
    own = f' id="{name}"' if name else ""
    return f'<form method="post" action="{escape(action)}" class="card"{own}>{"".join(body)}</form>'


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
