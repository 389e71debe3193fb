"""The independent checker: what must hold after a chaos run, read with code of its own.

Imports the standard library, numpy, psutil and redis-py; nothing of the pipeline, its contracts or its programs. What a
texture must look like follows from the formula of the stand-in renderer, written down here a second time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """Something that must not be. `evidence` are paths of files to keep."""

    invariant: str
    job_id: str
    what: str
    evidence: tuple[str, ...] = ()
