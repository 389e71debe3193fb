"""`python -m tests.benchmarks.panel`: how long the panel holds up 3ds Max when the share is slow.

A hundred jobs with previews and textures on a share where every look takes 50 ms, 400 files of the scene that are not
there, real Redis. What is measured is how long the event loop did not turn, in each part of an artist's day.

Two things are kept out, because they are not the panel's. Qt loads fonts and draws its style once in a program, which
3ds Max has long done: a window of Qt's own widgets is shown first, and what it took is told beside "opening". And a
machine that is busy holds up any thread: the day is lived several times, and the median of the longest blocks is
judged; a block of ours comes again every day. Beside it stands what the main thread computed itself in that block.
Loading the package's modules, once in a program and before the panel, is not in these numbers.

Writes build/bench/panel.json as the other benchmarks write theirs. Exit code 1 if a row is not ok.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table as RichTable

from flatiron_tasks.pipeline.store import connect
from tests.benchmarks.measure import ROOT
from tests.benchmarks.rows import Row, judged, write_rows
from tests.benchmarks.tables import of_rows
from workers.embedded.processes import ProcessGroup
from workers.embedded.redis_server import start_redis

if TYPE_CHECKING:
    from max_submitter.panel.watchdog import Block
    from tests.benchmarks.panel_day import Day

_REPORT = ROOT / "build" / "bench" / "panel.json"
_JOBS = 100
_MISSING = 400
_SHARE_SECONDS = 0.05
_DAYS = 3
_LONGEST_BLOCK_S = 0.05


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.panel", description=__doc__)
    parser.add_argument("--stacks", action="store_true", help="print where the main thread stood in each part")
    options = parser.parse_args(arguments)
    rows = _measure(stacks=options.stacks)
    write_rows(rows, _REPORT)
    _print(rows)
    return int(not all(row.ok for row in rows))


def _measure(*, stacks: bool) -> list[Row]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from max_submitter.panel.qt import QtWidgets  # noqa: PLC0415 - after the platform is chosen
    from tests.benchmarks.qt_warm_up import warm_up  # noqa: PLC0415

    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    qt_seconds = warm_up()
    days = [_live() for _ in range(_DAYS)]
    application.processEvents()
    if stacks:
        for number, day in enumerate(days, 1):
            _tell_stacks(number, day)
    return rows_of(days, qt_seconds)


def _live() -> Day:
    from tests.benchmarks import panel_day  # noqa: PLC0415
    from tests.benchmarks.slow_share import SlowShare  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, ProcessGroup(Path(folder, "logs")) as processes:
        url = start_redis(processes, Path(folder, "data"))
        client = connect(url)
        place = panel_day.Workplace(Path(folder, "machine"), client, url, jobs=_JOBS, missing=_MISSING)
        with SlowShare(place.share, _SHARE_SECONDS) as share:
            day = panel_day.live(place, share)
        client.close()
    return day


def _tell_stacks(number: int, day: Day) -> None:
    for name, block in day.blocks.items():
        milliseconds, working = block.seconds * 1000, block.working_seconds * 1000
        sys.stderr.write(f"day {number}, {name}: {milliseconds:.0f} ms, computing {working:.0f} ms\n{block.stack}\n")


def rows_of(days: Sequence[Day], qt_seconds: float) -> list[Row]:
    """A row per part of the day, and what the main thread asked of the share. `qt_seconds`: Qt's own first window."""
    notes = {"opening": f"; Qt's own first window {qt_seconds * 1000:.0f} ms"}
    asked = [path for day in days for path in day.asked_by_main]
    cancelled = [day.cancel_seconds for day in days if day.cancel_seconds is not None]
    return [
        *(_row_of(name, [day.blocks[name] for day in days], notes.get(name, "")) for name in days[0].blocks),
        judged("Cancel while the share is slow", max(cancelled, default=None), "<= 2", "s"),
        judged("looks at the share by the main thread", len(asked), "<= 0", "", ", ".join(asked[:3])),
    ]


def _row_of(name: str, blocks: Sequence[Block], note: str) -> Row:
    """Judged by the day in the middle."""
    ordered = sorted(blocks, key=lambda block: block.seconds)
    median = ordered[len(ordered) // 2]
    listed = ", ".join(f"{block.seconds * 1000:.0f}" for block in ordered)
    told = f"median of {listed} ms; computing {median.working_seconds * 1000:.0f} ms{note}"
    return judged(f"main thread, {name}", median.seconds, f"<= {_LONGEST_BLOCK_S}", "s", told)


def _print(rows: Sequence[Row]) -> None:
    table = of_rows(rows)
    shown = RichTable(title="The panel's main thread", title_justify="left")
    for head in table.heads:
        shown.add_column(head)
    for line in table.lines:
        shown.add_row(*line)
    Console(width=None if sys.stdout.isatty() else 150).print(shown)


if __name__ == "__main__":
    sys.exit(main())
