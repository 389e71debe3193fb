"""Compiled loops: what numpy cannot do in one pass over memory.

Everything that is compiled works on integers and bit patterns, never on floating-point sums, so that its results are
the same on every processor (I4). Machine code is kept on disk; only the first process on a machine waits for the
compiler.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import platformdirs

Function = TypeVar("Function", bound=Callable[..., Any])

_log = logging.getLogger(__name__)


def compiled(function: Function) -> Function:
    """Compile `function` on its first call, without the interpreter lock, so that threads run it side by side."""
    return cast("Function", numba.njit(nogil=True, cache=_CACHED)(function))


def _use_cache() -> bool:
    """Point Numba at a folder for exactly these sources; whether there is one.

    Numba itself looks only at the file of the function that is called: a change in a compiled function that it calls
    in another file would go unnoticed, and an update of Flatiron would go on with old code.
    """
    configured = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(configured or platformdirs.user_cache_path("flatiron") / "compiled") / _sources_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        _log.warning("Compiled code cannot be kept in %s: every process compiles again, for some seconds.", folder)
        return False
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]  # Numba sets its options by name
    return True


def _sources_digest() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        text = source.read_bytes()
        digest.update(text if b"@compiled" in text else b"")
    return digest.hexdigest()[:16]


_CACHED = _use_cache()
