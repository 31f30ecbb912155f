"""What we lean on inside Reflex is still there. An upgrade starts here."""

import re
from pathlib import Path

import pytest
import reflex as rx
from reflex.app import default_overlay_component
from reflex_base import constants
from reflex_base.environment import environment
from reflex_base.registry import RegistrationContext
from starlette.routing import Mount

from djplatform.settings import ROOT
from djplatform.ui import reflex_seam as seam
from djplatform.ui.components.forms import PlainForm
from djplatform.ui.frontend import static_dir


@pytest.fixture
def app():
    """A small app with a state and two pages, in a registry of its own."""
    with RegistrationContext() as _:

        class Seam(rx.State):
            number: int = 7

        made = rx.App(toaster=None, api_transformer=None)
        made.add_page(lambda: rx.el.p(Seam.number), route="/one", title="One")
        made.add_page(lambda: rx.el.p("two"), route="/two/[id]", title="Two")
        yield made


def test_the_event_socket_is_mounted_where_we_guard_it(app):
    mounts = [route.path for route in app._api.routes if isinstance(route, Mount)]
    assert seam.EVENT_PATH in mounts


def test_the_frameworks_other_addresses_are_the_ones_we_hide(app):
    assert {route.path for route in app._api.routes} <= set(seam.BACKEND_PATHS)


def test_the_overlay_that_we_take_out_is_reflexs_own(app):
    assert seam.OVERLAY in app.app_wraps
    made = app.app_wraps.pop(seam.OVERLAY)(True)
    assert type(made) is type(default_overlay_component())
    assert all("overlay" not in name.lower() for _, name in app.app_wraps if name != "ExtraOverlay")


def test_the_origin_check_is_a_function_asked_for_each_request(app):
    asked = []

    def allowed(origin, environ):
        asked.append((origin, environ["HTTP_HOST"]))
        return origin == "http://a.localhost"

    seam.check_socket_origin(app, allowed)
    engine = app.sio.eio
    yes = {"HTTP_ORIGIN": "http://a.localhost", "HTTP_HOST": "a.localhost"}
    no = {"HTTP_ORIGIN": "http://evil.example", "HTTP_HOST": "a.localhost"}
    assert engine._cors_allowed_origins(yes) == ["http://a.localhost"]
    assert engine._cors_allowed_origins(no) == []
    assert asked == [("http://a.localhost", "a.localhost"), ("http://evil.example", "a.localhost")]


def test_what_documents_are_read_from_is_what_the_framework_makes():
    """`html.render` tells these apart; anything else is refused."""
    paragraph = rx.el.p("words")
    assert isinstance(paragraph, seam.Element)
    assert isinstance(paragraph, seam.BaseComponent)
    assert isinstance(paragraph.children[0], seam.Bare)
    assert isinstance(paragraph.children[0].contents, seam.LiteralVar)
    assert paragraph.children[0].contents._var_value == "words"
    assert isinstance(rx.el.a("x", href="/x"), seam.ReactRouterLink)
    assert not isinstance(rx.el.A.create("x", href="#x"), seam.ReactRouterLink)
    assert issubclass(PlainForm, seam.BaseHTML)


def test_the_value_of_an_input_is_found_behind_its_condition():
    assert seam.tested_value(rx.el.input(value="typed").value)._var_value == "typed"
    assert seam.tested_value(rx.Var.create("plain")) is None


def test_nobody_else_reaches_inside_the_framework():
    """A private name or an inner module that an upgrade may move is in the seam, with its test."""
    inside = re.compile(r"^\s*(?:from|import) (reflex(?:_\w+)?[.\w]*)(?! as rx)", re.MULTILINE)
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in [ROOT / "rxconfig.py", *(ROOT / "djplatform").rglob("*.py")]
        if path.name != "reflex_seam.py"
        for name in inside.findall(path.read_text())
    }
    assert found == set()
    assert inside.findall("from reflex.state import x")
    assert not inside.findall("import reflex as rx")


def test_setvar_is_not_among_the_frameworks_handlers():
    names = {name.rsplit(".", 1)[-1] for name in seam.built_in_handlers()}
    assert names == set(seam.BUILT_IN_HANDLERS)
    assert "setvar" not in names


def test_names_of_the_build(monkeypatch):
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", "/x")
    assert seam.SPA_FALLBACK == constants.ReactRouter.SPA_FALLBACK
    assert static_dir() == Path("/x") / constants.Dirs.STATIC


def test_production_mode_compiles_nothing_and_serves_no_pages(monkeypatch):
    for name in ("REFLEX_ENV_MODE", "__REFLEX_SKIP_COMPILE"):
        monkeypatch.delenv(name, raising=False)
    before = environment.REFLEX_ENV_MODE.get()
    seam.production_mode()
    assert environment.REFLEX_ENV_MODE.get() == constants.Env.PROD
    assert environment.REFLEX_SKIP_COMPILE.get() is True
    assert environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.get() is False
    environment.REFLEX_ENV_MODE.set(before)
    environment.REFLEX_SKIP_COMPILE.set(None)
    environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.set(None)


async def test_files_come_with_their_compressed_twins(tmp_path):
    (tmp_path / "a.js").write_text("plain")
    (tmp_path / "a.js.gz").write_bytes(b"packed")
    scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    answer = await seam.assets_app(tmp_path).get_response("a.js", scope)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_a_state_starts_anew():
    with RegistrationContext():

        class Fresh(rx.State):
            number: int = 7
            _hidden: str = "nothing"

        state = Fresh(parent_state=None, _reflex_internal_init=True)
        state.number, state._hidden = 99, "somebody's"
        seam.reset_root(state)
    assert (state.number, state._hidden) == (7, "nothing")


def test_what_was_told_is_forgotten_without_a_word():
    with RegistrationContext():

        class Once(rx.State):
            number: int = 7
            other: int = 1

        state = Once(parent_state=None, _reflex_internal_init=True)
        state.number, state.other = 99, 2
        seam.forget(state, number=7)
    assert (state.number, state.dict()[Once.get_full_name()]["number_rx_state_"]) == (7, 7)
    assert [set(told) for told in state.get_delta().values()] == [{"other_rx_state_"}]
