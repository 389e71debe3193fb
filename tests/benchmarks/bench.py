"""The workplace of the benchmark: where workloads and results lie, and entries that run on them. Measures nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.benchmarks.measure import ROOT, run_worker
from tests.benchmarks.peers import Peer
from tests.benchmarks.pieces import Workload
from tests.benchmarks.rounds import Entry, Say

Request = dict[str, object]
"""The JSON form of `worker.Request`."""

_WARM_UP_SIDE = 512


class BenchmarkError(Exception):
    """Something that every comparison needs could not be made."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """`data` holds workloads, `work` results; both absolute. Sides are divided by `scale`, `limit` is in seconds.

    A string among `peers` is the name of one that is not installed.
    """

    data: Path
    work: Path
    scale: int
    rounds: int
    limit: float
    say: Say
    peers: list[Peer | str] = field(default_factory=list)

    def request(self, form: str, side: int, objects: int) -> Request:
        """Make the workload if need be; returns a request without `out`."""
        return {
            "pieces": self._workload(Workload(form, side // self.scale, objects)),
            "warm_up": self._workload(Workload(form, _WARM_UP_SIDE, 4)),
        }

    def composed(self, request: Request, name: str, *, padding: int = 16) -> Path:
        """Compose the pieces of `request`, untimed; returns the texture. It fills the page cache, too."""
        out = self.work / name
        run = run_worker("compose", {**request, "out": str(out), "padding": padding}, limit=self.limit)
        if run.failure:
            raise BenchmarkError(f"{request['pieces']} cannot be composed: {run.failure}")
        return out

    def contender(
        self, module: str, label: str, request: Request, *, role: str, how: str = "", reference: Path | None = None
    ) -> Entry:
        """An entry for a Python contender. It gets `reference`, and its result is compared with it."""
        asked = self._asked(request, label, reference)
        check = partial(_compare, asked, self.limit) if reference else None
        return Entry(label, role, how, partial(run_worker, module, asked, limit=self.limit), check=check)

    def peer(self, peer: Peer | str, request: Request, reference: Path) -> Entry:
        """An entry for a peer; its result is compared with `reference`."""
        if isinstance(peer, str):
            return Entry(peer, "peer", "not installed")
        asked = self._asked(request, peer.name, reference)
        run = partial(peer.run, asked, self.limit)
        return Entry(peer.name, "peer", peer.how, run, peer.version, partial(_compare, asked, self.limit))

    def _asked(self, request: Request, label: str, reference: Path | None) -> Request:
        name = "".join(letter if letter.isalnum() else "-" for letter in label)
        asked = {**request, "out": str(self.work / f"{name}.png")}
        return {**asked, "reference": str(reference)} if reference else asked

    def _workload(self, workload: Workload) -> str:
        self.say(f"workload {workload.name}")
        words = [workload.form, str(workload.side), str(workload.objects), str(self.data)]
        arguments = [sys.executable, "-m", "tests.benchmarks.workloads", *words]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise BenchmarkError(f"The workload {workload.name} cannot be made: {done.stderr}")
        return done.stdout.strip()


def _compare(request: Request, limit: float) -> Mapping[str, float]:
    """Compare the result of a request with its reference, see `contenders.deviation`."""
    run = run_worker("deviation", request, limit=limit)
    if run.failure:
        raise BenchmarkError(f"{request['out']} cannot be compared: {run.failure}")
    return run.facts
