"""Shows at the end of a run what Lighthouse said about the pages that the tests measured."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

PROPERTY = "page_speed"
"""`record_property(PROPERTY, {"page": path, **figures})` in a test."""
COLUMNS = {
    "page": "page",
    "performance": "perf",
    "accessibility": "a11y",
    "best_practices": "best",
    "seo": "seo",
    "fcp_ms": "FCP ms",
    "lcp_ms": "LCP ms",
    "tti_ms": "TTI ms",
    "cls": "CLS",
    "html_bytes": "HTML B",
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the table, when there is one."""
    found = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for key, value in report.user_properties
        if key == PROPERTY
    ]
    if found:
        terminalreporter.section("Lighthouse on a phone")
        for line in table(found):
            terminalreporter.line(line)


def table(pages: list[Mapping[str, Any]]) -> Iterator[str]:
    """One line for the heads and one for each page, which is named once."""
    rows = {str(page["page"]): [str(page[name]) for name in COLUMNS] for page in pages}
    cells = [list(COLUMNS.values()), *rows.values()]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
