"""Where the node program lies that goes into every job folder. It is made when the package is built, never here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.contracts.layout import NODE_PROGRAM

VARIABLE: Final = "FLATIRON_NODE_PROGRAM"


def packaged_node_program() -> bytes:
    """The bytes of the `node.pyz` beside this package, or of the file that FLATIRON_NODE_PROGRAM names.

    Raises SettingsError.
    """
    path = Path(os.environ.get(VARIABLE) or Path(__file__).with_name(NODE_PROGRAM))
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The node program {path} cannot be read.",
            why=str(error),
            advice=f"Install the package again; from a checkout, let {VARIABLE} name a `node.pyz`.",
        ) from error
