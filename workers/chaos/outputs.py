"""Output folders of ended jobs: judged at the end, or in a long run on the way, and then removed.

A long run would fill the disk. What somebody writes into a folder that was removed makes it anew, and is a violation.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workers.chaos.checker import Violation, textures
from workers.chaos.checker.jobs import Ending
from workers.chaos.clients import Sent

_KEPT_S = 120.0
"""How long a late writer has time to spoil a texture that is to be judged."""


@dataclass
class Outputs:
    """`references` holds `shape-<number>` each. Call `retire` now and then in a long run."""

    references: Path
    flaws: list[Violation] = field(default_factory=list)
    retired: set[str] = field(default_factory=set)
    _ended: dict[str, float] = field(default_factory=dict)

    def retire(self, sent: Mapping[str, Sent], endings: Mapping[str, Ending]) -> None:
        """Judge and remove what ended a while ago."""
        now = time.monotonic()
        for job_id, found in endings.items():
            if job_id in self.retired or now - self._ended.setdefault(job_id, now) < _KEPT_S:
                continue
            self.flaws += self._judge(sent[job_id], found)
            self.retired.add(job_id)
            shutil.rmtree(sent[job_id].output, ignore_errors=True)

    def check(self, sent: Sent, found: Ending) -> list[Violation]:
        """What is wrong with the output of one job, whenever it was judged."""
        if sent.job_id not in self.retired:
            return self._judge(sent, found)
        flaws = [flaw for flaw in self.flaws if flaw.job_id == sent.job_id]
        if sent.output.exists():
            flaws.append(Violation("texture", sent.job_id, f"{sent.output} came back long after the job had ended"))
        return flaws

    def _judge(self, sent: Sent, found: Ending) -> list[Violation]:
        reference = self.references / f"shape-{sent.shape}"
        if found.state == "done" or (found.state == "gone" and not sent.cancelled):
            return textures.check_delivery(sent.job_id, sent.output, reference)
        if found.state == "cancelled":
            return textures.check_withdrawn(sent.job_id, sent.output, reference)
        return []
