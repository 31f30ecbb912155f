"""Idempotency keys with Stripe's semantics.

The first answer of a key is kept and given again; other parameters under the same key are an
error; a key whose first request is still at work is a conflict. A request that is refused before
it begins frees its key, but one that breaks once it has begun (a 500) is kept: v1 gives that
failure again for a day, while v2 takes up the work anew.
https://docs.stripe.com/api/idempotent_requests
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

from djplatform.sandbox.core import Sandbox, seconds
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe.errors import ApiError, in_progress, reused

MAX_LENGTH = 255
_KIND = "idempotency"
_ABANDONED_AFTER = 60.0
"""A first request that died with its process frees its key after so many seconds."""

Work = Callable[[Rows], Awaitable[Json]]


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same."""
    return sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key as a request used it."""

    owner: str
    key: str
    fingerprint: str
    keeps_failures: bool = True
    """Whether a failure is given again (v1), or the work taken up anew (v2)."""

    @property
    def name(self) -> str:
        """Under which the outcome is kept."""
        return f"{self.owner} {self.key}"


async def once(sandbox: Sandbox, key: Key, work: Work) -> tuple[Json, bool]:
    """Do the work once per key; returns the answer and whether it is a repetition.

    Raises:
        ApiError: the key was used otherwise or is at work, or what the work raised.
    """
    if len(key.key) > MAX_LENGTH:
        raise ApiError(400, f"Idempotency keys must be at most {MAX_LENGTH} characters.")
    kept = await _claim(sandbox, key)
    if kept is not None:
        return _repeated(kept, key), True
    try:
        async with sandbox.store.transaction() as rows:
            answer = await work(rows)
            await _keep(rows, key, {"state": "done", "answer": answer})
    except BaseException as error:
        async with sandbox.store.transaction() as rows:
            await _after_failure(rows, key, error)
        raise
    return answer, False


async def _keep(rows: Rows, key: Key, outcome: Json) -> None:
    await rows.put(_KIND, key.name, {"print": key.fingerprint, **outcome}, owner=key.owner)


async def _after_failure(rows: Rows, key: Key, error: BaseException) -> None:
    if key.keeps_failures and isinstance(error, ApiError) and error.status >= 500:
        outcome = {"state": "broken", "status": error.status, "said": error.message}
        await _keep(rows, key, outcome)
    else:
        await rows.remove(_KIND, key.name)


async def _claim(sandbox: Sandbox, key: Key) -> Json | None:
    """Take the key, or return what is kept under it."""
    mine: Json = {"state": "running", "at": seconds(), "print": key.fingerprint}
    async with sandbox.store.transaction() as rows:
        if await rows.add(_KIND, key.name, mine, owner=key.owner):
            return None
        kept = await rows.get(_KIND, key.name, lock=True)
        if kept is None:
            raise in_progress(key.key)
        if kept["state"] == "running" and kept["at"] < seconds() - _ABANDONED_AFTER:
            await _keep(rows, key, mine)
            return None
        return kept


def _repeated(kept: Json, key: Key) -> Json:
    if kept["print"] != key.fingerprint:
        raise reused(key.key)
    match kept["state"]:
        case "running":
            raise in_progress(key.key)
        case "broken":
            raise ApiError(kept["status"], kept["said"], kind="api_error")
        case _:
            return kept["answer"]
