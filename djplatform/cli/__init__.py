"""The `djplatform` command."""

import sys


def main() -> None:
    """Run one command and exit; Ctrl-C while modules are still being loaded is no accident."""
    try:
        from djplatform.cli.app import run

        sys.exit(run())
    except KeyboardInterrupt:
        sys.exit(130)
