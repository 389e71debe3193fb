"""When steps were sent, how often they were tried and what they wait for, in Redis. Decides nothing of that."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flatiron_tasks.pipeline.artist_book import Run


class StepBook:
    """Messages, attempts and pauses of the steps of all jobs."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def due(self, job_id: str, steps: Sequence[tuple[str, str]], stalled_seconds: float) -> list[int]:
        """Which of these steps (key, lease) should be sent: never sent, or so long ago that the message must be lost.

        Returns their positions. A step that is being worked on is not due.
        """
        return list(self._run("due", job_id, json.dumps(steps), str(stalled_seconds))) if steps else []

    def count_attempt(self, job_id: str, kind: str, index: int, event: str) -> int:
        """Count an attempt at a pass or texture (`kind` = "passes" or "textures"; `event` = "starts" or "attempts")."""
        return int(self._run("count_attempt", job_id, kind, str(index), event))

    def put_off_dispatch(self, job_id: str, failures: int, after: float, sentence: str) -> None:
        """Note that dispatch has failed so often in a row, and is not tried again before `after`."""
        self._run("put_off", job_id, str(failures), str(after), sentence)

    def wait_for_share(
        self, job_id: str, kind: str, index: int, step: str, *, since: float, after: float, why: str, sentence: str
    ) -> None:
        """Note that a step at this pass or texture (see `count_attempt`) waits for the share till `after`, and all
        others with it.
        """
        self._run("wait_for_share", job_id, kind, str(index), step, str(after), str(since), why, sentence)

    def share_is_back(self, job_id: str, sentence: str = "") -> bool:
        """Let steps no longer wait for the share. Returns whether any did."""
        return bool(self._run("share_is_back", job_id, sentence))
