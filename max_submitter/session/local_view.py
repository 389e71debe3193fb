"""How a bake on this machine stands, in the form in which workers publish theirs. Keeps state, touches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from flatiron_tasks.contracts import layout, paths
from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.job_view import JobView, PassView, TextureView
from flatiron_tasks.pipeline.plan import Plan
from flatiron_tasks.share.path_mapping import PathMapping

_STATES: Final = {"delivered": "delivered", "already": "delivered", "beside": "beside"}


class LocalView:
    """The view of one job; `take` hears what the command says."""

    def __init__(self, job: JobDescription, mapping: PathMapping) -> None:
        self._mapping = mapping
        self._view = _first_view(job)

    def now(self) -> JobView:
        """The view as of now."""
        moment = utc_text(datetime.now(timezone.utc))
        self._view = replace(self._view, sequence=self._view.sequence + 1, updated_at=moment, published_at=moment)
        return self._view

    def take(self, message: Mapping[str, Any]) -> bool:
        """Take a message of the command; whether it changed the view."""
        if message["kind"] == "pass":
            self._set_pass(int(message["index"]), str(message["state"]))
        elif message["kind"] == "texture":
            self._set_texture(int(message["index"]), str(message["path"]), str(message["outcome"]))
        elif message["kind"] == "progress":
            self._view = replace(self._view, sentence=str(message["sentence"]))
        else:
            return False
        return True

    def begin(self) -> None:
        """Its turn has come."""
        if self._view.state == "submitted":
            self._view = replace(self._view, state="rendering", sentence="Rendering on this machine.", waiting="")

    def end(self, state: str, sentence: str) -> None:
        """The job has ended."""
        self._view = replace(self._view, state=state, sentence=sentence)

    def fail(self, error: FlatironError) -> None:
        """The job has failed."""
        self._view = replace(
            self._view, state="failed", sentence=error.what, step="local", reason=error.reason, advice=error.advice
        )

    def _set_pass(self, index: int, state: str) -> None:
        passes = list(self._view.passes)
        passes[index] = replace(passes[index], state=state)
        self._view = replace(self._view, passes=tuple(passes))

    def _set_texture(self, index: int, path: str, outcome: str) -> None:
        """The first texture says that every pass is merged."""
        textures = list(self._view.textures)
        canonical = self._mapping.to_canonical(str(Path(path)))
        textures[index] = replace(textures[index], state=_STATES.get(outcome, "waiting"), path=canonical)
        passes = tuple(replace(item, state="merged") for item in self._view.passes)
        self._view = replace(self._view, state="delivering", passes=passes, textures=tuple(textures))


def _first_view(job: JobDescription) -> JobView:
    plan = Plan(job)
    return JobView(
        schema_version=1,
        job_id=job.job_id,
        job_name=job.job_name,
        artist=job.submitted_by.user,
        host=job.submitted_by.host,
        sequence=0,
        state="submitted",
        sentence="Waiting for its turn on this machine.",
        waiting="One job after the other is baked here.",
        step="",
        reason="",
        advice="",
        suspended=False,
        created_at=job.submitted_at,
        updated_at=job.submitted_at,
        published_at=job.submitted_at,
        output_folder=job.output_folder,
        job_folder=paths.join(job.network_folder, layout.folder_name(job.job_id)),
        farm="",
        passes=tuple(PassView(item.label, "waiting", 0, "") for item in plan.passes),
        textures=tuple(
            TextureView(item.file_name, "waiting", paths.join(job.output_folder, item.file_name), "", "")
            for item in plan.textures
        ),
    )
