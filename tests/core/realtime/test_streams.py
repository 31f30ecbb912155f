"""Streams over a real server: order, replay, refusal, merging, heartbeat, end."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace

import psycopg
import pytest

from djplatform.core.ids import new_id
from djplatform.core.realtime.delivery import Pace
from tests.core.realtime.clients import Client


def ids(clients: Client | Iterable[Client]) -> list[str]:
    """The ids of all rows that a client was told, in order."""
    clients = [clients] if isinstance(clients, Client) else clients
    return [
        row["id"]
        for client in clients
        for message in client.named("change")
        for part in json.loads(message.data)
        for row in part["put"]
    ]


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


@pytest.mark.feature(146, 148)
async def test_a_committed_change_reaches_an_open_page_by_itself(streams):
    client = await streams.open("crowd:x")
    assert client.headers["content-type"].startswith("text/event-stream")
    assert client.headers["cache-control"] == "no-store"
    assert client.headers["x-accel-buffering"] == "no"
    await streams.publish("crowd:x", "1")
    await client.until(lambda: ids(client) == ["1"])
    assert client.position == "1"
    await streams.publish("crowd:x", "1", kind="tip.gone")
    await client.until(lambda: len(client.named("change")) == 2)
    [change] = json.loads(client.named("change")[1].data)
    assert change == {"channel": "crowd:x", "put": [], "gone": ["1"]}


async def test_what_an_event_looks_like_is_made_once_for_every_audience_in_a_language(streams):
    made, [kind] = [], [k for k in streams.hub.kinds.kinds() if k.pattern == "crowd:{key}"]

    def note(event):
        made.append(event.seq)
        return kind.html(event)

    streams.hub.kinds.register(replace(kind, html=note))
    one = await streams.open("crowd:x", query="as=html")
    two = await streams.open("crowd:x,crowd:y", query="as=html")
    await streams.publish("crowd:x", "1")
    for client in (one, two):
        await client.until(lambda client=client: client.named("total"))
    assert made == [1]
    patterns = [k.pattern for k in streams.hub.kinds.kinds()]
    assert len(patterns) == len(set(patterns)), "registered again, a kind replaces itself"


@pytest.mark.feature(147)
async def test_a_foreign_channel_is_refused_and_nothing_of_it_is_heard(streams, world):
    own, foreign = f"tips:{world.a}", f"tips:{world.b}"
    missing = f"tips:{new_id()}"
    answers = []
    for channels in (foreign, missing, f"{own},{foreign}", "unknown:x", "tips:raises", "nonsense"):
        refused = await streams.open(channels, session="owner")
        assert refused.status == 404
        answers.append(await refused.reader.readuntil(b"stream."))
    # The answer does not tell a channel that exists from one that does not.
    assert len(set(answers)) == 1
    assert (await streams.open(own)).status == 404

    mine = await streams.open(own, session="owner")
    other = await streams.open(foreign, session="outsider")
    await streams.publish(foreign, "theirs")
    await streams.publish(own, "mine")
    await mine.until(lambda: ids(mine))
    await other.until(lambda: ids(other))
    assert ids(mine) == ["mine"]
    assert ids(other) == ["theirs"]


@pytest.mark.feature(157, 148)
async def test_what_was_missed_in_a_drop_comes_once_and_in_order(streams):
    """Dropped again and again while somebody publishes: the whole sequence, each number once."""
    seen: list[Client] = []

    async def publish_all() -> None:
        for number in range(1, 61):
            await streams.publish("crowd:x", str(number))

    publishing = asyncio.create_task(publish_all())
    position = "0"
    while True:
        client = await streams.open("crowd:x", last_event_id=position)
        seen.append(client)
        await client.until(lambda c=client: ids(c))
        await client.close()
        position = client.position
        if ids(seen)[-1] == "60":
            break
    await publishing
    assert ids(seen) == numbers(1, 60)
    assert len(seen) > 2


@pytest.mark.feature("157/query")
async def test_a_new_connection_gives_its_position_in_the_address(streams):
    await streams.publish("crowd:x", *numbers(1, 3))
    client = await streams.open("crowd:x", query="last_event_id=1")
    await client.until(lambda: ids(client) == ["2", "3"])
    # The header is the browser's own and newer than the address that the page was made with.
    newer = await streams.open("crowd:x", query="last_event_id=1", last_event_id="2")
    await newer.until(lambda: ids(newer))
    assert ids(newer) == ["3"]


@pytest.mark.feature("157/channels")
async def test_a_stream_of_several_channels_has_one_position(streams):
    await streams.publish("crowd:x", "x1")
    client = await streams.open("crowd:x,list:y")
    assert client.position == "1.0"
    await streams.publish("list:y", "y1")
    await client.until(lambda: ids(client) == ["y1"])
    assert client.position == "1.1"
    await client.close()
    await streams.publish("crowd:x", "x2")
    await streams.publish("list:y", "y2")
    again = await streams.open("crowd:x,list:y", last_event_id=client.position)
    await again.until(lambda: len(ids(again)) == 2)
    assert sorted(ids(again)) == ["x2", "y2"]
    assert again.position == "2.2"


@pytest.mark.parametrize("position", ["9", "x", "-1", "1.2", "9" * 40])
async def test_a_position_that_cannot_be_continued_gets_a_snapshot(streams, position):
    streams.rows.append({"id": "now"})
    await streams.publish("list:x", "1")
    client = await streams.open("list:x", last_event_id=position)
    await client.until(lambda: client.named("snapshot"))
    assert json.loads(client.named("snapshot")[0].data) == {
        "channel": "list:x",
        "rows": [{"id": "now"}],
    }
    assert client.position == "1"
    await streams.publish("list:x", "2")
    await client.until(lambda: ids(client) == ["2"])


async def test_too_old_a_position_is_told_to_load_again(streams, db):
    await streams.publish("crowd:x", *numbers(1, 4))
    db.rows("delete from realtime_events where channel = 'crowd:x' and seq <= 2")
    client = await streams.open("crowd:x", query="as=html", last_event_id="1")
    await client.until(lambda: client.named("reset"))
    assert client.position == "4"


@pytest.mark.feature("148/html")
async def test_documents_get_fragments_and_a_broken_one_spoils_nothing(streams):
    client = await streams.open("crowd:x", query="as=html")
    await streams.publish("crowd:x", "1", "bad", "2", kind="tip.paid")
    await client.until(lambda: client.named("list"))
    assert [m.data for m in client.named("total")] == ["<b>2</b>"]
    assert client.named("list")[0].data == "<li>\n1</li>\n<li>\nbad</li>\n<li>\n2</li>"
    await streams.publish("crowd:x", "3", kind="broken")
    await streams.publish("crowd:x", "4")
    await client.until(lambda: [m.data for m in client.named("total")][-1] == "<b>4</b>")
    assert (await streams.open("tips:x", query="as=html", session="owner")).status == 404
    assert (await streams.open("crowd:x", query="as=xml")).status == 404


@pytest.mark.feature("158/debouncing")
async def test_a_hundred_updates_in_a_second_are_at_most_five_pushes(streams):
    listeners = [await streams.open("crowd:x") for _ in range(3)]
    document = await streams.open("crowd:x", query="as=html")
    before = [client.pushes for client in [*listeners, document]]

    async def update(number: int) -> None:
        await asyncio.sleep(number / 101)
        await streams.publish("crowd:x", str(number))

    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(update(number) for number in range(100)))
    for client in listeners:
        await client.until(lambda c=client: len(ids(c)) == 100)
    await document.until(lambda: document.position == "100")
    # One push at once and then one in 0.25 s; a slow machine takes longer for the hundred.
    allowed = 5 * max(1.0, loop.time() - started)
    for client, at_first in zip([*listeners, document], before, strict=True):
        assert client.pushes - at_first <= allowed
    for client in listeners:
        assert sorted(ids(client), key=int) == numbers(0, 99)


async def test_of_a_row_that_changes_often_only_the_latest_is_sent(streams, db):
    client = await streams.open("crowd:x")
    await streams.publish("crowd:x", "a", "b", "a", "a")
    await client.until(lambda: ids(client))
    assert ids(client) == ["b", "a"]
    assert client.position == "4"


class TestHeartbeat:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(heartbeat=0.15, write_timeout=0.3)

    @pytest.fixture(params=[0, 2])
    def layers(self, request) -> int:
        return request.param

    @pytest.mark.feature(148, "158/heartbeat")
    async def test_a_named_ping_comes_again_and_again(self, streams):
        client = await streams.open("crowd:x")
        await client.until(lambda: len(client.named("ping")) >= 4)
        assert client.position == "0"

    async def test_a_phone_that_takes_nothing_is_let_go(self, streams):
        """It opened the stream and never reads; its socket fills up, and then it is ended."""
        _, writer = await asyncio.open_connection("127.0.0.1", streams.port, limit=1)
        writer.transport.pause_reading()
        writer.write(b"GET /api/stream/crowd:x HTTP/1.1\r\nhost: x\r\nx-session: \r\n\r\n")
        steady = await streams.open("crowd:y")
        while streams.hub.count < 2:
            await asyncio.sleep(0.01)
        async with asyncio.timeout(60):
            while streams.hub.count > 1:
                await streams.publish("crowd:x", *(f"{n}{'x' * 30_000}" for n in range(20)))
                await asyncio.sleep(0.05)
        assert not steady.closed
        await streams.publish("crowd:y", "still here")
        await steady.until(lambda: ids(steady))
        writer.transport.abort()

    async def test_a_session_that_ended_elsewhere_is_found_out(self, streams, world):
        allowed = [True]

        async def recheck() -> bool:
            return allowed[0]

        streams.sessions["owner"] = replace(streams.sessions["owner"], recheck=recheck)
        client = await streams.open(f"tips:{world.a}", session="owner")
        await client.until(lambda: len(client.named("ping")) >= 3)
        allowed[0] = False
        await client.until(lambda: client.closed)


@pytest.mark.feature("32/streams")
async def test_dropping_a_session_ends_its_streams_and_no_other(streams, world):
    owner = await streams.open(f"tips:{world.a}", session="owner")
    outsider = await streams.open(f"tips:{world.b}", session="outsider")
    await streams.hub.drop([world.owner.user_id])
    await owner.until(lambda: owner.closed)
    await streams.publish(f"tips:{world.b}", "1")
    await outsider.until(lambda: ids(outsider))
    assert streams.hub.count == 1


@pytest.mark.feature("157/database")
async def test_events_published_while_the_hub_lost_its_connection_arrive_once(streams, db):
    client = await streams.open("crowd:x")
    await streams.publish("crowd:x", "1")
    await client.until(lambda: ids(client) == ["1"])
    with psycopg.connect(db.url("postgres"), autocommit=True) as admin:
        killed = admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'djplatform-hub' and datname = current_database()"
        ).fetchall()
        assert killed == [(True,)]
        await streams.publish("crowd:x", "2")
        await streams.publish("crowd:x", "3")
    await client.until(lambda: len(ids(client)) >= 3)
    await streams.publish("crowd:x", "4")
    await client.until(lambda: len(ids(client)) >= 4)
    assert ids(client) == ["1", "2", "3", "4"]
    assert not client.closed


@pytest.mark.feature("146/late-commit")
async def test_a_transaction_that_commits_late_is_not_skipped(streams, db):
    """Its number of transaction is older than what the hub has read already."""
    client = await streams.open("crowd:slow,crowd:fast")
    event = '[{"channel": "crowd:slow", "kind": "x", "payload": {"id": "late"}}]'
    with psycopg.connect(db.url("postgres")) as slow:
        slow.execute("select app.publish(%s)", (event,))
        for number in range(3):
            await streams.publish("crowd:fast", str(number))
            await client.until(lambda n=number: str(n) in ids(client))
        slow.commit()
    await client.until(lambda: "late" in ids(client))
    assert ids(client) == ["0", "1", "2", "late"]


async def test_closing_ends_every_stream_and_admits_no_more(streams):
    clients = [await streams.open("crowd:x") for _ in range(50)]
    await streams.hub.close()
    for client in clients:
        await client.until(lambda c=client: c.closed)
    assert streams.hub.count == 0
    refused = await streams.open("crowd:x")
    assert refused.status == 503
    assert refused.headers["retry-after"] == "5"


async def test_at_the_limit_a_stream_is_refused_and_leaving_makes_room(streams, monkeypatch):
    monkeypatch.setattr(streams.hub, "_limit", 2)
    first = await streams.open("crowd:x")
    await streams.open("crowd:x")
    refused = await streams.open("crowd:x")
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    await first.close()
    async with asyncio.timeout(5):
        while streams.hub.count == 2:
            await asyncio.sleep(0.01)
    assert (await streams.open("crowd:x")).status == 200


async def test_nothing_stays_in_memory_when_the_last_listener_left(streams):
    client = await streams.open("crowd:x")
    assert streams.hub.listeners("crowd:x") == 1
    await client.close()
    async with asyncio.timeout(5):
        while streams.hub.count:
            await asyncio.sleep(0.01)
    assert streams.hub.listeners("crowd:x") == 0
    assert not streams.hub._feeds
    assert not streams.hub._audiences


async def test_a_slow_phone_gets_everything_in_order_when_it_reads_again(streams):
    """What the socket did not take is kept, and sent as soon as there is room."""
    slow = await streams.open("crowd:x")
    slow.writer.transport.pause_reading()
    text = "x" * 30_000
    number = 0
    [listener] = streams.hub._everybody()
    while not listener.stuck(0) or number % 20:
        await streams.publish("crowd:x", *(f"{number}-{part}-{text}" for part in range(4)))
        number += 1
    slow.writer.transport.resume_reading()
    await slow.until(lambda: len(ids(slow)) == 4 * number, seconds=30)
    expected = [f"{turn}-{part}" for turn in range(number) for part in range(4)]
    assert [identifier.removesuffix(f"-{text}") for identifier in ids(slow)] == expected
