"""An artist's program without a scene: it submits its share of the numbered jobs, and may be killed at any time.

It does what the panel does, with the panel's own parts: every submission stands in the journal of a session folder;
the program that comes after a killed one announces or takes back what that one left, then goes on with the next number.
What it knows stands in `facts.jsonl`, one line before and one after each job.

Run as `python -m workers.chaos.submitter NUMBER FOLDER`, numbers from 1. `FOLDER/plan.json` says what to submit and to
whom; `FOLDER/until` the number below which jobs may be submitted now, and grows.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.errors import FlatironError
from max_submitter.jobs.ledger import Ledger
from max_submitter.session.journal import Journal, Submission
from max_submitter.session.leftovers import Settled, Settler
from max_submitter.session.session_folder import SessionFolder
from max_submitter.session.submitting import Outcome, Submitter
from max_submitter.transport import CeleryTransport
from workers.chaos import facts
from workers.chaos.facts import Fact, FactFile
from workers.chaos.shapes import bake_request, draw_shapes, shape_of

PLAN, UNTIL, FACTS = "plan.json", "until", "facts.jsonl"
_PAUSE_S, _SETTLE_EVERY_S, _REFUSED_S = 0.1, 1.0, 1.5


class _ToldJournal(Journal):
    """A journal that also tells the run, before anything of a job is made."""

    def __init__(self, folder: Path, told: FactFile) -> None:
        super().__init__(folder)
        self._told = told
        self.number = -1

    def begin(self, submission: Submission) -> None:
        self._told.write(Fact(facts.BEGUN, self.number, submission.job_id))
        super().begin(submission)


class Artist:
    """One life of one submitter."""

    def __init__(self, number: int, folder: Path, plan: dict[str, Any]) -> None:
        """Raises ShareError if the private folder cannot be made."""
        self._number, self._folder, self._plan = number, folder, plan
        place = folder / f"submitter-{number}"
        place.mkdir(exist_ok=True)
        self._facts = FactFile(place / FACTS)
        before = self._facts.new()
        self._submitted = {fact.number for fact in before if fact.what == facts.SUBMITTED}
        self._unresolved = facts.unresolved(before)
        self._shapes = draw_shapes(plan["seed"], plan["shapes"])
        self._program = Path(plan["program"]).read_bytes()
        self._transport = CeleryTransport(plan["redis_url"], timeout_seconds=2)
        self._sessions, self._ledger = place / "sessions", Ledger(place / "ledger")
        self._session = SessionFolder.make(self._sessions)  # holds the lock as long as this program lives
        self._journal = _ToldJournal(self._session.journal, self._facts)
        self._open: set[str] = set()
        self._settled_at = 0.0
        self._must_settle = True

    def work(self) -> None:
        """One step: settle what is open, or submit one job, or wait a moment."""
        if self._must_settle and time.monotonic() - self._settled_at > _SETTLE_EVERY_S:
            self._settle()
        until = int((self._folder / UNTIL).read_text("ascii"))
        step = self._plan["submitters"]
        number = facts.next_number(self._submitted, first=self._number - 1, step=step, until=until)
        if number is None or self._unresolved:
            time.sleep(_PAUSE_S)
        else:
            self._press(number)

    def _press(self, number: int) -> None:
        self._journal.number = number
        share, outputs = Path(self._plan["share"]), Path(self._plan["outputs"])
        host, port = self._plan["manager"]
        request = bake_request(
            shape_of(number, self._shapes),
            job=number,
            scene=Path(self._plan["scene"]),
            output=outputs / f"job-{number:05d}",
            network=share,
            manager=(host, port),
        )
        submitter = Submitter(
            self._journal, self._ledger, lambda: self._program, self._transport.send, lambda: datetime.now(UTC), None
        )
        for outcome in submitter.submit_all([request], lambda *_: None):
            self._note(number, outcome)
            if outcome.submitted is None:
                time.sleep(_REFUSED_S)  # a person reads why before pressing again

    def _note(self, number: int, outcome: Outcome) -> None:
        if outcome.error is not None:
            self._facts.write(Fact(facts.TROUBLE, number, outcome.job_id, str(outcome.error)[:500]))
        if outcome.is_open:
            self._open.add(outcome.job_id)
            self._must_settle = True
        if outcome.submitted is not None:
            self._resolve(number, outcome.job_id, facts.SUBMITTED)
        elif outcome.is_open:
            self._unresolved[outcome.job_id] = number
        elif outcome.job_id:
            self._resolve(number, outcome.job_id, facts.TAKEN_BACK)

    def _settle(self) -> None:
        """What the panel does at its start and every 15 seconds; then the ledger knows which jobs were submitted."""
        self._settled_at = time.monotonic()
        waiting = {item.job_id for item in self._round() if not item.is_settled}
        self._must_settle = bool(waiting or self._open)
        known = self._ledger.entries() if self._unresolved else {}
        for job_id, number in list(self._unresolved.items()):
            if job_id not in waiting | self._open:
                self._resolve(number, job_id, facts.SUBMITTED if job_id in known else facts.TAKEN_BACK)

    def _round(self) -> Iterator[Settled]:
        settler = Settler(self._ledger, self._transport.send)
        for item in settler.settle(self._journal, only=frozenset(self._open)):
            if item.is_settled:
                self._open.discard(item.job_id)
            yield _said(item)
        for item in settler.abandoned(self._sessions, self._journal):
            yield _said(item)

    def _resolve(self, number: int, job_id: str, what: str) -> None:
        self._facts.write(Fact(what, number, job_id))
        self._unresolved.pop(job_id, None)
        if what == facts.SUBMITTED:
            self._submitted.add(number)


def _said(item: Settled) -> Settled:
    if item.sentence:
        sys.stdout.write(f"{item.job_id} {'settled' if item.is_settled else 'open'}: {item.sentence}\n")
        sys.stdout.flush()
    return item


def main(number: int, folder: Path) -> None:
    """Work for ever, once there is a plan."""
    while not (folder / PLAN).exists():
        time.sleep(_PAUSE_S)
    artist = Artist(number, folder, json.loads((folder / PLAN).read_text("utf-8")))
    while True:
        try:
            artist.work()
        except FlatironError as error:
            sys.stdout.write(f"{error}\n")
            time.sleep(_PAUSE_S)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
