"""Compiled loops: what numpy cannot do in one pass over memory.

Everything that is compiled works on integers and bit patterns, never on floating-point sums, so that its results are
the same on every processor (I4). Numba keeps the machine code in its cache on disk; only the first process on a machine
waits for the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile `function` on its first call, without the interpreter lock, so that threads run it side by side."""
    return cast("Function", numba.njit(nogil=True, cache=True)(function))
