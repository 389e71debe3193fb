"""`flatiron chaos`: many small bakes on a private stack under faults, and a checker that believes nothing."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from workers.chaos.options import SOAK_AT_ONCE, SOAK_JOBS_PER_FAULT, SOAK_MINUTES, WITHOUT_END, Options
from workers.chaos.schedule import documented
from workers.cli.exit_codes import ExitCode

EPILOG = f"Faults:\n\n{documented()}"


def chaos(
    *,
    jobs: Annotated[int, typer.Option(min=1, help="How many jobs to bake.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Draws jobs and faults; the same seed, the same schedule.")] = 1,
    seeds: Annotated[
        int,
        typer.Option(min=1, help="So many seeds from --seed on, one run each; one --report for all, which goes on."),
    ] = 1,
    faults: Annotated[
        str, typer.Option(help="Kinds of faults, joined by commas; all by default, `none` for none.")
    ] = "",
    minutes: Annotated[float, typer.Option(min=0, help="Submit no more jobs after so long; 0 = no limit.")] = 0.0,
    soak: Annotated[
        bool, typer.Option("--soak", help=f"Jobs without end and few faults for --minutes ({SOAK_MINUTES:g}).")
    ] = False,
    shapes: Annotated[int, typer.Option(min=1, max=100, help="How many different kinds of jobs.")] = 12,
    at_once: Annotated[
        int, typer.Option(min=0, max=10_000, help=f"How many jobs are under way at once; 0 = 24, soak {SOAK_AT_ONCE}.")
    ] = 0,
    jobs_per_fault: Annotated[
        float, typer.Option(min=0, help=f"Jobs that end between two faults; 0 = 5, soak {SOAK_JOBS_PER_FAULT:g}.")
    ] = 0.0,
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
    options = Options(
        WITHOUT_END if soak else jobs,
        seed,
        tuple(name for name in faults.split(",") if name),
        minutes or (SOAK_MINUTES if soak else 0.0),
        shapes,
        at_once or (SOAK_AT_ONCE if soak else 24),
        jobs_per_fault or (SOAK_JOBS_PER_FAULT if soak else 5.0),
        tuple(name for name in broken.split(",") if name),
        soak,
    )
    if seeds > 1:
        _prove(options, seeds, report or Path("flatiron-chaos-proof.json"), evidence.absolute())
    else:
        _run(options, report, evidence.absolute(), as_json=as_json)


def _prove(options: Options, seeds: int, file: Path, evidence: Path) -> None:
    """All seeds, each in a process of its own."""
    from workers.chaos.proof import Proof, table_of  # noqa: PLC0415 - loads Redis

    if options.broken:
        raise typer.BadParameter("takes one seed", param_hint="--break")
    document = Proof(options, seeds, file, evidence, _say).run()
    _say(table_of(file).read_text("utf-8"))
    if document["totals"]["violations"]:
        raise typer.Exit(ExitCode.INTERNAL)


def _run(options: Options, report: Path | None, evidence: Path, *, as_json: bool) -> None:
    from workers.chaos.report import summary  # noqa: PLC0415 - loads Redis, Celery and numpy
    from workers.chaos.run import Run  # noqa: PLC0415
    from workers.chaos.sabotage import chosen  # noqa: PLC0415

    crimes = chosen(options.broken)
    with tempfile.TemporaryDirectory(prefix="flatiron-chaos-", ignore_cleanup_errors=True) as private:
        say = (lambda _: None) if as_json else _say
        found = Run(options.breaking(crimes), Path(private).resolve(), evidence, say).run()
    text = json.dumps(found, indent=1)
    if report is not None:
        report.write_text(text, "utf-8")
    sys.stdout.write(f"{text if as_json else summary(found)}\n")
    if found["violations"] or "MISSED" in found["broken_on_purpose"].values():
        raise typer.Exit(ExitCode.INTERNAL)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
