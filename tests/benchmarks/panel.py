"""`python -m tests.benchmarks.panel`: how long the panel holds up 3ds Max when the share is slow.

A hundred jobs with previews and textures on a share where every look takes 50 ms, 400 files of the scene that are not
there, real Redis. Writes build/bench/panel.json as the other benchmarks write theirs. Exit code 1 if a row is not ok.
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
    from tests.benchmarks.panel_day import Day

_REPORT = ROOT / "build" / "bench" / "panel.json"
_JOBS = 100
_MISSING = 400
_SHARE_SECONDS = 0.05
_LONGEST = {"opening": 1.0, "closing": 0.5}
"""Seconds: pressed once a day. Everything else happens while the artist works."""
_WHILE_WORKING = 0.25


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
    from tests.benchmarks import panel_day  # noqa: PLC0415
    from tests.benchmarks.slow_share import SlowShare  # noqa: PLC0415

    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    with tempfile.TemporaryDirectory() as folder, ProcessGroup(Path(folder, "logs")) as processes:
        url = start_redis(processes, Path(folder, "data"))
        client = connect(url)
        place = panel_day.Workplace(Path(folder, "machine"), client, url, jobs=_JOBS, missing=_MISSING)
        with SlowShare(place.share, _SHARE_SECONDS) as share:
            day = panel_day.live(place, share)
        client.close()
    application.processEvents()
    if stacks:
        for name, block in day.blocks.items():
            sys.stderr.write(f"{name}: {block.seconds * 1000:.0f} ms\n{block.stack}\n")
    return rows_of(day)


def rows_of(day: Day) -> list[Row]:
    """A row per part of the day, and what the main thread asked of the share."""
    rows = [
        judged(f"main thread, {name}", block.seconds, f"<= {_LONGEST.get(name, _WHILE_WORKING)}", "s")
        for name, block in day.blocks.items()
    ]
    asked = len(day.asked_by_main)
    return [
        *rows,
        judged("Cancel while the share is slow", day.cancel_seconds, "<= 2", "s"),
        judged("looks at the share by the main thread", asked, "<= 0", "", ", ".join(day.asked_by_main[:3])),
    ]


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
