r"""Ask a real 3ds Max whether it is as Flatiron believes; writes one JSON and prints its path. Python 3.10.

In 3ds Max:   Scripting > Run Script..., this file (it asks before it resets a scene with changes)
Without one:  set FLATIRON_PROBE=1
              3dsmaxbatch.exe flatiron_max_probe.py -dm on -v 5 -mxsString flatiron_probe:C:\answers

The answers land in that folder, in the one that FLATIRON_PROBE_FOLDER names, or in the user's home. Works in the
installed package and in a checkout. Nothing leaves this machine.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

RESULT_OPTION = "flatiron_probe"
FOLDER_VARIABLE = "FLATIRON_PROBE_FOLDER"


def main() -> None:
    """Ask, and say where the answers are. Never raises into 3ds Max."""
    python_path = tuple(sys.path)
    try:
        here = Path(inspect.getsourcefile(main) or __file__).resolve().parent  # 3ds Max may give no __file__
        contents = tell_python(here)
        pymxs = import_module("pymxs")
        out = answer_folder(pymxs.runtime)
        path = import_module("max_probe.run").main(pymxs, out, contents=contents, python_path=python_path)
        print(f"Flatiron: the answers are in {path}" if path else "Flatiron: nothing was asked.")  # noqa: T201
    except Exception:  # noqa: BLE001 - the border to 3ds Max; batch would end with a dialog
        print(f"Flatiron: the questions could not be asked.\n{traceback.format_exc()}")  # noqa: T201


def tell_python(here: Path) -> Path | None:
    """Put our packages on Python's path. Returns `Contents` of the bundle; None in a checkout."""
    contents = here.parent
    in_bundle = (contents / "python" / "max_submitter").is_dir()
    ours = [contents / "python"] if in_bundle else [here.parents[1]]
    for folder in [*ours, here]:
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    if in_bundle and str(contents / "vendored") not in sys.path:
        sys.path.append(str(contents / "vendored"))
    return contents if in_bundle else None


def answer_folder(runtime: Any) -> Path:
    """Where the answers go."""
    named = os.environ.get(FOLDER_VARIABLE)
    if not named and runtime.maxOps.isInNonInteractiveMode():
        named = runtime.maxOps.mxsCmdLineArgs[runtime.Name(RESULT_OPTION)]
    return Path(str(named)) if named else Path.home()


if __name__ == "__main__":
    main()
