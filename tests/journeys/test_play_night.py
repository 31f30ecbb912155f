"""A night that plays itself, run as a person runs it and seen as the DJ sees it."""

import asyncio
import json
import sys

import pytest

from tests.journeys.running import Running, booth_stream


@pytest.mark.feature("B83/tips")
async def test_a_played_night_is_seen_on_the_booth(running: Running) -> None:
    dj = await running.signed_in("jay@example.com")
    event_id = running.value(
        "select e.id::text from events e join organizations o on o.id = e.organization_id"
        " where o.slug = 'jay-martell' and e.status = 'live'"
    )
    before = {row["id"] for row in running.rows("select id::text from tips")}
    async with booth_stream(running, dj, event_id) as stream:
        playing = asyncio.create_task(play(running))
        shown = await rows_of(stream, playing)
    played = await playing
    assert played["page"].endswith("/t/jay-martell")
    assert played["arrived"] == played["tipped"] > 0
    assert played["failed"] == 0
    assert len(shown - before) == played["tipped"]


async def play(running: Running) -> dict:
    """What the command reports: fans of six seconds."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "djplatform.cli", "play-night", "--minutes", "0.1",
        "--data-dir", str(running.product.data_dir), "--json",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said
    return json.loads(said.splitlines()[-1])


async def rows_of(stream, playing: asyncio.Task[dict]) -> set[str]:
    """The tips that the booth is told of, until it was told of each that was paid."""
    shown: set[str] = set()
    async with asyncio.timeout(90):
        async for line in stream:
            if line.startswith("data: ["):
                changes = json.loads(line.removeprefix("data: "))
                shown |= {row["id"] for change in changes for row in change["put"]}
            if playing.done() and len(shown) >= playing.result()["tipped"]:
                return shown
    raise AssertionError("the stream ended")
