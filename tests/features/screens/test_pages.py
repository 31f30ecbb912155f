"""Every console page of the product, walked: no stray style, no dead link, nothing evaluated."""

import re
from collections.abc import Iterator

import pytest
import reflex as rx
from fastapi.routing import APIRoute

from djplatform import registry
from djplatform.settings import ROOT
from djplatform.ui import console, guard
from djplatform.ui.components import NavItem
from djplatform.ui.site import Site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    made.add(registry.features())
    console.configure(made.describe_workplace, made.places)
    yield made
    console.configure(None)


@pytest.fixture(scope="module")
def trees(site: Site) -> dict[str, rx.Component]:
    return {page.route: page.component() for page in site.consoles}


def walk(component: rx.Component) -> Iterator[rx.Component]:
    """A component and all below it, the branches of conditions and the rows of lists too."""
    yield component
    below = [*component.children, *component._get_components_in_props()]
    for child in below:
        if isinstance(child, rx.Component):
            yield from walk(child)


def literal(value: object) -> str | None:
    """A prop's plain text, or None for a Var that only the browser knows."""
    text = str(value)
    return text.strip('"') if re.fullmatch(r'"[^"]*"', text) else None


def test_the_four_dashboards_are_there(trees):
    assert {"/tipjar/dashboard", "/djdash/dashboard", "/admin/dashboard", "/dashboard"} <= set(
        trees
    )
    assert {"/booth/[event]", "/page", "/earnings", "/admin/earnings"} <= set(trees)
    assert {"/settings/profile", "/settings/account", "/settings/team"} <= set(trees)


def test_no_prop_became_a_style(trees):
    stray = [
        (route, type(part).__name__, part.style)
        for route, tree in trees.items()
        for part in walk(tree)
        if part.style
    ]
    assert stray == []


def test_every_link_leads_somewhere_and_leaves_the_console_only_by_a_reload(site, trees):
    consoles = {page.route for page in site.consoles}
    others = {page.path for page in site.documents} | {
        route.path
        for router in site.routers
        for route in router.routes
        if isinstance(route, APIRoute)
    }
    found = 0
    for route, tree in trees.items():
        for part in walk(tree):
            address = literal(getattr(part, "to", ""))
            if not address or address.startswith("#"):
                continue
            found += 1
            path = re.split(r"[?#]", address)[0]
            reloads = "true" in str(getattr(part, "reload_document", "")).lower()
            assert (path in others) if reloads else (path in consoles), (route, address)
    assert found > 10


def test_every_plain_form_posts_to_a_route_that_takes_it(site, trees):
    posts = {
        route.path
        for router in site.routers
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in route.methods
    }
    actions = {
        literal(part.action)
        for tree in trees.values()
        for part in walk(tree)
        if type(part).__name__ == "PlainForm"
    }
    assert actions - {None}
    assert actions - {None} <= posts


def test_the_frame_holds_every_place_and_the_way_out(site, trees):
    assert [item.key for item in sorted(site.places, key=lambda item: item.order)][:3] == [
        "home",
        "page",
        "earnings",
    ]
    assert all(isinstance(item, NavItem) for item in site.places)
    for route, tree in trees.items():
        if route != "/booth/[event]":
            assert console.LOG_OUT in str(tree), route


def test_every_page_loads_the_shell_first_and_all_handlers_are_declared(site):
    for page in site.consoles:
        assert str(page.on_load[0].fn.__qualname__) == "Shell.load", page.route
    assert guard.undeclared_handlers() == []


def test_no_handler_returns_what_the_browser_would_have_to_evaluate():
    evaluated = re.compile(r"rx\.(toast|call_script|window_alert|console_log)\b")
    guilty = [
        str(path.relative_to(ROOT))
        for folder in ("ui", "features")
        for path in (ROOT / "djplatform" / folder).rglob("*.py")
        if evaluated.search(path.read_text())
    ]
    assert guilty == []
