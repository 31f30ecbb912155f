"""Consoles' shells: the compiled HTML pages on their way out.

Reflex compiles one page for every host and every language. Here each gets the brand, language
and account of its visit, its styles inline, and a boot that waits for the first frame. What React
compares when it takes the page over (the order of elements of one kind in the head) stays as it
was.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import reflex as rx
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from djplatform.ui.components import busy
from djplatform.ui.console import brand_of_console
from djplatform.ui.errors import failure, login_redirect
from djplatform.ui.frontend import document_css, static_dir
from djplatform.ui.headers import inline_hashes, policy
from djplatform.ui.outbox_api import account_of
from djplatform.ui.pages import ConsolePage
from djplatform.ui.reflex_seam import SPA_FALLBACK
from djplatform.ui.text import t
from djplatform.ui.visit import Visit, current_visit

_HTML = re.compile(r"<html\b[^>]*>")
_STYLE_PRELOAD = re.compile(r'<link\b(?=[^>]*\brel="preload")([^>]*?)/?>')
_MODULE_PRELOADS = re.compile(r'<link\b[^>]*\brel="modulepreload"[^>]*/?>')
_MODULE_PRELOAD = re.compile(r'<link\b[^>]*\brel="modulepreload"[^>]*\bhref="([^"]+)"')
_STYLESHEET = re.compile(r'<link\b(?=[^>]*\brel="stylesheet")([^>]*?)/?>')
_BOOT = re.compile(r'(<script type="module" async="">)(.*?)(</script>)', re.DOTALL)
_IMPORT_ALL = re.compile(r'import "([^"]+)";')
_IMPORT_AS = re.compile(r'import \* as (\w+) from "([^"]+)";')

# After the first frame, so that nothing competes with it; a hidden tab has no frames.
_BOOT_SCRIPT = """
const start = () => setTimeout(async () => {
  for (const href of %(preloads)s) document.head.append(
    Object.assign(document.createElement("link"), {rel: "modulepreload", href}));
  %(first)s
  const [%(names)s] = await Promise.all([%(modules)s].map((path) => import(path)));
%(rest)s
});
document.hidden ? start() : requestAnimationFrame(start);
"""


class ShellChanged(RuntimeError):
    """The compiled page does not look like the one this was written for; see at each upgrade."""


@dataclass(frozen=True, slots=True)
class Shell:
    """One compiled page, ready but for its `<html>` element."""

    before: str
    after: str
    hashes: tuple[str, ...]
    """The inline scripts, as sources of a Content-Security-Policy."""

    def html(self, visit: Visit, brand: str = "") -> str:
        """The page for a visit; `brand` is the organization's, where it is not the host's."""
        element = (
            f'<html lang="{escape(visit.language)}" data-brand="{escape(brand or visit.brand.key)}"'
            f' data-account="{account_of(visit.actor)}" class="dark">'
        )
        return f"{self.before}{element}{self.after}"


def prepare(page: str, css: str) -> Shell:
    """Turn a compiled page into a shell.

    Raises:
        ShellChanged: an expected part is missing.
    """
    preloads = _MODULE_PRELOAD.findall(page)
    page = _MODULE_PRELOADS.sub("", page)
    # Taken out, React would put it back and fetch what is already here.
    page = _STYLE_PRELOAD.sub(r'<link\1 media="not all"/>', page)
    page, booted = _BOOT.subn(lambda m: m[1] + _deferred(m[2], preloads) + m[3], page)
    page, styled = _STYLESHEET.subn(r"<link\1 disabled/>", page)
    opening = _HTML.search(page)
    if booted != 1 or styled == 0 or opening is None:
        raise ShellChanged("the compiled page has no boot script, stylesheet or html element")
    # At the end of the head: React skips a foreign element there, and only there.
    page = page.replace("</head>", f"<style>{css}</style></head>", 1)
    opening = _HTML.search(page)
    assert opening is not None
    return Shell(page[: opening.start()], page[opening.end() :], inline_hashes(page))


def _deferred(boot: str, preloads: Sequence[str]) -> str:
    """The boot script with its imports made at run time, after the first frame."""
    modules = _IMPORT_AS.findall(boot)
    firsts = _IMPORT_ALL.findall(boot)
    rest = _IMPORT_AS.sub("", _IMPORT_ALL.sub("", boot)).strip()
    if not modules or "__reactRouterRouteModules" not in rest:
        raise ShellChanged("the boot script of a compiled page changed")
    return _BOOT_SCRIPT % {
        "preloads": json.dumps(list(preloads)),
        "first": " ".join(f"await import({json.dumps(path)});" for path in firsts),
        "names": ", ".join(name for name, _ in modules),
        "modules": ", ".join(json.dumps(path) for _, path in modules),
        "rest": rest,
    }


def shell_file(route: str, directory: Path) -> Path:
    """The compiled file of a route; every dynamic route shares one.

    Raises:
        FileNotFoundError: the frontend was built without this route.
    """
    if "[" in route:
        return directory / SPA_FALLBACK
    name = route.strip("/") or "index"
    for candidate in (directory / f"{name}.html", directory / name / "index.html"):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(f"no compiled page for {route} in {directory}")


@lru_cache(maxsize=256)
def shell_of(route: str) -> Shell:
    """The shell of a console's route, prepared once."""
    return prepare(shell_file(route, static_dir()).read_text(), document_css())


def waiting() -> rx.Component:
    """What a dynamic route's shell shows until its scripts run: it belongs to no page yet."""
    return rx.el.main(
        busy(t("Opening…")),
        class_name="min-h-dvh grid place-items-center bg-bg text-fg2",
    )


def add_consoles(api: FastAPI, pages: Sequence[ConsolePage]) -> None:
    """Register the address of every console."""
    for page in pages:
        api.add_api_route(
            page.path,
            console_handler(page),
            methods=["GET", "HEAD"],
            include_in_schema=False,
            response_model=None,
        )


def console_handler(page: ConsolePage) -> Any:
    """The handler of one console: log-in first, then the shell.

    The wall is the guard of events: a shell holds no data. This only spares a stranger the
    download, and lands them where they wanted to go.
    """

    async def handle(request: Request) -> Response:
        visit = await current_visit(request)
        if not visit.signed_in:
            return login_redirect(request)
        # Without a chosen organization there is no role yet; the guard leads to the choice.
        if visit.actor.role is not None and not visit.actor.can(page.permission):
            return await failure(request, 403, t("Your role here does not include this page."))
        shell = shell_of(page.route)
        return HTMLResponse(
            shell.html(visit, await brand_of_console(visit)),
            headers={
                "Cache-Control": "private, no-cache",
                "Content-Language": visit.language,
                "Content-Security-Policy": policy(request, script_hashes=shell.hashes),
                "Vary": "Accept-Language, Cookie",
            },
        )

    return handle
