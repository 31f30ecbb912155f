"""What goes wrong in a hub stays where it went wrong, and is over when its cause is."""

import asyncio
import os
import signal

import psycopg
import pytest
from granian.constants import Interfaces

from djplatform.core.db import Scope, unit
from djplatform.core.realtime import publish
from djplatform.core.realtime.audience import REPLAY
from djplatform.core.realtime.bus import Bus, BusUnavailable
from djplatform.core.realtime.delivery import Pace
from djplatform.core.realtime.endpoint import MAX_CHANNELS, Admission, StreamEndpoint
from djplatform.core.realtime.frames import RETRY, Rendering
from djplatform.core.realtime.hub import Hub, HubClosing
from djplatform.core.realtime.listener import Listener
from tests.core.realtime.conftest import Visitor
from tests.core.realtime.test_streams import ids, numbers
from tests.serving import free_port, serving


async def until(there) -> None:
    async with asyncio.timeout(20):
        while not there():
            await asyncio.sleep(0.01)


async def test_a_row_that_cannot_be_written_spoils_no_other_and_no_other_stream(streams) -> None:
    client = await streams.open("odd:x")
    neighbour = await streams.open("crowd:x")
    await streams.publish("odd:x", "before", "nameless", "object", "after")
    await client.until(lambda: ids(client) == ["before", "after"])
    await streams.publish("odd:x", "later")
    await streams.publish("crowd:x", "1")
    await client.until(lambda: ids(client)[-1] == "later")
    await neighbour.until(lambda: ids(neighbour) == ["1"])


async def test_an_audience_that_fails_is_ended_and_the_others_are_served(
    streams, monkeypatch
) -> None:
    broken, neighbour = await streams.open("crowd:x"), await streams.open("crowd:y")
    [audience] = [a for a in streams.hub._audiences.values() if a.feeds[0].name == "crowd:x"]
    real = type(audience).start

    def start(self) -> None:
        if self is audience:
            raise KeyError("a bug of ours")
        real(self)

    monkeypatch.setattr(type(audience), "start", start)
    await streams.publish("crowd:x", "1")
    await broken.until(lambda: broken.closed)
    await streams.publish("crowd:y", "2")
    await neighbour.until(lambda: ids(neighbour) == ["2"])
    again = await streams.open("crowd:x", last_event_id=broken.position)
    await again.until(lambda: ids(again) == ["1"])


async def test_a_socket_that_raises_ends_alone(streams) -> None:
    steady, odd = await streams.open("crowd:x"), await streams.open("crowd:x")
    listener = max(streams.hub._everybody(), key=lambda one: one.slot)

    async def send(message) -> None:
        raise KeyError("a layer's bug")

    listener._send = send
    await streams.publish("crowd:x", "1")
    await steady.until(lambda: ids(steady) == ["1"])
    await odd.until(lambda: odd.closed)


async def test_who_fails_at_an_event_takes_no_other_event_of_its_batch_along(
    streams, world
) -> None:
    heard = []

    def fails(event) -> None:
        heard.append(event.seq)
        raise KeyError("a bug of ours")

    streams.hub.hear("crowd:bad", fails)
    client = await streams.open("crowd:x")
    async with unit(Scope.system(world.a)) as tx:
        for channel, number in (("crowd:bad", "1"), ("crowd:x", "2"), ("crowd:x", "3")):
            await publish(tx, channel, "tip.paid", {"id": number})
    await client.until(lambda: ids(client) == ["2", "3"])
    assert heard == [1]


async def test_a_connection_that_cannot_listen_is_closed_and_tried_again(
    streams, db, monkeypatch
) -> None:
    bus, really = streams.hub._bus, type(streams.hub._bus)._listen
    refused = []

    async def refuse_once(self, connection) -> None:
        if not refused:
            refused.append(connection)
            raise psycopg.OperationalError("too many connections")
        await really(self, connection)

    monkeypatch.setattr(type(bus), "_listen", refuse_once)
    db.rows(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'djplatform-hub' and datname = current_database()"
    )
    await until(lambda: refused and streams.hub.connected)
    assert refused[0].closed
    client = await streams.open("crowd:x")
    await streams.publish("crowd:x", "1")
    await client.until(lambda: ids(client) == ["1"])


async def test_without_a_database_a_hub_admits_nobody_and_still_ends(streams) -> None:
    async with Hub("postgresql://nobody@127.0.0.1:9/nowhere").running() as hub:
        assert not hub.connected
        with pytest.raises(BusUnavailable):
            hub.admit()
        with pytest.raises(BusUnavailable):
            await hub._bus.history(["crowd:x"], 1, lambda *_: None)
    with pytest.raises(HubClosing):
        hub.admit()


