"""API tokens: their lives, their rotation, and what they may be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.actor import ROLE_PERMISSIONS, Role
from djplatform.core.crypto import new_secret
from djplatform.features.accounts import rules
from djplatform.features.accounts.rules import TokenMoments
from djplatform.features.accounts.rules.api_tokens import CEILINGS, GRACE, LIVES, PREFIX

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
lives = st.sampled_from(LIVES).map(lambda days: timedelta(days=days))
spans = st.timedeltas(timedelta(seconds=-1), timedelta(days=800))


def token(life: timedelta, made: datetime = NOW) -> TokenMoments:
    return TokenMoments(rotated_at=made, expires_at=made + life)


def test_no_token_lives_for_ever() -> None:
    assert LIVES == (7, 30, 90, 365)


@given(lives, spans)
def test_a_token_counts_until_it_expires_and_never_after(life, passed) -> None:
    assert rules.is_live(token(life), NOW + passed) is (passed < life)


@given(lives, spans, st.booleans())
def test_nothing_counts_once_revoked(life, passed, at_once) -> None:
    made = rules.rotated(token(life), NOW, at_once=at_once)
    over = replace(made, revoked_at=NOW)
    assert not rules.is_live(over, NOW + passed)
    assert not rules.previous_counts(over, NOW + passed)


@given(lives, st.floats(0, 0.999), spans, st.booleans())
def test_after_a_rotation_the_old_secret_ends_in_time(life, when, passed, at_once) -> None:
    before = token(life)
    at = NOW + life * when
    after = rules.rotated(before, at, at_once=at_once)
    assert after.expires_at - at == life, "the new secret lives as long as the first was given"
    counts = rules.previous_counts(after, at + passed)
    assert counts is (not at_once and passed < GRACE and at + passed < before.expires_at)


@given(lives, st.lists(st.floats(0, 0.999), max_size=6))
def test_however_often_it_is_rotated_its_life_stays(life, whens) -> None:
    kept, at = token(life), NOW
    for when in whens:
        at += life * when
        kept = rules.rotated(kept, at, at_once=False)
        assert kept.expires_at == at + life
        assert kept.previous_until is not None
        assert kept.previous_until <= at + GRACE


@given(st.sampled_from(CEILINGS), st.sampled_from(Role))
def test_a_token_may_never_do_more_than_either_allows(ceiling: Role, membership: Role) -> None:
    may = ROLE_PERMISSIONS[rules.lesser(ceiling, membership)]
    assert may == ROLE_PERMISSIONS[ceiling] & ROLE_PERMISSIONS[membership]
    assert rules.exceeds(ceiling, membership) is (not may >= ROLE_PERMISSIONS[ceiling])
    assert rules.lesser(ceiling, membership) is not Role.OWNER


def test_our_secrets_are_recognised() -> None:
    for _ in range(50):
        assert rules.looks_like_api_token(PREFIX + new_secret())


@given(st.text())
def test_other_texts_are_not(text: str) -> None:
    assert not rules.looks_like_api_token(text)


@pytest.mark.parametrize("wrong", ["", "djp_", "djp_" + "a" * 42, "djp_" + "a" * 44, "a" * 43])
def test_nor_are_near_misses(wrong: str) -> None:
    assert not rules.looks_like_api_token(wrong)
    assert not rules.looks_like_api_token("djp_" + "a" * 43 + "\n")
