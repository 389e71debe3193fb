"""The way into 3ds Max: the only file that imports pymxs, and only when it is called.

Everything else takes the runtime as an argument, so that it works on a fake where there is no 3ds Max. pymxs may be
called on 3ds Max's main thread only (Autodesk, "3ds Max Python API: pymxs"). Written in Python 3.9, as all that runs
inside 3ds Max on a render node.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flatiron_tasks.contracts.errors import SettingsError


def pymxs_module() -> Any:
    """The module `pymxs`: contexts and `byref`. Raises SettingsError outside 3ds Max."""
    try:
        return import_module("pymxs")
    except ImportError as error:
        raise SettingsError(
            "There is no 3ds Max around this program.",
            why=str(error),
            advice="Run it inside 3ds Max (2022 or later) or through 3dsmaxbatch.",
        ) from error


def runtime() -> Any:
    """The object `pymxs.runtime`: MAXScript's globals. Raises SettingsError outside 3ds Max."""
    return pymxs_module().runtime
