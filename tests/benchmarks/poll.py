"""`python -m tests.benchmarks.poll`: sweeps and waiting against their targets. Exit code 1 if a row is not ok.

Writes build/bench/poll.json as the merge benchmark writes its rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from flatiron_tasks.pipeline.store import connect
from tests.benchmarks import poll_cost, poll_latency
from tests.benchmarks.measure import ROOT
from tests.benchmarks.rows import Row, write_rows
from tests.benchmarks.tables import of_rows
from workers.embedded.processes import ProcessGroup
from workers.embedded.redis_server import start_redis

_REPORT = ROOT / "build" / "bench" / "poll.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.poll", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(poll_cost.SIZES), help="numbers of open jobs")
    parser.add_argument("--no-latency", action="store_true", help="sweeps only; writes no report")
    options = parser.parse_args(arguments)
    rows = _sweeps(options.sizes)
    if not options.no_latency:
        without = poll_latency.measure_latency(notifications=False)
        rows += poll_latency.rows_of(without, poll_latency.measure_latency(notifications=True))
    if not options.no_latency and options.sizes == list(poll_cost.SIZES):
        write_rows(rows, _REPORT)
    _print(rows)
    return int(not all(row.ok for row in rows))


def _sweeps(sizes: Sequence[int]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, ProcessGroup(Path(folder, "logs")) as processes:
        client = connect(start_redis(processes, Path(folder, "data")))
        rows = [row for size in sizes for row in poll_cost.rows_of(size, poll_cost.measure_sweeps(client, size))]
        client.close()
    return rows


def _print(rows: Sequence[Row]) -> None:
    table = of_rows(rows)
    shown = RichTable(title="Sweeps and waiting", title_justify="left")
    for head in table.heads:
        shown.add_column(head)
    for line in table.lines:
        shown.add_row(*line)
    Console(width=None if sys.stdout.isatty() else 150).print(shown)


if __name__ == "__main__":
    sys.exit(main())
