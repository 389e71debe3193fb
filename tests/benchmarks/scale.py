"""`python -m tests.benchmarks.scale`: what many jobs cost the pipeline itself, and whether one costs more among many.

The full form has 10 to 10,000 jobs of 100 passes waiting at once, and 50 running while 1,000 wait; it takes some ten
minutes and writes build/bench/scale.json. `--short` takes one minute and writes build/bench/scale-short.json. Exit code
1 if a row is not ok.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from rich.console import Console
from rich.table import Table as RichTable

from flatiron_tasks.pipeline.store import connect
from tests.benchmarks.measure import ROOT
from tests.benchmarks.rows import Row, write_rows
from tests.benchmarks.scale_messages import measure_messages
from tests.benchmarks.scale_rows import rows_of_messages, rows_of_running, rows_of_waiting
from tests.benchmarks.scale_running import measure_running
from tests.benchmarks.scale_waiting import measure_waiting
from tests.benchmarks.tables import of_rows
from workers.embedded.processes import ProcessGroup
from workers.embedded.redis_server import start_redis

_REPORTS = ROOT / "build" / "bench"


@dataclass(frozen=True)
class Form:
    """How much is measured. Each waiting and running job has `passes` passes."""

    report: str
    sizes: tuple[int, ...]
    minutes: int
    passes: int
    running: int
    waiting: int


FULL = Form("scale.json", (10, 100, 1_000, 10_000), minutes=3, passes=100, running=50, waiting=1_000)
SHORT = Form("scale-short.json", (10, 100, 500), minutes=1, passes=20, running=4, waiting=100)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer and smaller jobs")
    form = SHORT if parser.parse_args(arguments).short else FULL
    logging.getLogger("flatiron_tasks").setLevel(logging.ERROR)  # a full sweep warns that it leaves jobs to the next
    rows: list[Row] = []
    for some in _measure(form):
        rows += some
        write_rows(rows, _REPORTS / form.report)
    _print(rows)
    return int(not all(row.ok for row in rows))


def _measure(form: Form) -> Iterator[list[Row]]:
    with _workplace() as (client, url, processes, folder):
        waiting = [
            measure_waiting(client, _made(folder / str(size)), size, form.passes, form.minutes) for size in form.sizes
        ]
        yield rows_of_waiting(waiting)
        running = measure_running(
            client, _made(folder / "running"), waiting=form.waiting, running=form.running, passes=form.passes
        )
        yield rows_of_running(running, form.waiting)
        yield rows_of_messages(measure_messages(client, url, processes, _made(folder / "messages")))


@contextmanager
def _workplace() -> Iterator[tuple[redis.Redis, str, ProcessGroup, Path]]:
    with tempfile.TemporaryDirectory() as folder, ProcessGroup(Path(folder, "logs")) as processes:
        url = start_redis(processes, Path(folder, "data"))
        client = connect(url)
        yield client, url, processes, Path(folder)
        client.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _print(rows: Sequence[Row]) -> None:
    table = of_rows(rows)
    shown = RichTable(title="Scale", title_justify="left")
    for head in table.heads:
        shown.add_column(head)
    for line in table.lines:
        shown.add_row(*line)
    Console(width=None if sys.stdout.isatty() else 150).print(shown)


if __name__ == "__main__":
    sys.exit(main())
