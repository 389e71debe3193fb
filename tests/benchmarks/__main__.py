"""`python -m tests.benchmarks`: the merge against its targets. Exit code 1 if a row is not ok."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from tests.benchmarks.bench import Bench, BenchmarkError
from tests.benchmarks.comparisons import COMPARISONS, Comparison
from tests.benchmarks.machine import machine
from tests.benchmarks.measure import ROOT
from tests.benchmarks.peers import install_missing, peers
from tests.benchmarks.report import between_markers, document, short
from tests.benchmarks.rows import Row, write_rows
from tests.benchmarks.tables import Table, of_results, of_rows

_BUILD = ROOT / "build" / "bench"
_QUICK_SCALE = 4
_WIDTH = 150  # of a log


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparisons that were asked for, print and write what they found."""
    options = _parser().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    try:
        comparisons = _compare(options, Console(stderr=True))
    except BenchmarkError as error:
        console.print(f"[red]{error}", highlight=False)
        return 1
    for comparison in comparisons:
        _print(console, comparison.title, of_results(comparison.results))
    rows = [row for comparison in comparisons for row in comparison.rows]
    complete = len(comparisons) == len(COMPARISONS) and not options.quick
    _write(comparisons, rows, complete=complete, limit=options.limit)
    _print(console, "Quick form: these are not the targets" if options.quick else "Targets", of_rows(rows))
    if options.quick:
        return int(any(row.value is None for row in rows))
    return int(not all(row.ok for row in rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small maps, two rounds; judges nothing, writes no document"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(COMPARISONS),
        default=list(COMPARISONS),
        metavar="NAME",
        help=f"some of {', '.join(COMPARISONS)}; writes no document",
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender runs (default 5)")
    parser.add_argument("--limit", type=float, default=400, help="seconds until a contender is stopped (default 400)")
    parser.add_argument("--data", type=Path, default=_BUILD / "data", help="where workloads are kept, about 2 GB")
    parser.add_argument("--no-install", action="store_true", help="do not install peers that are missing")
    return parser


def _compare(options: argparse.Namespace, progress: Console) -> list[Comparison]:
    if not options.no_install:
        install_missing()
    work = _BUILD / "work"
    work.mkdir(parents=True, exist_ok=True)
    bench = Bench(
        data=options.data.resolve(),
        work=work,
        scale=_QUICK_SCALE if options.quick else 1,
        rounds=min(options.rounds, 2) if options.quick else options.rounds,
        limit=options.limit,
        say=lambda text: progress.print(text, highlight=False),
        peers=peers(work),
    )
    try:
        return [COMPARISONS[name](bench) for name in options.only]
    finally:
        shutil.rmtree(work)


def _write(comparisons: Sequence[Comparison], rows: Sequence[Row], *, complete: bool, limit: float) -> None:
    name = "merge" if complete else "merge-partial"
    write_rows(rows, _BUILD / f"{name}.json")
    runs = {
        comparison.title: {result.entry.name: [asdict(run) for run in result.runs] for result in comparison.results}
        for comparison in comparisons
    }
    (_BUILD / f"{name}-runs.json").write_text(json.dumps(runs, indent=1) + "\n", "utf-8")
    if complete:
        (ROOT / "docs" / "performance.md").write_text(document(comparisons, machine(), limit=limit), "utf-8")
        readme = ROOT / "README.md"
        readme.write_text(between_markers(readme.read_text("utf-8"), short(rows)), "utf-8")


def _print(console: Console, title: str, table: Table) -> None:
    shown = RichTable(title=title, title_justify="left")
    for head in table.heads:
        shown.add_column(head, justify="left" if head in table.heads[:1] else "right")
    for line in table.lines:
        shown.add_row(*line)
    console.print(shown)


if __name__ == "__main__":
    sys.exit(main())
