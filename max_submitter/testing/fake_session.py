"""A strict session without scene, farm or threads: to try the panel, to test it and to take its pictures.

Strict: an unknown job, a finding that was not found, a Bake that is not possible and a call from another thread than
the one that made it are errors. It records what it was asked for and does nothing of it by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.errors import BadInputError, StateError
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.preflight.finding import Finding
from max_submitter.scene.facts import ObjectGroup, RendererFacts
from max_submitter.session.port import BakeProgress, ConnectionLine, JobRow, PlannedFile, Topic
from max_submitter.testing.fake_session_state import FakeSessionState, planned_files

_TOPIC_OF: dict[str, Topic] = {
    "settings": "settings",
    "configuration": "settings",
    "groups": "scene",
    "renderer": "scene",
    "findings": "preflight",
    "is_checking": "preflight",
    "reason": "preflight",
    "progress": "bake",
    "test_lines": "test",
    "jobs": "jobs",
    "trouble": "jobs",
}

_LOOKING = (
    ConnectionLine("Manager", None, "Looking…"),
    ConnectionLine("Redis", None, "Looking…"),
    ConnectionLine("Network folder", None, "Looking…"),
    ConnectionLine("Workers", None, "Looking…"),
)


class FakeSession:
    """A `PanelSession` that shows a `FakeSessionState`."""

    def __init__(self, state: FakeSessionState | None = None) -> None:
        self.state = state or FakeSessionState()
        self.calls: list[tuple[Any, ...]] = []
        """What was asked for, as (method, arguments …), oldest first; looking is not recorded."""
        self.refuse_with: BadInputError | StateError | None = None
        """Raised by the next request."""
        self._thread = threading.get_ident()
        self._callbacks: list[Callable[[Topic], None]] = []
        self._is_closed = False

    def put(self, **values: Any) -> None:
        """Replace parts of the state and tell of it, as the program behind a session would."""
        self.state = replace(self.state, **values)
        for topic in dict.fromkeys(_TOPIC_OF[name] for name in values):
            self._tell(topic)

    def asked(self, method: str) -> list[tuple[Any, ...]]:
        """Arguments of every call of one method."""
        return [call[1:] for call in self.calls if call[0] == method]

    @property
    def settings(self) -> BakeSettings:
        """As put or changed last."""
        return self._look().settings

    @property
    def configuration(self) -> ArtistConfiguration:
        """As put or configured last."""
        return self._look().configuration

    def listen(self, callback: Callable[[Topic], None]) -> Callable[[], None]:
        """Call back at once, in the call that changes something."""
        self._look()
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def change(self, settings: BakeSettings) -> None:
        """Take the settings over."""
        self._request("change", settings)
        self.put(settings=settings)
        self._tell("preflight")

    def configure(self, configuration: ArtistConfiguration) -> None:
        """Take the configuration over."""
        self._request("configure", configuration)
        self.put(configuration=configuration)

    def groups(self) -> tuple[ObjectGroup, ...]:
        """As put."""
        return self._look().groups

    def renderer(self) -> RendererFacts | None:
        """As put."""
        return self._look().renderer

    def planned_files(self) -> tuple[PlannedFile, ...]:
        """From the settings, in a simple way."""
        return planned_files(self._look())

    def findings(self) -> tuple[Finding, ...]:
        """As put, without those that were mended."""
        return self._look().findings

    def is_checking(self) -> bool:
        """As put."""
        return self._look().is_checking

    def reason_against_bake(self) -> str:
        """As put; otherwise the first finding that is not a warning."""
        state = self._look()
        return state.reason or next((one.what for one in state.findings if one.level != "warning"), "")

    def fix(self, finding: Finding) -> None:
        """Mend it: it is not found any more. Raises StateError for one that was not found."""
        self._request("fix", finding)
        if finding not in self.state.findings:
            raise StateError(f"There is nothing to fix any more: {finding.what}")
        if finding.fix is not None:
            finding.fix()
        self.put(findings=tuple(one for one in self.state.findings if one != finding))

    def check_again(self) -> None:
        """Only recorded."""
        self._request("check_again")

    def bake(self) -> None:
        """Begin. Raises StateError if Bake is disabled: the panel must not offer it."""
        self._request("bake")
        reason = self.reason_against_bake()
        if reason or (self.state.progress is not None and self.state.progress.is_running):
            raise StateError("Bake was pressed while it is disabled.", why=reason)
        self.put(progress=BakeProgress("Writing the scene copy.", 0.1, is_running=True))

    def bake_progress(self) -> BakeProgress | None:
        """As put, or begun."""
        return self._look().progress

    def test(self) -> None:
        """Begin with lines that are still looked at."""
        self._request("test")
        self.put(test_lines=_LOOKING)

    def test_lines(self) -> tuple[ConnectionLine, ...]:
        """As put, or begun."""
        return self._look().test_lines

    def jobs(self) -> tuple[JobRow, ...]:
        """As put."""
        return self._look().jobs

    def jobs_trouble(self) -> str:
        """As put."""
        return self._look().trouble

    def cancel(self, job_id: str) -> None:
        """Only recorded."""
        self._request_for("cancel", job_id)

    def go_on(self, job_id: str) -> None:
        """Only recorded."""
        self._request_for("go_on", job_id)

    def suspend(self, job_id: str) -> None:
        """Only recorded."""
        self._request_for("suspend", job_id)

    def requeue(self, job_id: str) -> None:
        """Only recorded."""
        self._request_for("requeue", job_id)

    def open_folder(self, job_id: str) -> None:
        """Only recorded."""
        self._request_for("open_folder", job_id)

    def open_in_flower(self, job_id: str) -> None:
        """Only recorded."""
        self._request_for("open_in_flower", job_id)

    def merge_by_hand(self, description: Path) -> None:
        """Begin; told as progress."""
        self._request("merge_by_hand", description)
        self.put(progress=BakeProgress(f"Merging {description.name} by hand.", None, is_running=True))

    def close(self) -> None:
        """Nothing may be asked after this."""
        self._request("close")
        self._is_closed = True

    def _look(self) -> FakeSessionState:
        if threading.get_ident() != self._thread:
            raise AssertionError("The session was called from another thread than the main thread.")
        if self._is_closed:
            raise AssertionError("The session was called after it was closed.")
        return self.state

    def _request(self, method: str, *arguments: Any) -> None:
        self._look()
        self.calls.append((method, *arguments))
        if self.refuse_with is not None:
            error, self.refuse_with = self.refuse_with, None
            raise error

    def _request_for(self, method: str, job_id: str) -> None:
        self._request(method, job_id)
        if job_id not in {row.view.job_id for row in self.state.jobs}:
            raise StateError(f"There is no job {job_id}.")

    def _tell(self, topic: Topic) -> None:
        for callback in tuple(self._callbacks):
            callback(topic)
