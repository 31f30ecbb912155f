"""Passwords and tokens: slow where somebody guesses, never on the loop, never while others wait."""

import asyncio
import threading

import pytest

from djplatform.core import crypto
from djplatform.core.db import Scope, VendorCallInsideUnit, unit


@pytest.fixture
def at_work(monkeypatch) -> list[tuple[str, int, bool]]:
    """Each use of the hasher: which, how many at once, and whether it held up the loop."""
    seen, busy, lock, here = [], [0], threading.Lock(), threading.current_thread()
    real = crypto._hasher

    class Watched:
        def _do(self, name, *arguments):
            with lock:
                busy[0] += 1
                seen.append((name, busy[0], threading.current_thread() is here))
            try:
                return getattr(real, name)(*arguments)
            finally:
                with lock:
                    busy[0] -= 1

        def hash(self, password):
            return self._do("hash", password)

        def verify(self, known, password):
            return self._do("verify", known, password)

    monkeypatch.setattr(crypto, "_hasher", Watched())
    crypto._nobodys_hash.cache_clear()
    return seen


async def test_a_password_matches_its_own_hash_only(at_work) -> None:
    known = await crypto.hash_password("spin the night")
    assert known.startswith("$argon2id$")
    assert await crypto.password_matches("spin the night", known)
    assert not await crypto.password_matches("spin the day", known)
    assert not await crypto.password_matches("spin the night", "no hash at all")


async def test_an_unknown_account_costs_the_same_work_and_nothing_holds_up_the_loop(
    at_work,
) -> None:
    assert not await crypto.password_matches("whatever", None)
    assert not await crypto.password_matches("whatever", None)
    assert [name for name, _, _ in at_work] == ["hash", "verify", "verify"]
    assert not any(on_the_loop for _, _, on_the_loop in at_work)


async def test_two_at_once_are_enough(at_work) -> None:
    await asyncio.gather(*(crypto.hash_password("x") for _ in range(6)))
    assert max(at_once for _, at_once, _ in at_work) == 2


async def test_no_transaction_waits_for_a_hash(world, at_work) -> None:
    async with unit(Scope.of(world.owner)):
        with pytest.raises(VendorCallInsideUnit):
            await crypto.hash_password("x")
        with pytest.raises(VendorCallInsideUnit):
            await crypto.password_matches("x", None)
    assert at_work == []


def test_tokens_are_long_and_kept_as_hashes() -> None:
    one, other = crypto.new_secret(), crypto.new_secret()
    assert one != other
    assert len(one) == 43  # 256 bits in base64
    assert crypto.secret_hash(one) == crypto.secret_hash(one) != crypto.secret_hash(other)
    assert one not in crypto.secret_hash(one)
    crypto.secret_hash("\ud800")  # what a client sends need not be text
