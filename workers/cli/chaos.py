"""`flatiron chaos`: many small bakes on a private stack under faults, and a checker that believes nothing."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from workers.chaos.schedule import documented
from workers.cli.exit_codes import ExitCode

EPILOG = f"Faults:\n\n{documented()}"


def chaos(
    *,
    jobs: Annotated[int, typer.Option(min=1, help="How many jobs to bake.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Draws jobs and faults; the same seed, the same schedule.")] = 1,
    faults: Annotated[
        str, typer.Option(help="Kinds of faults, joined by commas; all by default, `none` for none.")
    ] = "",
    minutes: Annotated[float, typer.Option(min=0, help="Submit no more jobs after so long; 0 = no limit.")] = 0.0,
    shapes: Annotated[int, typer.Option(min=1, max=100, help="How many different kinds of jobs.")] = 12,
    at_once: Annotated[int, typer.Option(min=1, max=10_000, help="How many jobs are under way at once.")] = 24,
    jobs_per_fault: Annotated[float, typer.Option(min=0.2, help="Jobs that end between two faults.")] = 5.0,
    broken: Annotated[
        str, typer.Option("--break", help="Break these invariants at the end, or `all`, and see whether it is noticed.")
    ] = "",
    report: Annotated[Path | None, typer.Option(help="Write the report (JSON) to this file.")] = None,
    evidence: Annotated[Path, typer.Option(help="Where logs and records of a violation are kept.")] = Path(
        "flatiron-chaos-evidence"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON, and nothing else.")] = False,
) -> None:
    """Bake small jobs on this machine while processes, Redis, farm, share and clocks fail. Exit code 1 if it shows."""
    from workers.chaos.report import summary  # noqa: PLC0415 - loads Redis, Celery and numpy
    from workers.chaos.run import Options, Run  # noqa: PLC0415
    from workers.chaos.sabotage import CRIMES  # noqa: PLC0415

    crimes = tuple(CRIMES) if broken == "all" else tuple(name for name in broken.split(",") if name)
    if not set(crimes) <= set(CRIMES):
        raise typer.BadParameter(f"choose from {', '.join(CRIMES)}", param_hint="--break")
    wanted = tuple(name for name in faults.split(",") if name)
    options = Options(jobs, seed, wanted, minutes, shapes, at_once, jobs_per_fault, crimes)

    def say(text: str) -> None:
        if not as_json:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="flatiron-chaos-", ignore_cleanup_errors=True) as private:
        found = Run(options, Path(private).resolve(), evidence.absolute(), say).run()
    text = json.dumps(found, indent=1)
    if report is not None:
        report.write_text(text, "utf-8")
    sys.stdout.write(f"{text if as_json else summary(found)}\n")
    if found["violations"] or "MISSED" in found["broken_on_purpose"].values():
        raise typer.Exit(ExitCode.INTERNAL)