async def test_an_end_in_the_middle_of_a_question_answers_it_with_a_refusal(db) -> None:
    bus = Bus(db.url("djp_hub"), lambda _: None, answer_seconds=0.5)
    bus.start()
    await until(lambda: bus.connected)
    with psycopg.connect(db.url("postgres")) as admin:
        admin.execute("lock table realtime_channels in access exclusive mode")
        asked = asyncio.create_task(bus.history(["crowd:x"], 1, lambda *_: None))
        waiting = (
            "select 1 from pg_stat_activity where application_name = 'djplatform-hub'"
            " and datname = current_database() and wait_event_type = 'Lock'"
        )
        await until(lambda: db.rows(waiting))
        await bus.stop()
        with pytest.raises(BusUnavailable):
            await asked
    assert not bus.connected


async def test_a_channel_that_is_no_kind_holds_no_place(streams) -> None:
    stream = streams.hub.stream(Listener(None), ("no:kind",), Rendering("rows"), Visitor())
    with pytest.raises(LookupError):
        await stream.__aenter__()
    assert streams.hub.count == 0
    assert streams.hub._feeds == {}


async def test_too_many_channels_for_one_stream_are_refused(streams) -> None:
    most = [f"crowd:{number}" for number in range(MAX_CHANNELS)]
    assert (await streams.open(",".join([*most, "crowd:x"]))).status == 404
    assert (await streams.open(",".join(most))).status == 200


async def test_a_request_that_the_server_ends_is_not_answered_any_more(streams) -> None:
    sent = []

    async def send(message) -> None:
        sent.append(message["type"])

    async def never() -> None:
        await asyncio.Event().wait()

    async def nobody(_connection) -> Admission:
        return Admission(Visitor())

    scope = {"type": "http", "path_params": {"channels": "crowd:x"}, "query_string": b""}
    request = asyncio.create_task(
        StreamEndpoint(streams.hub, nobody)(scope | {"headers": []}, never, send)
    )
    await until(lambda: len(sent) == 2)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert sent == ["http.response.start", "http.response.body"]
    assert streams.hub.count == 0


async def test_what_shows_nothing_of_itself_is_passed_over(streams, world) -> None:
    client = await streams.open("crowd:x")
    async with unit(Scope.system(world.a)) as tx:
        await publish(tx, "crowd:x", "tip.paid", {"no": "id"})
        await publish(tx, "crowd:x", "tip.paid", {"id": "2"})
    await client.until(lambda: client.position == "2")
    assert ids(client) == ["2"]


async def test_a_batch_that_fails_does_not_make_the_hub_deaf(streams, monkeypatch) -> None:
    """Who missed something by it is told to come back, and then gets it."""
    client = await streams.open("crowd:x")
    take = streams.hub._bus._on_events
    failed = []

    def once(events) -> None:
        if failed:
            take(events)
        else:
            failed.extend(events)
            raise KeyError("a bug of ours")

    monkeypatch.setattr(streams.hub._bus, "_on_events", once)
    await streams.publish("crowd:x", "1")
    await until(lambda: failed)
    await streams.publish("crowd:x", "2")
    await client.until(lambda: client.closed)
    again = await streams.open("crowd:x", last_event_id=client.position)
    await again.until(lambda: ids(again) == ["1", "2"])


async def test_a_burst_does_not_get_past_the_limit(streams, monkeypatch) -> None:
    """All of them ask before the first has its place."""
    monkeypatch.setattr(streams.hub, "_limit", 3)
    clients = await asyncio.gather(*(streams.open("asked:x") for _ in range(40)))
    assert sorted(client.status for client in clients) == [200] * 3 + [503] * 37
    assert streams.hub.count == 3


@pytest.mark.parametrize("end", ["close", "drop"])
async def test_a_stream_that_is_just_being_opened_ends_too(streams, world, end) -> None:
    opening = asyncio.create_task(streams.open("slow:x", session="owner"))
    await until(lambda: streams.hub._opening)
    if end == "close":
        await streams.hub.close()
    else:
        await streams.hub.drop([world.owner.user_id])
    client = await opening
    await client.until(lambda: client.closed)
    assert (client.status, client.messages) == (200, [])  # a refusal would end it for good
    assert streams.hub.count == 0


async def test_who_is_more_behind_than_is_kept_gets_the_whole(streams) -> None:
    await streams.publish("list:x", *numbers(1, REPLAY + 1))
    streams.rows.append({"id": "now"})
    near = await streams.open("list:x", last_event_id="1")
    assert len(ids(near)) == REPLAY
    far = await streams.open("list:x", last_event_id="0")
    assert len(far.named("snapshot")) == 1
    assert far.position == near.position == str(REPLAY + 1)
    page = await streams.open("crowd:x", query="as=html")
    await streams.publish("crowd:x", *numbers(1, REPLAY + 1))
    await page.until(lambda: page.position == str(REPLAY + 1))
    late = await streams.open("crowd:x", query="as=html", last_event_id="0")
    assert [message.data for message in late.named("reset")] == ["crowd:x"]


