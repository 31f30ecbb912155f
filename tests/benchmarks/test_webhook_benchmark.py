"""From a webhook to a room full of open booths: the benchmark, held to its limit."""

import pytest

from djplatform.benchmarks import webhooks

pytestmark = pytest.mark.heavy
CROWD = 200


@pytest.mark.feature(155)
def test_two_hundred_booths_show_a_tip_within_a_second():
    found = webhooks.run(events=10, crowd_events=30, crowd=CROWD)
    assert found["events"] == 10
    assert found[f"on_{CROWD}_booths_ms"]["p95"] < webhooks.LIMIT_MS, found
    assert found["passed"], found
