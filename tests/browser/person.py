"""Somebody in front of a browser, and a watch over everything that the browser says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    WebSocket,
    expect,
)

from djplatform.demo import PASSWORD
from djplatform.temporary import Product

PATIENCE_MS = 20_000
"""How long a step, or an address that is opened, may take."""
SIZES = {"phone": (390, 844), "desk": (1440, 900)}
MODES = ("dark", "light")
_TELL, _PRESSED = "__policyViolation", "__pressed"
_WATCH = f"""
addEventListener("securitypolicyviolation", (event) =>
  window.{_TELL}(`${{event.violatedDirective}} refused ${{event.blockedURI}}`));
addEventListener("pointerdown", (event) =>
  window.{_PRESSED}(event.target.innerText || event.target.tagName), true);
addEventListener("change", (event) =>
  event.target.matches("select") && window.{_PRESSED}(event.target.value), true);
"""


@dataclass
class Watch:
    """What went wrong, or went elsewhere, in one person's browser."""

    problems: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    """Every websocket frame, both ways."""
    closed: list[str] = field(default_factory=list)
    """Websockets that ended, by their address."""
    streamed: list[str] = field(default_factory=list)
    """Every event of every stream."""
    visited: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    """What was clicked or tapped, and each choice from a list."""
    forgiven: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    """What no frame may carry."""

    def over(self, context: BrowserContext) -> None:
        """Listen to all that happens in a context."""
        context.on("console", self._console)
        context.on("weberror", lambda found: self._problem(str(found.error)))
        context.on("request", lambda request: self._request(request.url))
        context.on("response", self._response)
        context.on("page", self._page)

    def _console(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self._problem(f"{said.text} ({said.location.get('url', '')})")

    def _page(self, page: Page) -> None:
        page.on("websocket", self._socket)

    def _socket(self, socket: WebSocket) -> None:
        self._request(socket.url)
        for direction in ("framesent", "framereceived"):
            socket.on(direction, lambda payload: self.frames.append(str(payload)))

        socket.on("close", lambda _: self.closed.append(socket.url))

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.visited.append(response.url)

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        name = parts.hostname or ""
        if parts.scheme in {"data", "blob"} or name == "127.0.0.1" or name.endswith("localhost"):
            return
        self.strangers.append(url)

    def _problem(self, text: str) -> None:
        self.problems.append(text)

    def assert_quiet(self) -> None:
        """No error, no violation of the policy, no told secret, nobody asked but this machine."""
        left = [one for one in self.problems if not any(re.search(f, one) for f in self.forgiven)]
        assert left == [], left
        assert self.strangers == [], self.strangers
        heard = " ".join([*self.frames, *self.streamed])
        assert [secret for secret in self.secrets if secret in heard] == []


@dataclass
class Person:
    """One browser of one person; `page` is the tab in front."""

    product: Product
    context: BrowserContext
    page: Page
    watch: Watch
    brand: str
    port: int
    scripts: bool = True
    """Whether pages may run any."""

    def at(self, path: str, brand: str = "") -> str:
        """An address on the brand's host; `neutral` is 127.0.0.1 itself."""
        brand = brand or self.brand
        name = "127.0.0.1" if brand == "neutral" else f"{brand}.localhost"
        return f"http://{name}:{self.port}{path}"

    async def go(self, path: str, brand: str = "") -> Response | None:
        """Open a page of the product."""
        return await self.page.goto(self.at(path, brand))

    async def log_in(self, email: str) -> None:
        """Log in by the plain form, and wait for what it leads to."""
        await self.go("/login")
        await self.page.get_by_label("E-mail").fill(email)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Log in").click()
        await expect(self.page).not_to_have_url(re.compile("/login"))
        await self.remember_secrets()

    async def session_secrets(self) -> list[str]:
        """The values of this person's cookies."""
        return [cookie["value"] for cookie in await self.context.cookies()]

    async def remember_secrets(self) -> None:
        """Note the cookies of this moment: a log-out, or a renewal, takes them away."""
        self.watch.secrets.update(await self.session_secrets())

    async def hear_streams(self) -> None:
        """Keep what the streams of this tab carry; call it before the page opens."""
        wire = await self.context.new_cdp_session(self.page)
        await wire.send("Network.enable")
        wire.on(
            "Network.eventSourceMessageReceived", lambda said: self.watch.streamed.append(str(said))
        )


async def arrive(
    browser: Browser,
    product: Product,
    *,
    size: str = "phone",
    mode: str = "dark",
    brand: str = "tipjar",
    port: int = 0,
    java_script: bool = True,
    prepare: Callable[[BrowserContext], object] | None = None,
) -> Person:
    """Somebody new, with a browser that knows nothing yet."""
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=mode,
        has_touch=size == "phone",
        java_script_enabled=java_script,
        locale="en-GB",
        timezone_id="Europe/London",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.set_default_navigation_timeout(PATIENCE_MS)
    watch = Watch()
    watch.over(context)
    await context.expose_function(_TELL, lambda text: watch.problems.append(text))
    await context.expose_function(_PRESSED, lambda what: watch.pressed.append(what))
    await context.add_init_script(_WATCH)
    return Person(
        product, context, await context.new_page(), watch, brand, port or product.port, java_script
    )
