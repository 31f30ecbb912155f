"""The web process's HTTP side without a process: real routes and layers, called by ASGI."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from djplatform.core.feature import Feature
from djplatform.core.limits import limits
from djplatform.ui import console, session, visit
from djplatform.ui.site import Site
from djplatform.ui.web import make_api


@asynccontextmanager
async def site_of(features: Iterable[Feature]) -> AsyncIterator[FastAPI]:
    """The site of these features; `protected(api)` puts the layers around it.

    Consoles are left out: their shells are compiled files, which browser tests look at.
    """
    await limits.reset()
    site = Site()
    site.add(features)
    site.consoles.clear()
    visit.configure(resolve_host=site.resolve_host, identify=site.identify)
    console.configure(site.describe_workplace)
    try:
        yield make_api(site, StaticFiles(directory="/nonexistent", check_dir=False))
    finally:
        session.configure(session._NoSessions())
        visit.configure()
        console.configure(None)
        await limits.reset()
