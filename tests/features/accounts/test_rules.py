"""Passwords, addresses, sessions, the way on, countries: all pure."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.actor import ROLE_PERMISSIONS, Actor, Permission, Role
from djplatform.core.errors import PermissionDenied, SignInRequired
from djplatform.features.accounts import rules
from djplatform.features.accounts.rules.devices import device_name
from djplatform.features.accounts.rules.sessions import (
    ABSOLUTE,
    FAILURES_ALLOWED,
    FAILURES_WINDOW,
    IDLE,
)

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "short"),
        ("x" * 201, "long"),
        ("password123", "common"),
        ("P@ssw0rd2024!", "common"),
        ("qwertyuiop", "common"),
        ("iloveyou!!!", "common"),
        ("1234567890", "common"),
        ("0987654321", "common"),
        ("abcdefghijk", "common"),
        ("abcdeabcde", "common"),
        ("aaaaaaaaaaaa", "simple"),
        ("jaymartell1", "personal"),
        ("j@ymartell99", "personal"),
        ("tipjar tipjar", "personal"),
        ("martell4martell", "personal"),
        ("8361 4907 2258", ""),
        ("jaymartell plays vinyl", ""),
        ("correct horse battery", ""),
        ("Überraschung im Nebel", ""),
        ("🎧 spinning all night 🎧", ""),
    ],
)
def test_passwords(password: str, why: str) -> None:
    found = rules.weakness(
        password, email="jaymartell@example.com", words=("tipjar", "Jay Martell")
    )
    assert found == why


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Jay Martell", "jay-martell"),
        ("  DJ  Ünïcode! ", "dj-unicode"),
        ("Straße", "strasse"),
        ("Løv & Ko.", "lv-ko"),
        ("ディージェイ", "dj"),
        ("🎧", "dj"),
        ("A", "dj-a"),
        ("Admin", "dj-admin"),
        ("x" * 200, "x" * 50),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert rules.slug_base(name) == slug


@given(st.text())
def test_every_name_gives_a_slug_that_the_database_takes(name: str) -> None:
    slug = rules.slug_base(name)
    assert SLUG.fullmatch(slug)
    assert SLUG.fullmatch(f"{slug[:50].rstrip('-')}-12345678")


@pytest.mark.parametrize("path", ["/", "/booth/1", "/booth/1?tab=2", "/t/jay#tips", "/settings/x"])
def test_the_way_on_stays_on_the_site(path: str) -> None:
    assert rules.next_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "booth",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        " /booth",
        "/login?next=/x",
        "/logout",
    ],
)
def test_the_way_on_never_leaves_the_site(path: str) -> None:
    assert rules.next_path(path) == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Jay@Example.COM ", "jay@example.com"),
        ("jay@tipjar", None),
        ("jay", None),
        ("", None),
        ("jay@exa mple.com", None),
        ("a" * 70 + "@example.com", None),
        ("jay@example.com\nBcc: x@example.com", None),
    ],
)
def test_addresses(typed: str, kept: str | None) -> None:
    assert rules.clean_email(typed) == kept


def _session(**ago: timedelta) -> rules.Moments:
    return rules.Moments(
        created_at=NOW - ago.get("created", timedelta()),
        rotated_at=NOW - ago.get("rotated", timedelta()),
        seen_at=NOW - ago.get("seen", timedelta()),
        ended_at=None,
    )


@pytest.mark.feature(19)
def test_a_session_ends_when_idle_and_absolutely() -> None:
    second = timedelta(seconds=1)
    assert rules.is_alive(_session(seen=IDLE - second), NOW)
    assert not rules.is_alive(_session(seen=IDLE), NOW)
    assert rules.is_alive(_session(created=ABSOLUTE - second), NOW)
    assert not rules.is_alive(_session(created=ABSOLUTE), NOW)
    assert not rules.is_alive(rules.Moments(NOW, NOW, NOW, ended_at=NOW), NOW)
    assert not rules.rotation_due(_session(rotated=timedelta(hours=23)), NOW)
    assert rules.rotation_due(_session(rotated=timedelta(hours=24)), NOW)


def test_a_log_in_waits_after_too_many_failures() -> None:
    assert rules.locked_for(FAILURES_ALLOWED - 1, NOW, NOW) == 0
    assert rules.locked_for(FAILURES_ALLOWED, NOW, NOW) == 900
    assert rules.locked_for(FAILURES_ALLOWED, NOW - FAILURES_WINDOW, NOW) == 0
    late = NOW - FAILURES_WINDOW + timedelta(milliseconds=1)
    assert rules.locked_for(FAILURES_ALLOWED, late, NOW) == 1


@pytest.mark.feature("7/choice")
def test_the_organization_is_never_simply_the_first() -> None:
    a, b, c = (rules.HeldRole(uuid4(), p) for p in ("tipjar", "djdash", "djdash"))
    assert rules.chosen_at_log_in([], "tipjar") is None
    assert rules.chosen_at_log_in([a], "djdash") == a.organization_id
    assert rules.chosen_at_log_in([a, b], "djdash") == b.organization_id
    assert rules.chosen_at_log_in([b, c], "djdash") is None
    assert rules.chosen_at_log_in([a, b], None) is None


def test_countries_and_their_currencies() -> None:
    assert rules.currency_of("GB") == "GBP"
    assert rules.currency_of("de") == "EUR"
    assert rules.currency_of("XX") is None
    assert all(re.fullmatch("[A-Z]{3}", currency) for currency in rules.COUNTRIES.values())


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox on Linux"),
        ("curl/8.5", ""),
    ],
)
def test_devices_have_names(header: str, name: str) -> None:
    assert device_name(header) == name


VIEWER = {
    Permission.CONSOLE_READ,
    Permission.EVENTS_READ,
    Permission.TIPS_READ,
    Permission.ACCOUNT_SELF,
}
MEMBER = VIEWER | {
    Permission.EVENTS_WRITE,
    Permission.PROFILE_UPDATE,
    Permission.PAYMENTS_READ,
}
ADMIN = MEMBER | {
    Permission.ORGANIZATION_UPDATE,
    Permission.MEMBERS_MANAGE,
    Permission.TIPS_CONFIGURE,
    Permission.PAYMENTS_CONNECT,
}
MATRIX = {Role.VIEWER: VIEWER, Role.MEMBER: MEMBER, Role.ADMIN: ADMIN, Role.OWNER: set(Permission)}
WRITES = {p for p in Permission if p.value.rsplit(".", 1)[1] not in {"read", "self"}}


@pytest.mark.feature(20)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_each_role_may_do_exactly_this(role: Role, permission: Permission) -> None:
    actor = Actor(uuid4(), uuid4(), role)
    expected = permission in MATRIX[role]
    assert actor.can(permission) is expected
    if expected:
        actor.require(permission)
    else:
        with pytest.raises(PermissionDenied):
            actor.require(permission)


@pytest.mark.feature(20)
def test_a_viewer_can_never_write_and_nobody_nothing() -> None:
    assert not WRITES & ROLE_PERMISSIONS[Role.VIEWER]
    for permission in Permission:
        with pytest.raises(SignInRequired):
            Actor().require(permission)
