"""The type checker finds nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from djplatform.settings import ROOT


@pytest.mark.feature(393)
def test_pyright_is_clean() -> None:
    checker = Path(sys.executable).parent / "pyright"
    found = subprocess.run(
        [str(checker), "--pythonpath", sys.executable], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout[-4000:]
