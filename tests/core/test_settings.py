"""What the environment says is understood, or said in words that name the variable."""

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from djplatform.settings import Settings, wrong_settings

WRONG = [
    ("DJP_PORT", "0", "DJP_PORT: "),
    ("DJP_PORT", "hunter2", "DJP_PORT: "),
    ("DJP_PUBLIC_SCHEME", "ftp", "'http' or 'https'"),
    ("DJP_TRUSTED_PROXY_HOPS", "-1", "DJP_TRUSTED_PROXY_HOPS: "),
    ("DJP_POOL_SIZE", "0", "DJP_POOL_SIZE: "),
    ("DJP_SANDBOX", "perhaps", "DJP_SANDBOX: "),
    ("DJP_LOG_LEVEL", "loud", "'WARNING'"),
    ("DJP_SCOPE_KEY", "hunter2", "32 bytes in hex"),
    ("DJP_SCOPE_KEY", "5c" * 31, "32 bytes in hex"),
    ("DJP_SIGNING_KEY", "z" * 64, "32 bytes in hex"),
    ("DJP_LIMIT_API", "lots", "DJP_LIMIT_API: must read like"),
    ("DJP_STRIPE__TIPJA__SECRET_KEY", "hunter2", "no such brand: tipja"),
    ("DJP_STRIPE__TIPJAR", "hunter2", "DJP_STRIPE__TIPJAR: "),
    ("DJP_STRIPE__TIPJAR__THIN_SECRETS", "hunter2", "DJP_STRIPE…: a list must be written as JSON"),
]


@pytest.mark.feature("388/settings")
@pytest.mark.parametrize(("name", "value", "says"), WRONG)
def test_a_wrong_value_is_named_and_not_repeated(monkeypatch, name, value, says) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises((ValidationError, SettingsError)) as caught:
        Settings()
    [sentence] = wrong_settings(caught.value)
    assert says in sentence
    assert "hunter2" not in sentence
    assert "Value error" not in sentence


def test_every_wrong_value_is_said_at_once(monkeypatch) -> None:
    for name, value, _ in WRONG[:5]:
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert len(wrong_settings(caught.value)) == 4


def test_a_line_that_was_left_empty_means_not_set(monkeypatch) -> None:
    for name in ("DJP_PORT", "DJP_SCOPE_KEY", "DJP_LIMIT_API", "DATABASE_URL", "DJP_PUBLIC_PORT"):
        monkeypatch.setenv(name, "")
    here = Settings()
    assert (here.port, here.link_port) == (8000, 8000)
    assert here.limit_api == "600 per minute"
    assert here.owner_url.get_secret_value() == ""


@pytest.mark.parametrize("name", ["DATABASE_URL", "DJP_DATABASE_URL"])
def test_the_owners_url_has_two_names(monkeypatch, name) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv(name, "postgresql://owner@/x")
    assert Settings().owner_url.get_secret_value() == "postgresql://owner@/x"


def test_no_secret_is_in_what_is_printed(monkeypatch) -> None:
    monkeypatch.setenv("DJP_SCOPE_KEY", "5c" * 32)
    monkeypatch.setenv("DJP_STRIPE__TIPJAR__SECRET_KEY", "sk_test_hunter2")
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner:hunter2@/x")
    here = Settings()
    assert "hunter2" not in repr(here) + str(here.model_dump())
    assert "5c5c" not in repr(here) + str(here.model_dump())
