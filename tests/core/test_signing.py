"""Values that leave us and come back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from djplatform.core.signing import sign, unsign

ONE_KEY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def key(environment) -> None:
    environment()


@ONE_KEY
@given(st.text(), st.text())
def test_only_what_was_signed_for_this_purpose_comes_back(value: str, other: str) -> None:
    signed = sign("tip", value)
    assert unsign("tip", signed) == value
    assert unsign("device", signed) is None
    if other != signed:
        assert unsign("tip", other) is None


@ONE_KEY
@given(st.text(), st.integers(0, 10_000))
def test_a_changed_character_spoils_it(value: str, place: int) -> None:
    signed = sign("tip", value)
    place %= len(signed)
    changed = signed[:place] + ("0" if signed[place] != "0" else "1") + signed[place + 1 :]
    assert unsign("tip", changed) is None


def test_without_a_key_nothing_is_signed(environment) -> None:
    environment(DJP_SIGNING_KEY="")
    with pytest.raises(RuntimeError, match="DJP_SIGNING_KEY"):
        sign("tip", "x")
