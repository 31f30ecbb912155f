"""Cookies: their names, what is read of them, and whose device it is."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from djplatform.ui import session


def set_cookie(setter, *arguments: object) -> str:
    response = Response()
    setter(response, *arguments)
    return response.headers["set-cookie"]


@pytest.mark.parametrize(
    ("scheme", "host", "name"),
    [
        ("http", "tipjar.localhost", "sid"),
        ("http", "localhost", "sid"),
        ("http", "127.0.0.1", "sid"),
        ("http", "192.168.1.7", "sid"),
        ("http", "fe80::1", "sid"),
        ("http", "laptop.local", "sid"),
        ("http", "tipjar.live", "__Host-sid"),
        ("http", "8.8.8.8", "__Host-sid"),
        ("http", "localhost.evil.example", "__Host-sid"),
        ("https", "tipjar.live", "__Host-sid"),
        ("https", "192.168.1.7", "__Host-sid"),
        ("https", "localhost", "__Host-sid"),
    ],
)
def test_only_a_plain_local_address_does_without_secure(environment, scheme, host, name) -> None:
    environment(DJP_PUBLIC_SCHEME=scheme)
    assert session.cookie_name("sid", host) == name
    cookie = set_cookie(session.set_session, host, "token")
    assert cookie.startswith(f"{name}=token;")
    assert ("; Secure" in cookie) is name.startswith("__Host-")
    assert "; HttpOnly" in cookie
    assert "; Path=/" in cookie
    assert "domain" not in cookie.lower()


def test_the_address_of_up_lan_counts_as_local(environment) -> None:
    environment(DJP_LAN_HOST="stage.example")
    assert session.cookie_name("sid", "stage.example") == "sid"


def test_the_other_name_is_never_read(environment) -> None:
    environment(DJP_PUBLIC_SCHEME="https")
    cookies = session.parse_cookies("sid=planted; __Host-sid=mine")
    assert session.session_token(cookies, "tipjar.live") == "mine"
    assert session.session_token(session.parse_cookies("sid=planted"), "tipjar.live") == ""


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("sid=a; did=b", {"sid": "a", "did": "b"}),
        ("sid=of-a-longer-path; sid=ours", {"sid": "ours"}),
        ("broken; sid=a", {"sid": "a"}),
        ("x={'json': [1]}; sid=a", {"x": "{'json': [1]}", "sid": "a"}),
        ('sid="a\\"b"; did=c', {"sid": 'a"b', "did": "c"}),
        ("sid=a=b==", {"sid": "a=b=="}),
    ],
)
def test_one_broken_cookie_spoils_only_itself(header: str, found: dict[str, str]) -> None:
    assert session.parse_cookies(header) == found


@given(st.text())
def test_any_cookie_header_can_be_read(header: str) -> None:
    session.parse_cookies(header)


def test_a_device_is_known_by_our_seal_only(environment) -> None:
    environment()
    device = uuid4()
    cookie = set_cookie(session.set_device, "localhost", device)
    value = cookie.split(";")[0].removeprefix("did=")
    assert session.device_of({"did": value}, "localhost") == device
    forged = value.replace(str(device), str(uuid4()))
    for bad in (forged, str(device), f"{device}.", "x.y", "", "é.é"):
        assert session.device_of({"did": bad}, "localhost") is None
    environment(DJP_SIGNING_KEY="b8" * 32)
    assert session.device_of({"did": value}, "localhost") is None


def test_clearing_ends_the_cookie(environment) -> None:
    environment()
    assert "Max-Age=0" in set_cookie(session.clear_session, "localhost")
