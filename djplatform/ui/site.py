"""What the features bring to the web process, gathered in one value."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from fastapi import APIRouter

from djplatform.core.feature import Feature
from djplatform.rest.gate import Authenticate
from djplatform.ui.components import NavItem
from djplatform.ui.console import Describe
from djplatform.ui.hosts import HostResolver
from djplatform.ui.pages import ConsolePage, PublicPage
from djplatform.ui.visit import Identify, Visit

SitemapProvider = Callable[[Visit], AsyncIterator[str]]
"""Gives the paths of one host's public pages that crawlers should know."""
Check = Callable[[], Awaitable[None]]
"""Raises when the process cannot serve; the error's text goes to the log, not to the caller."""
Closer = Callable[[], Awaitable[None]]
Lifespan = Callable[[], AbstractAsyncContextManager[Any]]


@dataclass
class Site:
    """Routers, pages and hooks of all features; filled once, before the app is made.

    A module named in `Feature.web` may have `router` (a FastAPI router), `DOCUMENTS`, `PAGES`,
    `NAV` (places of the consoles) and `compose(site)`, which registers what needs this object:
    sessions, hosts, sitemaps, API tokens.
    """

    routers: list[APIRouter] = field(default_factory=list[APIRouter])
    documents: list[PublicPage[Any]] = field(default_factory=list[PublicPage[Any]])
    consoles: list[ConsolePage] = field(default_factory=list[ConsolePage])
    sitemaps: list[SitemapProvider] = field(default_factory=list[SitemapProvider])
    checks: dict[str, Check] = field(default_factory=dict[str, Check])
    closers: list[Closer] = field(default_factory=list[Closer])
    """Run first when the process ends: whoever holds streams or sockets open."""
    lifespans: list[Lifespan] = field(default_factory=list[Lifespan])
    """Entered when the process starts, in their order; left in reverse."""
    resolve_host: HostResolver | None = None
    identify: Identify | None = None
    authenticate: Authenticate | None = None
    """Says for whom a program calls, by its API token; without it there is no REST API."""
    places: list[NavItem] = field(default_factory=list[NavItem])
    """What the consoles' frame leads to; `NavItem.order` sorts them."""
    describe_workplace: Describe | None = None
    """Says who works where, for the consoles' frame."""

    def add(self, features: Iterable[Feature]) -> None:
        """Load the web rooms of the features and take what they offer."""
        for feature in features:
            for name in feature.web:
                self._take(import_module(name))
            for name in feature.streams:
                import_module(name)

    def _take(self, module: Any) -> None:
        if router := getattr(module, "router", None):
            self.routers.append(router)
        self.documents += getattr(module, "DOCUMENTS", ())
        self.consoles += getattr(module, "PAGES", ())
        self.places += getattr(module, "NAV", ())
        if compose := getattr(module, "compose", None):
            compose(self)

    async def close(self) -> None:
        """Run every closer, whatever one of them does."""
        await asyncio.gather(*(close() for close in self.closers), return_exceptions=True)
