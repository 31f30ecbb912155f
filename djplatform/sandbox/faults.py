"""Faults on demand: the next calls fail, before or after they took effect."""

import asyncio
from dataclasses import dataclass

from djplatform.sandbox.core import Sandbox
from djplatform.sandbox.store import Json

KIND, KEY = "control", "faults"
WHEN = ("before", "during", "after")
"""Before anything happened; in the midst, so that it is undone and the vendor remembers that it
failed; after it was done, so that only the answer is lost."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call fails."""

    status: int
    when: str
    """One of `WHEN`."""


async def plan_faults(sandbox: Sandbox, plan: Json) -> None:
    """Let calls fail: `count`, `status`, `when`, `path` (a part of it), `delay` in seconds."""
    async with sandbox.store.transaction() as rows:
        await rows.put(KIND, KEY, plan)


async def take_fault(sandbox: Sandbox, path: str) -> Fault | None:
    """Take one of the planned faults for a call, and wait as long as the plan says."""
    async with sandbox.store.transaction() as rows:
        plan = await rows.get(KIND, KEY)
        if plan is None or plan["count"] <= 0 or plan.get("path", "") not in path:
            return None
        plan = await rows.get(KIND, KEY, lock=True) or plan
        if plan["count"] <= 0:  # somebody else took the last one meanwhile
            return None
        await rows.put(KIND, KEY, plan | {"count": plan["count"] - 1})
    await asyncio.sleep(float(plan.get("delay", 0)))
    status = int(plan.get("status", 500))
    return Fault(status, plan.get("when", "before")) if status else None
