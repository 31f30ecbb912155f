"""The sandbox stands apart: another process, no code of ours that it is meant to test."""

import subprocess
import sys

LOADED = "import sys, djplatform.sandbox.serve; print(' '.join(sorted(sys.modules)))"


def test_it_loads_neither_features_nor_adapters_nor_the_web() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    loaded = set(answer.stdout.split())
    ours = {name for name in loaded if name.startswith("djplatform.")}
    wrong = ("djplatform.features", "djplatform.vendors", "djplatform.ui", "djplatform.core.db")
    assert not {name for name in ours if name.startswith(wrong)}
    assert not loaded & {"reflex", "sqlalchemy", "fastapi", "stripe"}
