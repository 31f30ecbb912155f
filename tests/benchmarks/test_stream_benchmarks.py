"""The stream benchmarks do what they say: everybody hears, and memory is reported."""

import pytest

from djplatform import benchmarks
from djplatform.benchmarks import fanout, sockets, stream_clients

pytestmark = pytest.mark.heavy


@pytest.mark.feature(156)
def test_two_thousand_streams_are_held_and_all_of_them_hear():
    found = sockets.run(2_000, hold=0.5)
    assert (found["sockets"], found["heard"], found["passed"]) == (2_000, 2_000, True)
    assert found["memory_mb"] > 0
    assert found["unit"]


@pytest.mark.feature("155/bench")
def test_fan_out_is_measured_beside_a_peer(monkeypatch):
    monkeypatch.setattr(fanout, "SIZES", (20, 200))
    monkeypatch.setattr(fanout, "TURNS", 1)
    monkeypatch.setattr(fanout, "EVENTS", 2)
    found = fanout.run()
    assert found["name"] == "fanout"
    assert set(found["sizes"]) == {"20", "200"}
    assert found["ratio"] == max(size["ratio"] for size in found["sizes"].values())
    assert found["ours"] > 0
    assert found["peer"] > 0


def test_more_sockets_than_the_machine_allows_is_said_in_words():
    with pytest.raises(stream_clients.NotEnoughFiles, match="open files"):
        stream_clients.raise_file_limit(10**9)


def test_benchmarks_are_found_by_name():
    assert {"fanout", "streams"} <= set(benchmarks.names())
    with pytest.raises(LookupError, match="fanout"):
        benchmarks.run("nothing")