async def test_who_falls_too_far_behind_while_it_joins_comes_back(streams) -> None:
    keeper = await streams.open("crowd:x")
    opening = asyncio.create_task(streams.open("crowd:x,slow:x", last_event_id="0.9"))
    await until(lambda: streams.hub._opening)
    await streams.publish("crowd:x", *numbers(1, REPLAY + 1))
    await keeper.until(lambda: keeper.position == str(REPLAY + 1))
    streams.gate.set()
    client = await opening
    await client.until(lambda: client.closed)
    assert client.status == 200
    assert "change" not in {message.event for message in client.messages}
    again = await streams.open("crowd:x,slow:x", last_event_id=client.position or "0.9")
    assert again.position == f"{REPLAY + 1}.0"


async def test_a_stream_that_ends_before_its_first_event_is_still_a_stream() -> None:
    """When head and end left together, the server made them a response of length 0 instead."""

    async def app(scope, receive, send) -> None:
        if scope["type"] == "http":
            listener = Listener(send)
            await listener.start()
            await listener.finish()

    port = free_port()
    async with serving(app, port, Interfaces.ASGINL), asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in head
        rest = await reader.readuntil(b"\r\n0\r\n\r\n")
        assert RETRY in rest
        writer.close()


class TestSilence:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(heartbeat=60, poll=0.2, answer=0.5)

    @pytest.mark.feature("157/silence")
    @pytest.mark.skipif(os.geteuid() != 0, reason="the server's processes are another user's")
    async def test_a_server_that_falls_silent_is_left_for_a_new_connection(
        self, streams, db
    ) -> None:
        """Its connection stands and nothing answers: as behind a network that drops packets."""
        client = await streams.open("crowd:x")
        [hub] = db.rows(
            "select pid from pg_stat_activity where application_name = 'djplatform-hub' "
            "and datname = current_database()"
        )
        os.kill(hub["pid"], signal.SIGSTOP)
        try:
            await streams.publish("crowd:x", "1")
            await client.until(lambda: ids(client) == ["1"], seconds=30)
        finally:
            os.kill(hub["pid"], signal.SIGCONT)


class TestJoining:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(heartbeat=60, merge=1.5)

    async def test_who_heard_it_elsewhere_is_not_told_again_what_is_pending_here(
        self, streams
    ) -> None:
        here = await streams.open("crowd:x")
        await streams.publish("crowd:x", "1")
        await here.until(lambda: ids(here) == ["1"])
        await streams.publish("crowd:x", "2")  # within the interval: it waits to be merged
        await until(lambda: streams.hub._feeds["crowd:x"].seq == 2)
        ahead = await streams.open("crowd:x", last_event_id="2")
        await streams.publish("crowd:x", "3")
        await ahead.until(lambda: ids(ahead))
        assert ids(ahead) == ["3"]


class TestAsking:
    @pytest.fixture
    def pace(self) -> Pace:
        return Pace(heartbeat=0.2)

    async def test_who_cannot_be_asked_about_right_now_stays(self, streams, world) -> None:
        asked = []

        async def away() -> bool:
            asked.append(1)
            raise psycopg.OperationalError("the database is away")

        streams.sessions["owner"] = Admission(Visitor(world.owner), recheck=away)
        client = await streams.open("crowd:x", session="owner")
        await until(lambda: len(asked) > 2)
        await streams.publish("crowd:x", "1")
        await client.until(lambda: ids(client) == ["1"])
        assert not client.closed

    async def test_a_heartbeat_reaches_a_full_house(self, streams, monkeypatch) -> None:
        monkeypatch.setattr("djplatform.core.realtime.hub._AT_ONCE", 1)
        clients = [await streams.open("crowd:x") for _ in range(20)]
        for client in clients:
            # The first one is the hello of the stream.
            await client.until(lambda one=client: len(one.named("ping")) > 2)


class TestBroken:
    @pytest.fixture
    def pace(self) -> Pace:
        """Nothing but a page that opens finds the connection broken."""
        return Pace(heartbeat=60, poll=600)

    async def test_a_connection_that_is_found_broken_is_made_anew(self, streams) -> None:
        """A page that opens meanwhile is asked to come back in a moment."""
        bus = streams.hub._bus
        before = bus._connection
        bus._stop_watching()
        await before.close()
        refused = await streams.open("crowd:x")
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        assert streams.hub.count == 0
        assert streams.hub._feeds == {}
        await until(lambda: streams.hub.connected and bus._connection is not before)
        client = await streams.open("crowd:x")
        await streams.publish("crowd:x", "1")
        await client.until(lambda: ids(client) == ["1"])
