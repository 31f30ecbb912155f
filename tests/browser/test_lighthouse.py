"""The pages that guests meet, as Lighthouse sees them from a phone on a slow line.

Lighthouse computes its times from what a page loads and in which order, not from this machine's
clock alone, so that a busy machine moves them little.
"""

import json

import pytest

from djplatform.benchmarks import lighthouse
from djplatform.temporary import Product

PATHS = ("/", "/t/jay-martell", "/login", "/signup")


@pytest.fixture(scope="module")
def reports(product: Product) -> dict[str, dict]:
    program = lighthouse.install()
    return {path: lighthouse.summary(program, product.url + path, runs=1) for path in PATHS}


@pytest.mark.feature(400)
@pytest.mark.parametrize("path", PATHS)
def test_public_pages_score_90_and_more(reports: dict[str, dict], path: str) -> None:
    report = reports[path]
    assert report["performance"] >= 90, json.dumps(report)
    assert (report["accessibility"], report["best-practices"]) == (100, 100), json.dumps(report)


@pytest.mark.feature(401)
@pytest.mark.parametrize("path", PATHS)
def test_first_paint_interactive_and_shift_are_in_their_limits(
    reports: dict[str, dict], path: str
) -> None:
    report = reports[path]
    assert report["fcp_ms"] < 1_500, json.dumps(report)
    assert report["tti_ms"] < 3_500, json.dumps(report)
    assert report["lcp_ms"] < 2_500, json.dumps(report)
    assert report["cls"] < 0.1, json.dumps(report)
