"""Heavy tests share one worker; tried on a small suite in two."""

import re
import subprocess
import sys

from djplatform.settings import ROOT

SUITE = """
import time
import pytest

@pytest.fixture(scope="session")
def product():
    return "a whole product"

def test_by_fixture_{n}(product):
    time.sleep(0.2)

@pytest.mark.heavy
def test_by_mark_{n}():
    time.sleep(0.2)

@pytest.mark.parametrize("number", range(4))
def test_light_{n}(number):
    time.sleep(0.2)
"""


def test_heavy_tests_never_run_beside_each_other(tmp_path):
    for n in range(2):
        (tmp_path / f"test_{n}.py").write_text(SUITE.format(n=n))
    options = ["-n", "2", "--dist=loadgroup", "-p", "tests.plugins.one_at_a_time", "-v"]
    quiet = ["-W", "ignore", "--rootdir", str(tmp_path), "-c", "/dev/null"]
    said = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *quiet, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
    ran = re.findall(r"\[(gw\d)\].* PASSED .*::(test_(?:by|light)\S+)", said.stdout)
    heavy = {worker for worker, name in ran if name.startswith("test_by")}
    light = {worker for worker, name in ran if name.startswith("test_light")}
    assert len(ran) == 12, said.stdout
    assert len(heavy) == 1
    assert light - heavy, "the other worker did nothing"
