"""What is attacked is what the composed application offers, and the reviewed list is of it."""

import os

import pytest

from djplatform.isolation.inventory import Handler, Inventory, Route, read_inventory
from djplatform.isolation.reviewed import BY_DESIGN, LOCKED_BY_ITSELF, OPEN_BY_DESIGN


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return read_inventory(os.environ)


@pytest.mark.feature("B81/routes")
def test_it_lists_the_routes_of_features_documents_and_consoles(inventory):
    names = {route.name for route in inventory.routes}
    assert {"GET /t/{slug}", "POST /t/{slug}", "POST /login", "GET /sitemap.xml"} <= names
    assert Route("GET", "/t/{slug}/quote", ("amount",)) in inventory.routes
    assert Route("GET", "/t/{slug}/tips/{payment}").places == ("slug", "payment")
    assert {"/page", "/settings/team"} <= set(inventory.consoles)
    assert set(inventory.consoles) <= {route.path for route in inventory.routes}


@pytest.mark.feature("B81/rest")
def test_it_lists_the_operations_that_programs_call_with_what_they_take(inventory):
    routes = {route.name: route for route in inventory.routes if route.for_programs}
    assert len(routes) > 15
    change = routes["POST /api/v1/accounts/change_role"]
    assert (change.fields, change.needed) == (("member", "role"), ("member", "role"))
    assert change.fits == {"role": "viewer"}
    tips = routes["GET /api/v1/crowd/list_tips"]
    assert (tips.fields, tips.needed) == (("event_id", "before", "limit"), ())
    assert set(tips.fits) == {"before", "limit"}


@pytest.mark.feature("B81/sockets")
def test_it_lists_handlers_with_arguments_and_what_they_ask_for(inventory):
    named = {h.name.rpartition("____")[2]: h for h in inventory.handlers}
    end_device = named["account_settings.end_device"]
    assert end_device.arguments == ("session_id",)
    assert end_device.declared == "account.self"
    assert named["account_settings.change_password"].forms == ("form_data",)
    # Named so that the attack knows what to put there: a person of the victim's.
    assert named["team.change_role"].arguments == ("user_id", "role")
    assert named["fan_page.save"].forms == ("form_data",)
    assert named["state.hydrate"].declared == "built-in"
    assert isinstance(end_device, Handler)
    assert named["api_tokens.revoke_token"].arguments == ("api_token_id",)
    assert "email" in inventory.states[end_device.name.rpartition(".")[0]]


@pytest.mark.feature("147/attacked")
def test_it_lists_the_channels(inventory):
    assert {"tips:{organization}", "booth:{event}", "tip:{key}"} <= set(inventory.channels)


def test_the_reviewed_list_names_routes_that_exist_and_says_why(inventory):
    names = {route.name for route in inventory.routes}
    paths = {route.path for route in inventory.routes}
    assert {one.where for one in BY_DESIGN} | LOCKED_BY_ITSELF <= names
    assert set(OPEN_BY_DESIGN) <= paths
    assert all(len(one.reason) > 20 for one in BY_DESIGN)
    assert all(len(reason) > 20 for reason in OPEN_BY_DESIGN.values())


def test_what_cannot_be_composed_is_said(tmp_path):
    with pytest.raises(RuntimeError, match="could not be composed"):
        read_inventory(os.environ | {"DJP_PORT": "no number", "PYTHONPATH": str(tmp_path)})
