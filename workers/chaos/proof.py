"""Several seeds one after the other, each in a fresh process with a stack of its own, and one document for all.

The document is written after each seed. Seeds that stand in it, run by the same command on the same code, are not run
again, so a proof that was interrupted goes on. `python -m workers.chaos.proof FILE` prints it as a table.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from workers.chaos.options import Options
from workers.chaos.proof_table import markdown
from workers.embedded.redis_server import find_server

Document = dict[str, Any]
_SUMS = ("deaths", "repeats", "events")


@dataclass(frozen=True)
class Proof:
    """`first` is the run of the first seed; `evidence` gets a folder per seed with a violation."""

    first: Options
    seeds: int
    file: Path
    evidence: Path
    say: Callable[[str], None]

    def run(self) -> Document:
        """Run what is missing. Returns the document, which is in `file` too, as a table in `file` with `.md`."""
        rows = self._known()
        for options in self._wanted():
            if options.seed not in rows:
                self.say(f"Seed {options.seed}: {options.command}")
                rows[options.seed] = {**self._run_one(options), "code": code()}
                self._write(rows)
        return self._write(rows)

    def _wanted(self) -> list[Options]:
        return [replace(self.first, seed=self.first.seed + number) for number in range(self.seeds)]

    def _known(self) -> dict[int, dict[str, Any]]:
        """What was run before, by the same commands on the same code."""
        if not self.file.exists():
            return {}
        rows = {row["seed"]: row for row in json.loads(self.file.read_text("utf-8"))["seeds"]}
        now = code()
        wanted = {options.seed: (options.command, now) for options in self._wanted()}
        return {seed: row for seed, row in rows.items() if wanted.get(seed) == (row.get("command"), row.get("code"))}

    def _run_one(self, options: Options) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="flatiron-proof-") as folder:
            report = Path(folder) / "report.json"
            evidence = self.evidence / f"seed-{options.seed}"
            words = options.command.split()[1:]
            command = [sys.executable, "-m", "workers.cli", *words, "--report", str(report)]
            code = subprocess.run([*command, "--evidence", str(evidence)], check=False).returncode
            if report.exists():
                return row_of(json.loads(report.read_text("utf-8")))
        crash = {"invariant": "the run itself", "job_id": "", "what": f"it ended with exit code {code}"}
        return {"seed": options.seed, "command": options.command, "violations": [crash]}

    def _write(self, rows: Mapping[int, Mapping[str, Any]]) -> Document:
        document = summed([rows[seed] for seed in sorted(rows)], machine())
        for path, text in ((self.file, json.dumps(document, indent=1)), (table_of(self.file), markdown(document))):
            temporary = path.with_name(f".{path.name}.new")
            temporary.write_text(f"{text}\n", "utf-8")
            temporary.replace(path)
        return document


def table_of(file: Path) -> Path:
    """Where the table of a document lies."""
    return file.with_suffix(".md")


def row_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """What a proof keeps of one run."""
    names = ("seed", "command", "seconds", "jobs", "violations", "left_out", "memory", "redis", "clocks", *_SUMS)
    return {**{name: report[name] for name in names}, "faults": _seconds_by_kind(report)}


def _seconds_by_kind(report: Mapping[str, Any]) -> dict[str, Any]:
    """Times of single faults too: a median of medians would be none."""
    seconds: dict[str, list[float]] = {kind: [] for kind in report["faults"]}
    for item in report["schedule"]:
        if item["recovered_s"] is not None:
            seconds[item["kind"]].append(item["recovered_s"])
    return {
        kind: {"injected": row["injected"], "struck": row["struck"], "recovery_s": seconds[kind]}
        for kind, row in report["faults"].items()
    }


def summed(rows: Iterable[Mapping[str, Any]], machine: Mapping[str, Any]) -> Document:
    """The document: totals of all seeds, and the seeds."""
    rows = list(rows)
    whole = [row for row in rows if "jobs" in row]
    states: Counter[str] = Counter()
    for row in whole:
        states.update(row["jobs"]["ended"])
    totals = {
        "seeds": len(rows),
        "jobs": sum(row["jobs"]["submitted"] for row in whole),
        "ended": dict(sorted(states.items())),
        "requeues": sum(row["jobs"]["requeues"] for row in whole),
        "submissions_taken_back": sum(row["jobs"]["taken_back"] for row in whole),
        **{name: sum(row[name] for row in whole) for name in _SUMS},
        "seconds": round(sum(row["seconds"] for row in whole)),
        "faults": _faults(whole),
        "violations": sum(len(row["violations"]) for row in rows),
    }
    return {"machine": dict(machine), "totals": totals, "seeds": rows}


def _faults(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        for kind, item in row["faults"].items():
            found.setdefault(kind, []).append(item)
    return {kind: _fault(items) for kind, items in sorted(found.items())}


def _fault(items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    items = list(items)
    seconds = [value for item in items for value in item["recovery_s"]]
    return {
        "injected": sum(item["injected"] for item in items),
        "struck": sum(item["struck"] for item in items),
        "recovery_median_s": round(median(seconds), 1) if seconds else None,
        "recovery_longest_s": round(max(seconds), 1) if seconds else None,
    }


def code() -> str:
    """Which code this is: a hash of all that our programs are made of. Another one proves something else."""
    root = Path(__file__).resolve().parents[2]
    files = [path for name in ("flatiron_tasks", "max_submitter", "workers") for path in (root / name).rglob("*")]
    found = hashlib.sha256()
    for path in sorted(path for path in files if path.suffix in (".py", ".lua", ".c")):
        found.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:12]


def machine() -> dict[str, Any]:
    """What it ran on."""
    server = subprocess.run([find_server().path, "--version"], capture_output=True, text=True, check=False)
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} on {platform.machine()}",
        "redis": server.stdout.strip().partition(" sha=")[0],
    }


if __name__ == "__main__":
    sys.stdout.write(f"{markdown(json.loads(Path(sys.argv[1]).read_text('utf-8')))}\n")
