"""What a run was and what it showed: a JSON document, a summary for people, and a folder with the evidence."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from workers.chaos.checker import Violation
from workers.chaos.injector import Injection

_MOST_EVIDENCE = 20


def fault_table(injections: Iterable[Injection]) -> dict[str, dict[str, Any]]:
    """By kind: how often it was injected, how often it struck something, seconds until the next job ended."""
    by_kind: dict[str, list[Injection]] = defaultdict(list)
    for item in injections:
        by_kind[item.fault.kind].append(item)
    return {kind: _row(items) for kind, items in sorted(by_kind.items())}


def _row(items: list[Injection]) -> dict[str, Any]:
    seconds = [item.recovered for item in items if item.recovered is not None]
    return {
        "injected": len(items),
        "struck": sum(bool(item.found) for item in items),
        "recovery_median_s": round(median(seconds), 1) if seconds else None,
        "recovery_longest_s": round(max(seconds), 1) if seconds else None,
    }


def summary(report: Mapping[str, Any]) -> str:
    """The same for a person."""
    states = ", ".join(f"{count} {state}" for state, count in sorted(report["jobs"]["ended"].items()))
    lines = [
        f"{report['jobs']['submitted']} jobs in {report['seconds']:.0f} s, seed {report['seed']}: {states}.",
        (
            f"{report['jobs']['requeues']} requeues of failed jobs by a person, {report['repeats']} steps sent again, "
            f"{report['deaths']} processes that died and came back, "
            f"{report['jobs']['taken_back']} half-made submissions taken back."
        ),
        f"{'fault':20} injected  struck  seconds until the next job ended: median, longest",
    ]
    for kind, row in report["faults"].items():
        middle, longest = (f"{row[name]}" for name in ("recovery_median_s", "recovery_longest_s"))
        lines.append(f"{kind:20} {row['injected']:8}  {row['struck']:6}  {middle}, {longest}")
    lines += [*_memory(report["memory"]), *_redis(report["redis"])]
    lines += [f"Left out: {kind} ({why})." for kind, why in report["left_out"].items()]
    counts = Counter(item["invariant"] for item in report["violations"])
    lines += [f"VIOLATED {count} times: {name}" for name, count in counts.items()] or ["No invariant was violated."]
    lines += [f"  {item['job_id']} {item['what']}" for item in report["violations"][:_MOST_EVIDENCE]]
    lines += [f"Broken on purpose: {name}, {seen}." for name, seen in report["broken_on_purpose"].items()]
    lines.append(f"The same again: {report['command']}")
    return "\n".join(lines)


def _memory(table: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'memory of':20} processes judged  longest life  steepest slope"
    for kind, row in table.items():
        slope = "" if row["largest_kib_per_minute"] is None else f"{row['largest_kib_per_minute']} KiB/min, "
        yield f"{kind:20} {row['judged']:16}  {row['longest_minutes']:8} min  {slope}{row['verdict']}"


def _redis(table: Mapping[str, Any]) -> Iterator[str]:
    size, keys = table["bytes_per_ended_job"], table["keys_per_ended_job"]
    if size is not None:
        yield (
            f"Redis holds {size['median']} bytes (most {size['most']}) and {keys['median']} keys per ended job; "
            f"it used {table['most_used_mib']} MiB at most."
        )
    longest = max(table["events"].values(), default=0)
    yield f"The longest of {len(table['events'])} event streams has {longest} entries; a cap ends them at 100000."


def keep_evidence(violations: Iterable[Violation], folder: Path, *, share: Path, logs: Path) -> None:
    """Copy logs, and for violated jobs what is left of their folders. What cannot be copied is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(logs, folder / "logs", dirs_exist_ok=True)
    for violation in list(violations)[:_MOST_EVIDENCE]:
        place = folder / (violation.job_id or "run")
        for path in (*map(Path, violation.evidence), share / f"flatiron-{violation.job_id}"):
            if path.exists() and path != share:
                with suppress(OSError, shutil.Error):
                    _copy(path, place / path.name)


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copyfile(path, target)
