"""The process of one Python contender: `python -m tests.benchmarks.worker CONTENDER REQUEST`.

Prints one line of JSON: seconds of wall and CPU time of the call alone, and what the contender says about itself.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

Contender = Callable[[], Mapping[str, float]]
"""The call that is timed; returns facts about the result."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a contender gets: folders of the pieces and of a tiny workload to warm up with, and where to write.

    `reference` is an image that the contender reads before its time begins, where it needs one.
    """

    pieces: Path
    warm_up: Path
    out: Path
    padding: int = 16
    reference: Path | None = None

    @classmethod
    def from_json(cls, text: str) -> Request:
        """Read what `measure.run_worker` wrote."""
        values = json.loads(text)
        paths = {key: Path(values[key]) for key in ("pieces", "warm_up", "out", "reference") if key in values}
        return cls(**{**values, **paths})


def main(name: str, request: Request) -> None:
    """Prepare a contender (imports, warming up), time its call, and print what it cost."""
    contender: Contender = import_module(f"tests.benchmarks.contenders.{name}").prepare(request)
    started, cpu_started = time.perf_counter(), time.process_time()
    facts = contender()
    costs = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu_started}
    print(json.dumps({**facts, **costs}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1], Request.from_json(sys.argv[2]))
