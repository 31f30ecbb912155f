"""`--feature-table FILE`: which tests prove which row of the feature list, as JSON."""

import json
from pathlib import Path

import pytest

from tests.plugins.one_at_a_time import GROUP

_PROPERTY = "feature_rows"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--feature-table", metavar="FILE", help="write the proven rows as JSON")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--feature-table") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FeatureTable(config), "feature-table")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        rows = [str(row) for mark in item.iter_markers("feature") for row in mark.args]
        if rows:
            # Reports carry user properties over from xdist's workers.
            item.user_properties.append((_PROPERTY, rows))


class FeatureTable:
    """Gathers outcomes by row; a row passes when each of its tests passed and one ran."""

    def __init__(self, config: pytest.Config) -> None:
        self.target = Path(config.getoption("--feature-table"))
        self.outcomes: dict[str, dict[str, bool]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rows = next((value for key, value in report.user_properties if key == _PROPERTY), [])
        name = report.nodeid.removesuffix(f"@{GROUP}")  # which xdist adds
        for row in rows:
            tests = self.outcomes.setdefault(row, {})
            tests[name] = tests.get(name, True) and report.passed

    def pytest_sessionfinish(self) -> None:
        table = {
            row: {"tests": sorted(tests), "passed": all(tests.values())}
            for row, tests in sorted(self.outcomes.items())
        }
        self.target.write_text(json.dumps(table, indent=2) + "\n")
