"""The program behind the panel: puts the scene, preflight, submission, jobs and settings together.

Main thread only; everything slow runs in threads, and listeners are called on the main thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flatiron_tasks.contracts.errors import BadInputError, FlatironError, StateError
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.artist_configuration import load_configuration
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.jobs.artist_jobs import ArtistJobs
from max_submitter.node_program import packaged_node_program
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.local_surroundings import LocalSurroundings
from max_submitter.scene.facts import ObjectGroup, RendererFacts
from max_submitter.scene.port import SceneChange, ScenePort
from max_submitter.session import desktop
from max_submitter.session.background import After, Background, Post, beside
from max_submitter.session.bake import BakeDesk
from max_submitter.session.configuration_keeper import ConfigurationKeeper
from max_submitter.session.connection_test import ConnectionTest
from max_submitter.session.fixing import SessionFixes
from max_submitter.session.hand_merge import HandMerge
from max_submitter.session.journal import Journal
from max_submitter.session.manager_greeting import manager_trouble
from max_submitter.session.planned import PlannedFiles
from max_submitter.session.port import BakeProgress, ConnectionLine, JobRow, PlannedFile, Topic
from max_submitter.session.preflight_desk import Anew, PreflightDesk
from max_submitter.session.redis_check import redis_trouble
from max_submitter.session.session_folder import SessionFolder
from max_submitter.session.settings_keeper import SettingsKeeper
from max_submitter.session.sticky import StickySettings
from max_submitter.session.studio import LateMessenger, bake_tools, source_of_jobs, start_jobs
from max_submitter.session.unsent import UnsentJobs
from max_submitter.user_folders import data_folder, settings_folder


class ArtistSession:
    """Implements `session_port.PanelSession`. Methods that do something raise FlatironError if it cannot be begun."""

    def __init__(
        self,
        scene: ScenePort,
        *,
        post: Post,
        after: After,
        environment: Mapping[str, str],
        node_program: Callable[[], bytes] = packaged_node_program,
    ) -> None:
        """`environment` says where this user's folders and the configuration are. Raises ShareError, SceneError."""
        self._scene = scene
        self._environment = environment
        self._after = after
        self._data = data_folder(environment)
        self._listeners: list[Callable[[Topic], None]] = []
        self._remarks: list[str] = []
        self._background = Background(post)
        found = load_configuration(environment)
        self._configuration = found.configuration
        self._remark(str(found.trouble or ""))
        self._keeper = SettingsKeeper(
            scene,
            StickySettings(settings_folder(environment)),
            background=Background(post),  # what was changed last is kept although the session closes
            after=after,
            report=self._remark,
        )
        self._configurations = ConfigurationKeeper(environment, Background(post), report=self._remark)
        surroundings = LocalSurroundings(manager_trouble=manager_trouble, redis_trouble=redis_trouble)
        self._preflight = PreflightDesk(
            scene,
            background=self._background,
            after=after,
            fixes=SessionFixes(scene, lambda: self.settings, self.change),
            surroundings=surroundings,
            changed=self._looked,
        )
        self._planned = PlannedFiles(self._background, lambda: self._tell("preflight"))
        self._test = ConnectionTest(self._background, surroundings, lambda: self._tell("test"))
        self._merge = HandMerge(self._background, lambda: self._tell("bake"))
        self._folder = SessionFolder.make(self._data / "sessions")
        tools = bake_tools(scene, post, after, folder=self._folder, data=self._data, node_program=node_program)
        self._desk = BakeDesk(tools, lambda: self._jobs, lambda: self._tell("bake"))
        self._jobs = self._make_jobs()
        self._end_callbacks = scene.on_change(self._scene_changed)
        self._unsent = self._make_unsent(after)
        self._unsent.start()
        self._look(anew="scene")

    @property
    def settings(self) -> BakeSettings:
        """What is set now."""
        return self._keeper.settings

    @property
    def configuration(self) -> ArtistConfiguration:
        """How this machine reaches the studio."""
        return self._configuration

    def listen(self, callback: Callable[[Topic], None]) -> Callable[[], None]:
        """Call back on the main thread after a change. Returns what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def change(self, settings: BakeSettings) -> None:
        """Take over settings; remembers them and looks at the preflight again."""
        self._keeper.change(settings)
        self._look()
        self._tell("settings")

    def configure(self, configuration: ArtistConfiguration) -> None:
        """Take over how this machine reaches the studio, and keep it as this user's own. Raises PathMappingError."""
        PathMapping(configuration.path_rules)  # refuses rules that cannot be kept
        before, self._configuration = self._configuration, configuration
        self._configurations.keep(configuration)
        if source_of_jobs(before) != source_of_jobs(configuration):
            self._jobs.leave()
            self._jobs = self._make_jobs()
        self._look()
        self._tell("settings")
        self._tell("jobs")

    def groups(self) -> tuple[ObjectGroup, ...]:
        """Named groups of the scene."""
        try:
            return self._scene.groups()
        except FlatironError as error:
            self._remark(str(error))
            return ()

    def renderer(self) -> RendererFacts | None:
        """The renderer as it was looked at last; None before."""
        facts = self._preflight.facts
        return facts.renderer if facts else None

    def planned_files(self) -> tuple[PlannedFile, ...]:
        """The final path of every file, in plan order; empty while the settings give none."""
        return self._planned.files

    def findings(self) -> tuple[Finding, ...]:
        """What preflight found, worst first, then what else the artist should know."""
        remarks = (Finding("remark", "warning", text) for text in self._remarks)
        return (*self._preflight.findings, *remarks)

    def is_checking(self) -> bool:
        """Whether preflight has not looked at everything yet."""
        return self._preflight.is_checking

    def reason_against_bake(self) -> str:
        """Why Bake is disabled, one sentence; empty if it is not."""
        busy = self._desk.reason_against(self.settings)
        if busy:
            return busy
        worst = next((item for item in self._preflight.findings if item.level != "warning"), None)
        if worst is not None:
            return worst.what
        return "The scene is still being checked." if self._preflight.is_checking else ""

    def fix(self, finding: Finding) -> None:
        """Mend one finding and look again. Raises FlatironError if it cannot be mended."""
        try:
            if finding.fix is not None:
                finding.fix()
        finally:
            self._look(anew="scene")

    def check_again(self) -> None:
        """Look at the scene and run preflight again; remarks were read by now."""
        self._remarks.clear()
        self._look(anew="scene")

    def bake(self) -> None:
        """Press Bake. Raises BadInputError with the reason if Bake is disabled."""
        reason = self.reason_against_bake()
        if reason:
            raise BadInputError(f"The bake cannot begin. {reason}")
        self._keeper.flush()
        self._merge.forget()
        self._desk.press(self.settings, self._configuration)

    def bake_progress(self) -> BakeProgress | None:
        """How far pressing Bake, or a merge by hand, has come; None if it was not pressed, or all is done."""
        return self._desk.progress or self._merge.progress

    def submitted(self) -> tuple[str, ...]:
        """Ids of the jobs of the last press of Bake."""
        return tuple(self._desk.submitted)

    def untold(self) -> tuple[str, ...]:
        """Those of them that the workers do not know of yet; they are told as soon as Redis takes the message."""
        return tuple(job_id for job_id in self._desk.submitted if job_id in self._desk.unsettled)

    def test(self) -> None:
        """Look whether Manager, Redis, share and workers answer; lines come by the topic `test`."""
        self._test.start(self.settings, self._configuration)

    def test_lines(self) -> tuple[ConnectionLine, ...]:
        """What the last test says so far."""
        return self._test.lines

    def jobs(self) -> tuple[JobRow, ...]:
        """All jobs of this artist, newest first."""
        return self._jobs.rows()

    def jobs_trouble(self) -> str:
        """Why the list may be out of date; empty if it is not."""
        return self._jobs.trouble()

    def cancel(self, job_id: str) -> None:
        """Cancel a job: one of this machine at once, others by the workers."""
        if not self._desk.cancel_local(job_id):
            self._jobs.cancel(job_id)

    def go_on(self, job_id: str) -> None:
        """Ask the workers to let a suspended job go on."""
        self._jobs.go_on(job_id)

    def suspend(self, job_id: str) -> None:
        """Ask the workers to begin no more of its tasks."""
        self._jobs.suspend(job_id)

    def requeue(self, job_id: str) -> None:
        """Ask the workers to do again what failed."""
        self._jobs.requeue(job_id)

    def open_folder(self, job_id: str) -> None:
        """Show the output folder of a job in the file manager, soon. Raises StateError, PathMappingError."""
        view = self._jobs.view(job_id)
        if view is None:
            raise StateError(f"Nobody knows the job {job_id}.", advice="Wait until the list is read.")
        folder = Path(self._mapping().to_local(view.output_folder))
        self._background.run(
            "showing a folder",
            lambda: desktop.open_folder(folder),
            lambda _: None,
            lambda error: self._jobs.note(job_id, str(error)),
        )

    def open_in_flower(self, job_id: str) -> None:
        """Show a job in the browser: its page, or Flower's tasks. Raises BadInputError."""
        desktop.open_page(desktop.page_of(job_id, self._configuration))

    def merge_by_hand(self, description: Path) -> None:
        """Manual Merge of a `job.desc` by the `flatiron` command in its own process; told as `bake` progress."""
        self._merge.start(description, self._configuration)

    def close(self) -> None:
        """End all threads; what runs on the farm goes on, and so does a submission or bake that is under way here."""
        self._keeper.flush()
        self._end_callbacks()
        self._listeners.clear()
        self._preflight.close()
        self._background.close()
        self._jobs.close()
        self._desk.when_through(lambda: beside("cleaning up", self._folder.remove))

    def _make_jobs(self) -> ArtistJobs:
        return start_jobs(
            self._configuration,
            self._scene,
            self._mapping(),
            data=self._data,
            post=self._background.tell,
            after=self._after,
            changed=lambda: self._tell("jobs"),
        )

    def _make_unsent(self, after: After) -> UnsentJobs:
        return UnsentJobs(
            self._desk,
            sessions=self._data / "sessions",
            journal=Journal(self._folder.journal),
            background=self._background,
            after=after,
            send=lambda: LateMessenger(self._configuration.redis_url).send,
            configuration=lambda: self._configuration,
            report=self._remark,
        )

    def _mapping(self) -> PathMapping:
        try:
            return PathMapping(self._configuration.path_rules)
        except FlatironError as error:
            self._remark(str(error))
            return PathMapping()

    def _scene_changed(self, change: SceneChange) -> None:
        if change in ("opened", "new"):
            self._desk.scene_replaced()
            self._keeper.scene_replaced()
            self._tell("settings")
        if change != "selection":
            self._look(anew="scene")
        elif not self.settings.groups:
            self._look(anew="objects")
        self._tell("scene")

    def _look(self, *, anew: Anew = "") -> None:
        self._preflight.look(self.settings, self._configuration, anew=anew)
        self._planned.look(self.settings, self._preflight.facts)

    def _looked(self) -> None:
        self._planned.look(self.settings, self._preflight.facts)
        self._tell("preflight")

    def _remark(self, text: str) -> None:
        if text and text not in self._remarks:
            self._remarks.append(text)
            self._tell("preflight")

    def _tell(self, topic: Topic) -> None:
        for listener in tuple(self._listeners):
            listener(topic)
