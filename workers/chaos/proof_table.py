"""A proof as Markdown: totals, faults by kind, seeds. A function of the document alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def markdown(document: Mapping[str, Any]) -> str:
    """The whole text, without a heading."""
    return "\n".join([*_totals(document), "", *_faults(document["totals"]["faults"]), "", *_seeds(document["seeds"])])


def _totals(document: Mapping[str, Any]) -> Iterator[str]:
    totals, machine = document["totals"], document["machine"]
    states = ", ".join(f"{count:,} {state}" for state, count in totals["ended"].items())
    faults = totals["faults"].values()
    yield (
        f"{totals['jobs']:,} jobs over {totals['seeds']} seeds: **{totals['violations']} violations**. "
        f"They ended as {states}."
    )
    yield (
        f"{sum(row['injected'] for row in faults):,} faults were injected and "
        f"{sum(row['struck'] for row in faults):,} struck something: "
        f"{totals['deaths']:,} processes died and came back, {totals['repeats']:,} steps were sent again, "
        f"{totals['submissions_taken_back']} half-made submissions were taken back, and a person asked "
        f"{totals['requeues']} times for a failed job again."
    )
    yield (
        f"{totals['seconds'] / 60:.0f} minutes on {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}, {machine['redis']}."
    )


def _faults(faults: Mapping[str, Any]) -> Iterator[str]:
    yield "| Fault | Injected | Struck | Next job ended after: median | longest |"
    yield "|---|---:|---:|---:|---:|"
    for kind, row in faults.items():
        middle, longest = (_seconds(row[name]) for name in ("recovery_median_s", "recovery_longest_s"))
        yield f"| {kind} | {row['injected']} | {row['struck']} | {middle} | {longest} |"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:g} s"


def _seeds(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    yield "| Seed | Jobs | Minutes | Deaths | Violations | The same again |"
    yield "|---:|---:|---:|---:|---:|---|"
    for row in rows:
        jobs, minutes = row.get("jobs", {}).get("submitted", "–"), f"{row.get('seconds', 0) / 60:.1f}"
        deaths, count = row.get("deaths", "–"), len(row["violations"])
        yield f"| {row['seed']} | {jobs} | {minutes} | {deaths} | {count} | `{row['command']}` |"
