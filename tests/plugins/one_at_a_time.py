"""Whole products and browsers run one after the other, in one of xdist's workers.

They share what is dear to start, two at once would starve each other on two cores, and what they
install they would install at the same time. The other worker has the light tests meanwhile.
"""

import pytest

GROUP = "heavy"
FIXTURES = frozenset({"browser", "product", "running", "up"})
"""Whoever asks for one of these needs no mark."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group them before xdist, in the same hook, writes the groups into the names of the tests."""
    for item in items:
        if item.get_closest_marker(GROUP) or FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(GROUP))
