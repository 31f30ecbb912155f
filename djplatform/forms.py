"""Fill in HTML forms over HTTP, as a person with a plain browser would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx


@dataclass
class Form:
    """A form as the page offers it, with what is filled in or chosen already."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict[str, str])
    options: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The values of each group of radios."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._inside = False
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
            self._inside = True
        elif self._inside and tag == "input":
            self._input(given)
        elif self._inside and tag == "textarea":
            self._textarea = given.get("name", "")
            self.forms[-1].values[self._textarea] = ""

    def _input(self, given: dict[str, str]) -> None:
        name, kind, form = given.get("name", ""), given.get("type", "text"), self.forms[-1]
        if not name or kind in {"submit", "button", "image"}:
            return
        if kind == "radio":
            form.options.setdefault(name, []).append(given.get("value", "on"))
        if kind not in {"radio", "checkbox"} or "checked" in given:
            form.values[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1].values[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""
        elif tag == "form":
            self._inside = False


def forms_of(page: str) -> list[Form]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


class Visitor:
    """A person with cookies, who follows links and sends forms; `*.localhost` is this machine.

    Names under `.localhost` resolve in browsers only, so requests go to 127.0.0.1 and the name
    travels as the Host header.
    """

    def __init__(
        self, *, timeout: float = 30, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Open a browser; `transport` takes its requests, the network by default."""
        self._http = httpx.AsyncClient(timeout=timeout, follow_redirects=False, transport=transport)
        self._cookies: dict[str, dict[str, str]] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def cookies(self, host: str) -> str:
        """The `Cookie` header that goes to a host, for what is no page: a stream."""
        return "; ".join(f"{key}={value}" for key, value in self._cookies.get(host, {}).items())

    async def get(self, url: str, *, follow: bool = True) -> httpx.Response:
        """Fetch a page and follow where it leads."""
        return await self._request("GET", url, follow=follow)

    async def post(self, url: str, *, follow: bool = True) -> httpx.Response:
        """Press a button that sends no values."""
        return await self._request("POST", url, {}, follow=follow)

    async def send(
        self, page: httpx.Response, values: dict[str, str], *, follow: bool = True
    ) -> httpx.Response:
        """Send the page's first form with these values over what it holds already.

        Without `follow` the answer's redirect is left alone: it may lead to who is not there yet.

        Raises:
            LookupError: the page has no such form.
        """
        form = forms_of(page.text)[0]
        target = urljoin(str(page.extensions["asked"]), form.action)
        values = form.values | values
        return await self._request(form.method.upper(), target, values, follow=follow)

    async def _request(
        self,
        method: str,
        url: str,
        values: dict[str, str] | None = None,
        *,
        follow: bool = True,
    ) -> httpx.Response:
        for _ in range(10):
            parts = urlsplit(url)
            name = parts.hostname or ""
            near = "127.0.0.1" if name.endswith("localhost") else name
            address = urlunsplit(parts._replace(netloc=f"{near}:{parts.port or 80}"))
            jar = self._cookies.setdefault(name, {})
            response = await self._http.request(
                method,
                address,
                data=values if method == "POST" else None,
                headers={
                    "Host": parts.netloc,
                    "Origin": f"{parts.scheme}://{parts.netloc}",
                    "Cookie": self.cookies(name),
                },
            )
            jar.update(response.cookies.items())
            response.extensions["asked"] = url
            if not (follow and response.has_redirect_location):
                return response
            url, method, values = urljoin(url, response.headers["location"]), "GET", None
        raise httpx.TooManyRedirects(f"{url} leads nowhere")
