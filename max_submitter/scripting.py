"""What the panel does, as calls for pipelines: in 3ds Max with or without a person, on the main thread, blocking.

    from max_submitter import scripting
    (job_id,) = scripting.bake(wait_seconds=3600)

MAXScript calls the functions that end in `_text` (see `maxscript`): texts and numbers in, one text out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.channels import CANCEL_JOB_TASK
from flatiron_tasks.contracts.document import encode
from flatiron_tasks.contracts.errors import BadInputError, FlatironError
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.share.atomic import share_error
from max_submitter.artist_configuration import load_configuration
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.description import this_account
from max_submitter.jobs.connection import redis_connector
from max_submitter.jobs.views import ViewReader
from max_submitter.node_program import packaged_node_program
from max_submitter.scene.port import ScenePort
from max_submitter.session.artist_session import ArtistSession
from max_submitter.session.own_main_thread import OwnMainThread
from max_submitter.session.studio import LateMessenger

ENDED: Final = ("done", "failed", "cancelled")
_SUBMISSION_S: Final = 24 * 3600.0
_PREFLIGHT_S: Final = 600.0
_NOT_TOLD: Final = "The workers could not be told yet; the next program of this artist tells them."


class UnfinishedBakeError(FlatironError):
    """Not everything that `bake` was asked for is done."""

    def __init__(self, what: str, job_ids: tuple[str, ...]) -> None:
        made = f"These jobs were made: {', '.join(job_ids)}. Do not bake them again." if job_ids else ""
        super().__init__(what, advice=made)
        self.job_ids = job_ids
        """Jobs that were made nevertheless, in the order of the groups."""


def bake(
    settings: BakeSettings | None = None,
    *,
    wait_seconds: float = 0,
    scene: ScenePort | None = None,
    environment: Mapping[str, str] = os.environ,
    node_program: Callable[[], bytes] = packaged_node_program,
) -> tuple[str, ...]:
    """Bake the open scene; with `settings`, these are kept as the panel keeps them. Returns the ids of the jobs.

    Returns when everything is submitted, or, with `wait_seconds`, when all jobs have ended; workers that could not be
    told are told again meanwhile. Raises BadInputError with what preflight found, and UnfinishedBakeError, with
    the ids of the jobs that were made, for what failed, could not be announced or took longer.
    """
    with _session(scene, environment, node_program) as (session, main):
        if settings is not None:
            session.change(settings)
        main.pump_until(lambda: not session.is_checking(), seconds=_PREFLIGHT_S, what="the scene is checked")
        session.bake()
        main.pump_until(lambda: not _is_baking(session), seconds=_SUBMISSION_S, what="the bake is submitted")
        ids, progress = session.submitted(), session.bake_progress()
        if progress is not None and progress.error:
            raise UnfinishedBakeError(progress.error, ids)
        if wait_seconds > 0:
            _wait(session, main, ids, wait_seconds)
        elif session.untold():
            raise UnfinishedBakeError(progress.sentence if progress else _NOT_TOLD, ids)
        return ids


def jobs(*, environment: Mapping[str, str] = os.environ) -> tuple[JobView, ...]:
    """All jobs of this artist, newest first. Raises TransportError, SettingsError."""
    configuration = _configuration(environment)
    if not configuration.redis_url:
        raise BadInputError("The address of Redis is not set.", advice="Set `redis_url` in the configuration.")
    reader = ViewReader(redis_connector(configuration.redis_url), configuration.artist or this_account())
    try:
        return tuple(view for _, view in sorted(reader.all().items(), reverse=True))
    finally:
        reader.close()


def cancel(job_id: str, *, environment: Mapping[str, str] = os.environ) -> None:
    """Ask the workers to cancel a job. Raises TransportError, SettingsError, BadInputError."""
    LateMessenger(_configuration(environment).redis_url).ask(CANCEL_JOB_TASK, job_id)


def bake_text(settings_file: str, wait_seconds: float) -> str:
    """`bake` for MAXScript: the path of a settings file, or an empty text; returns ids, one per line."""
    return "\n".join(bake(_read_settings(settings_file) if settings_file else None, wait_seconds=wait_seconds))


def jobs_text() -> str:
    """`jobs` for MAXScript: a line per job, its id, state and sentence parted by tabs."""
    return "\n".join("\t".join((view.job_id, view.state, " ".join(view.sentence.split()))) for view in jobs())


def jobs_json() -> str:
    """`jobs` as a JSON list of views."""
    return json.dumps([encode(view) for view in jobs()], ensure_ascii=False)


def cancel_text(job_id: str) -> str:
    """`cancel` for MAXScript; returns the id."""
    cancel(job_id)
    return job_id


@contextmanager
def _session(
    scene: ScenePort | None, environment: Mapping[str, str], node_program: Callable[[], bytes]
) -> Iterator[tuple[ArtistSession, OwnMainThread]]:
    main = OwnMainThread()
    session = ArtistSession(
        scene or _max_scene(),
        post=main.post,
        after=main.after,
        environment=environment,
        node_program=node_program,
    )
    try:
        yield session, main
    finally:
        session.close()


def _max_scene() -> ScenePort:
    from max_submitter.scene.max_scene import MaxScene  # noqa: PLC0415 - only inside 3ds Max
    from max_submitter.scene.runtime import pymxs_module  # noqa: PLC0415

    return MaxScene(pymxs_module())


def _configuration(environment: Mapping[str, str]) -> ArtistConfiguration:
    found = load_configuration(environment)
    if found.trouble is not None:
        raise found.trouble
    return found.configuration


def _read_settings(path: str) -> BakeSettings:
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise share_error(f"The settings {path} cannot be read.", error) from error
    return BakeSettings.from_json(text, source=path)


def _is_baking(session: ArtistSession) -> bool:
    progress = session.bake_progress()
    return progress is not None and progress.is_running


def _wait(session: ArtistSession, main: OwnMainThread, ids: tuple[str, ...], seconds: float) -> None:
    try:
        main.pump_until(lambda: _all_ended(session, ids), seconds=seconds, what="all jobs have ended")
    except FlatironError as error:
        raise UnfinishedBakeError(f"{error.what} {_NOT_TOLD if session.untold() else ''}".strip(), ids) from error


def _all_ended(session: ArtistSession, ids: tuple[str, ...]) -> bool:
    states = {row.view.job_id: row.view.state for row in session.jobs()}
    return all(states.get(job_id) in ENDED for job_id in ids)
