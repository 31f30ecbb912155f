"""Idempotency keys with Stripe's semantics.

The first answer of a key is kept and given again; other parameters under the same key are an
error; a key whose first request is still at work is a conflict. Requests that fail before they
change anything are not kept. https://docs.stripe.com/api/idempotent_requests
"""

from collections.abc import Awaitable, Callable
from hashlib import sha256

from djplatform.sandbox.core import Sandbox, seconds
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe.errors import ApiError, in_progress, reused

MAX_LENGTH = 255
_ABANDONED_AFTER = 60.0
"""A first request that died with its process frees its key after so many seconds."""

Work = Callable[[Rows], Awaitable[Json]]


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same."""
    return sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


async def once(
    sandbox: Sandbox, owner: str, key: str, print_: str, work: Work
) -> tuple[Json, bool]:
    """Do the work once per key; returns the answer and whether it is a repetition.

    Raises:
        ApiError: the key was used otherwise or is at work, or what the work raised.
    """
    if len(key) > MAX_LENGTH:
        raise ApiError(400, f"Idempotency keys must be at most {MAX_LENGTH} characters.")
    name = f"{owner} {key}"
    kept = await _claim(sandbox, owner, name, print_)
    if kept is not None:
        return _repeated(kept, key, print_), True
    try:
        async with sandbox.store.transaction() as rows:
            answer = await work(rows)
            done = {"print": print_, "state": "done", "answer": answer}
            await rows.put("idempotency", name, done, owner=owner)
    except BaseException:
        async with sandbox.store.transaction() as rows:
            await rows.remove("idempotency", name)
        raise
    return answer, False


async def _claim(sandbox: Sandbox, owner: str, name: str, print_: str) -> Json | None:
    """Take the key, or return what is kept under it."""
    mine = {"print": print_, "state": "running", "at": seconds()}
    async with sandbox.store.transaction() as rows:
        if await rows.add("idempotency", name, mine, owner=owner):
            return None
        kept = await rows.get("idempotency", name, lock=True)
        if kept is None:
            raise in_progress(name.partition(" ")[2])
        if kept["state"] == "running" and kept["at"] < seconds() - _ABANDONED_AFTER:
            await rows.put("idempotency", name, mine, owner=owner)
            return None
        return kept


def _repeated(kept: Json, key: str, print_: str) -> Json:
    if kept["print"] != print_:
        raise reused(key)
    if kept["state"] == "running":
        raise in_progress(key)
    return kept["answer"]
