"""Consoles' shells: the compiled page on its way out."""

import pytest

from djplatform.ui import shell
from djplatform.ui.headers import script_hash
from djplatform.ui.outbox_api import account_of
from djplatform.ui.shell import ShellChanged, prepare, shell_file
from tests.ui.visits import visit_of_brand
from tests.ui.web_site import browser, make_site

BOOT = """import "/assets/manifest-1.js";
import * as route0 from "/assets/root-1.js";
import * as route1 from "/assets/dash-1.js";

  window.__reactRouterRouteModules = {"root":route0,"routes/dash":route1};

import("/assets/entry-1.js");"""
COMPILED = (
    '<!DOCTYPE html><html lang="en"><head><meta charSet="utf-8"/>'
    '<link as="style" href="/assets/g.css" rel="preload"/>'
    '<link rel="modulepreload" href="/assets/root-1.js"/>'
    '<link rel="modulepreload" href="/assets/dash-1.js"/>'
    '<script>theme()</script><link href="/assets/g.css" rel="stylesheet" type="text/css"/></head>'
    f'<body><main>Home</main><script type="module" async="">{BOOT}</script></body></html>'
)


@pytest.fixture(autouse=True)
def settings_of_one_test(environment):
    environment()


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A folder that looks like a built frontend."""
    (tmp_path / "dashboard.html").write_text(COMPILED)
    (tmp_path / "__spa-fallback.html").write_text(COMPILED.replace("Home", "Any"))
    monkeypatch.setattr(shell, "static_dir", lambda: tmp_path)
    monkeypatch.setattr(shell, "document_css", lambda: "main{color:red}")
    shell.shell_of.cache_clear()
    yield tmp_path
    shell.shell_of.cache_clear()


def test_the_page_carries_brand_language_and_styles_and_boots_later():
    visit = visit_of_brand("djdash")
    page = prepare(COMPILED, "main{color:red}").html(visit)
    account = account_of(visit.actor)
    assert f'<html lang="en" data-brand="djdash" data-account="{account}" class="dark">' in page
    assert page.count("<html") == 1
    assert "<style>main{color:red}</style></head>" in page
    assert 'modulepreload" href' not in page
    assert '<link href="/assets/g.css" rel="stylesheet" type="text/css" disabled/>' in page
    assert '<link as="style" href="/assets/g.css" rel="preload" media="not all"/>' in page
    assert "requestAnimationFrame(start)" in page
    assert 'await import("/assets/manifest-1.js");' in page
    assert "const [route0, route1] = await Promise.all" in page
    assert '["/assets/root-1.js", "/assets/dash-1.js"].map' not in page.split("for (const")[0]
    assert '{"root":route0,"routes/dash":route1}' in page
    assert 'import("/assets/entry-1.js")' in page


def test_the_order_of_what_react_compares_is_kept():
    page = prepare(COMPILED, "").html(visit_of_brand())
    assert page.index("theme()") < page.index('rel="stylesheet"') < page.index("<style>")
    assert page.index("<style>") < page.index("</head>") < page.index("<main>Home")


def test_each_inline_script_is_hashed_as_it_leaves():
    ready = prepare(COMPILED, "")
    page = ready.html(visit_of_brand())
    boot = page.split('<script type="module" async="">')[1].split("</script>")[0]
    assert set(ready.hashes) == {script_hash("theme()"), script_hash(boot)}


@pytest.mark.parametrize(
    "broken",
    [
        COMPILED.replace('type="module" async=""', 'type="module"'),
        COMPILED.replace('rel="stylesheet"', 'rel="alternate"'),
        COMPILED.replace("<html", "<div"),
        COMPILED.replace("__reactRouterRouteModules", "__other"),
    ],
)
def test_a_compiled_page_of_another_shape_is_refused(broken):
    with pytest.raises(ShellChanged):
        prepare(broken, "")


def test_dynamic_routes_share_one_file(built):
    assert shell_file("/booth/[event]", built).name == "__spa-fallback.html"
    assert shell_file("/dashboard", built).name == "dashboard.html"
    with pytest.raises(FileNotFoundError):
        shell_file("/missing", built)


@pytest.mark.feature(27)
@pytest.mark.parametrize(
    ("path", "login"),
    [
        ("/dashboard", "/login?next=%2Fdashboard"),
        ("/dashboard?tab=1&x=2", "/login?next=%2Fdashboard%3Ftab%3D1%26x%3D2"),
        ("/members/5", "/login?next=%2Fmembers%2F5"),
    ],
)
async def test_strangers_are_sent_to_the_log_in_before_any_page(built, path, login):
    async with browser(make_site()) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, login)
    assert answer.text == ""
    assert answer.headers["cache-control"] == "no-store"


async def test_who_is_logged_in_gets_the_shell_under_its_own_policy(built):
    async with browser(make_site()) as client:
        answer = await client.get("/dashboard", headers={"Cookie": "sid=owner"})
    assert answer.status_code == 200
    # The organization's brand, whichever brand's host was visited.
    assert 'data-brand="djdash"' in answer.text
    assert answer.headers["cache-control"] == "private, no-cache"
    for source in shell.shell_of("/dashboard").hashes:
        assert source in answer.headers["content-security-policy"]


async def test_a_role_that_may_not_gets_a_page_that_says_so(built):
    async with browser(make_site()) as client:
        viewer = await client.get("/members/5", headers={"Cookie": "sid=viewer"})
        owner = await client.get("/members/5", headers={"Cookie": "sid=owner"})
    assert viewer.status_code == 403
    assert "Your role here does not include this page." in viewer.text
    assert "Any" in owner.text
