"""What the session is put together from: messages to the workers, the list of jobs, the tools of a bake.

The address of Redis may be none yet: it is looked at when there is something to send.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.description import this_account
from max_submitter.jobs.artist_jobs import ArtistJobs
from max_submitter.jobs.finishing import Home
from max_submitter.jobs.ledger import Ledger
from max_submitter.scene.port import ScenePort
from max_submitter.session.background import After, Background, Post
from max_submitter.session.bake import BakeTools
from max_submitter.session.session_folder import SessionFolder
from max_submitter.transport import CeleryTransport


class LateMessenger:
    """Implements `jobs.artist_jobs.Messenger`, and sends announcements. Any thread."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url

    def send(self, job_id: str) -> None:
        """Announce a job. Raises TransportError, SettingsError."""
        CeleryTransport(self._url).send(job_id)

    def ask(self, task: str, job_id: str, *arguments: object) -> None:
        """Ask something of a job. Raises TransportError, SettingsError, BadInputError."""
        CeleryTransport(self._url).ask(task, job_id, *arguments)


def start_jobs(
    configuration: ArtistConfiguration,
    scene: ScenePort,
    mapping: PathMapping,
    *,
    data: Path,
    post: Post,
    after: After,
    changed: Callable[[], None],
) -> ArtistJobs:
    """The jobs of the configured artist, listening. `data` is the folder of this user on this machine."""
    jobs = ArtistJobs(
        Home(configuration.artist or this_account(), platform.node()[:120], mapping, data / "thumbnails"),
        scene,
        LateMessenger(configuration.redis_url),
        redis_url=configuration.redis_url,
        folder=data / "artist",
        post=post,
        after=after,
        changed=changed,
    )
    jobs.start()
    return jobs


def source_of_jobs(configuration: ArtistConfiguration) -> tuple[object, ...]:
    """What decides whose jobs are listed, from where, and which of their files are found: others are not begun anew."""
    return configuration.artist, configuration.redis_url, configuration.path_rules


def bake_tools(
    scene: ScenePort,
    post: Post,
    after: After,
    *,
    folder: SessionFolder,
    data: Path,
    node_program: Callable[[], bytes],
) -> BakeTools:
    """What pressing Bake needs. A submission that is under way is finished although its session closes."""
    return BakeTools(
        scene=scene,
        background=Background(post),
        after=after,
        folder=folder,
        local_folder=data / "local-bakes",
        ledger=Ledger(data / "artist" / "jobs"),
        node_program=node_program,
        sender=lambda configuration: LateMessenger(configuration.redis_url).send,
        clock=lambda: datetime.now(timezone.utc),
    )
