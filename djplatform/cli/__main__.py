"""Run by `up` for its children: `python -m djplatform.cli web`."""

from djplatform.cli import main

main()
