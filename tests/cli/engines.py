"""Stand-ins for engines of other rooms, so that a test sees only what the command does."""

from collections.abc import Callable

from djplatform.settings import Settings

SEEN: list[dict[str, object]] = []


async def prove() -> dict[str, object]:
    return {"tables": 3, "attacks": 45, "leaks": 0}


def prove_leaky() -> dict[str, object]:
    return {"tables": 3, "attacks": 45, "leaks": 2}


def broken() -> dict[str, object]:
    raise RuntimeError("the cluster did not start")


def read_settings() -> dict[str, object]:
    return Settings().model_dump()


async def play(*, url: str, minutes: float, say: Callable[[str], None]) -> dict[str, object]:
    say("A fan tipped 5.00")
    SEEN.append({"url": url, "minutes": minutes})
    return {"tips": 4}


def names() -> list[str]:
    return ["fanout", "rls"]


def measure(*, name: str) -> dict[str, object]:
    return {"name": name, "ours": 2.0, "peer": 2.0, "ratio": 1.0, "unit": "ms", "passed": True}


def measure_slow(*, name: str) -> dict[str, object]:
    return {"name": name, "ours": 4.0, "peer": 2.0, "ratio": 2.0, "unit": "ms", "passed": False}
