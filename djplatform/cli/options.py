"""Options that several commands have."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from djplatform.settings import ROOT

Json = Annotated[
    bool,
    Parameter(
        name="--json",
        negative="",
        show_default=False,
        help="Print one JSON object as the last line of standard output.",
    ),
]
DataDir = Annotated[
    Path | None,
    Parameter(
        name="--data-dir",
        help="Where data, secrets and logs lie; `.data` of the checkout when not given.",
    ),
]


def chosen_data_dir(given: Path | None) -> Path:
    """The data directory of a command: what was typed, else `DJP_DATA_DIR`, else `.data`."""
    place = given or Path(os.environ.get("DJP_DATA_DIR") or ROOT / ".data")
    return place.expanduser().absolute()
