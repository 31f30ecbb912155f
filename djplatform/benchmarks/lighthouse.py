"""Lighthouse on a phone: the landing page and a fan's page, against the limits we set ourselves.

The limits are the product's, not a peer's: performance 98, the other three categories 100, first
contentful paint 0.8 s, 50 kB of HTML. `ratio` is the worst of measured ÷ limit, so that 1 or less
passes.
"""

import json
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import stamina

from djplatform.browser import ARGUMENTS, chromium_path, node_environment, npm_install
from djplatform.settings import ROOT
from djplatform.temporary import temporary_product

VERSION = "13.5.0"
RUNS = 3
PATIENCE_SECONDS = 180
PAGES = ("/", "/t/jay-martell")
PERFORMANCE, OTHERS, PAINT_MS, HTML_BYTES = 98, 100, 800, 50_000


@dataclass(frozen=True, slots=True)
class Figures:
    """What Lighthouse says about one page: scores out of 100, times in ms, sizes in bytes."""

    performance: float
    accessibility: float
    best_practices: float
    seo: float
    fcp_ms: float
    """First contentful paint."""
    lcp_ms: float
    """Largest contentful paint."""
    tti_ms: float
    """Time to interactive."""
    cls: float
    """Cumulative layout shift, without a unit."""
    total_bytes: float
    html_bytes: float

    @property
    def ratio(self) -> float:
        """The worst of measured ÷ limit; 1 or less is within all of them."""
        others = (self.accessibility, self.best_practices, self.seo)
        ratios = [
            PERFORMANCE / max(self.performance, 1),
            *(OTHERS / max(score, 1) for score in others),
            self.fcp_ms / PAINT_MS,
            self.html_bytes / HTML_BYTES,
        ]
        return round(max(ratios), 3)


def run() -> dict[str, Any]:
    """Measure both pages of a temporary demo product; medians of three runs."""
    program = install()
    with temporary_product() as product:
        pages = {path: _page(program, product.url + path) for path in PAGES}
    worst = max(page["ratio"] for page in pages.values())
    return {
        "name": "lighthouse",
        "ours": min(page["performance"] for page in pages.values()),
        "peer": PERFORMANCE,
        "ratio": worst,
        "unit": "worst of measured ÷ limit over performance, FCP and HTML size",
        "passed": worst <= 1,
        "pages": pages,
    }


def install() -> Path:
    """Lighthouse from the npm registry, kept in the checkout's cache for the next time."""
    folder = ROOT / ".cache" / f"lighthouse-{VERSION}"
    npm_install(folder, f"lighthouse@{VERSION}")
    return folder / "node_modules" / "lighthouse" / "cli" / "index.js"


def _page(program: Path, url: str) -> dict[str, Any]:
    reports = [report(program, url) for _ in range(RUNS)]
    found = median([figures(one, html_bytes(url)) for one in reports])
    return {**asdict(found), "ratio": found.ratio, "failing": failing(reports[0])}


def measure(program: Path, url: str) -> Figures:
    """One run on one page."""
    return figures(report(program, url), html_bytes(url))


def figures(report: Mapping[str, Any], html: int) -> Figures:
    """The figures of one report; `html` are the bytes of the page's own HTML."""
    scores, audits = report["categories"], report["audits"]
    return Figures(
        performance=round(100 * scores["performance"]["score"]),
        accessibility=round(100 * scores["accessibility"]["score"]),
        best_practices=round(100 * scores["best-practices"]["score"]),
        seo=round(100 * scores["seo"]["score"]),
        fcp_ms=round(audits["first-contentful-paint"]["numericValue"]),
        lcp_ms=round(audits["largest-contentful-paint"]["numericValue"]),
        tti_ms=round(audits["interactive"]["numericValue"]),
        cls=round(audits["cumulative-layout-shift"]["numericValue"], 4),
        total_bytes=round(audits["total-byte-weight"]["numericValue"]),
        html_bytes=html,
    )


def median(several: Sequence[Figures]) -> Figures:
    """The median of each figure by itself."""
    values = [asdict(one) for one in several]
    return Figures(**{name: statistics.median(v[name] for v in values) for name in values[0]})


def failing(report: Mapping[str, Any]) -> list[str]:
    """The audits that cost points, for whoever mends the page."""
    return sorted(
        reference["id"]
        for category in report["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"]
        and (score := report["audits"][reference["id"]]["score"]) is not None
        and score < 1
    )


def html_bytes(url: str) -> int:
    """The size of a page's HTML before compression."""
    return len(httpx.get(url, timeout=30).raise_for_status().content)


@stamina.retry(on=subprocess.SubprocessError, attempts=5, timeout=None)
def report(program: Path, url: str) -> dict[str, Any]:
    """One report.

    Tried again when Chromium did not come up in time, or recorded a trace without its beginning
    (Lighthouse's NO_NAVSTART, after which it asks to be run once more).
    """
    node = shutil.which("node", path=node_environment()["PATH"])
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "report.json"
        subprocess.run(
            [
                str(node),
                str(program),
                url,
                "--quiet",
                "--output=json",
                f"--output-path={target}",
                f"--chrome-flags={' '.join(ARGUMENTS)}",
            ],
            check=True,
            timeout=PATIENCE_SECONDS,
            env={**node_environment(), "CHROME_PATH": str(chromium_path())},
        )
        return json.loads(target.read_text())
