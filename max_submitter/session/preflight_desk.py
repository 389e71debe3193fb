"""Run preflight beside the artist's work: the scene is asked in small steps, slow checks run in a thread.

Decides nothing about the checks; keeps what they found, and whether it is all.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final, Literal

from flatiron_tasks.contracts.errors import FlatironError, UnexpectedError
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.gathering import Gathering
from max_submitter.preflight.inputs import PreflightInput, SceneFacts
from max_submitter.preflight.run import run_quick, run_slow, worst_first
from max_submitter.preflight.surroundings import Surroundings
from max_submitter.scene.port import ScenePort
from max_submitter.session.background import After, Background

log = logging.getLogger(__name__)
Anew = Literal["", "objects", "scene"]
"""What of the scene is asked for again: nothing but what is missing, its objects (others are selected), or all."""
_PAUSE_MS: Final = 1
_TURN_SECONDS: Final = 0.005
"""How long 3ds Max is asked before it may do something else; one question of many is not interrupted."""
_REST_MS: Final = 300
"""Slow checks begin when nothing was changed for this long."""


class PreflightDesk:
    """Everything belongs to the main thread. `changed` is called when findings or facts are new."""

    def __init__(
        self,
        scene: ScenePort,
        *,
        background: Background,
        after: After,
        fixes: Fixes,
        surroundings: Surroundings,
        changed: Callable[[], None],
    ) -> None:
        self._scene = scene
        self._background = background
        self._after = after
        self._fixes = fixes
        self._surroundings = surroundings
        self._changed = changed
        self._run = 0
        self._quick: tuple[Finding, ...] = ()
        self._slow: tuple[Finding, ...] = ()
        self._is_checking = False
        self._facts: SceneFacts | None = None
        self._is_stale = True

    @property
    def facts(self) -> SceneFacts | None:
        """The scene as it was looked at last; None before."""
        return self._facts

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, worst first. Until all is looked at anew, slow findings are those of before."""
        return worst_first((*self._quick, *self._slow))

    @property
    def is_checking(self) -> bool:
        """Whether not everything was looked at yet."""
        return self._is_checking

    def look(self, settings: BakeSettings, configuration: ArtistConfiguration, *, anew: Anew = "") -> None:
        """Check these settings; the scene is asked again if it must be, or as far as `anew` says."""
        self._run += 1
        self._is_checking = True
        self._is_stale = self._is_stale or anew == "scene"
        facts = self._facts
        if facts is None or self._is_stale or anew or not facts.has_uvs or not facts.answers(settings):
            gathering = Gathering(
                self._scene, settings.groups, settings.uv_channel, known=None if self._is_stale else facts
            )
            run = self._run
            self._after(_PAUSE_MS, lambda: self._gather(run, gathering, settings, configuration))
        else:
            self._check(self._run, facts, settings, configuration)
        self._changed()

    def close(self) -> None:
        """Let what runs end by itself."""
        self._run += 1

    def _gather(
        self, run: int, gathering: Gathering, settings: BakeSettings, configuration: ArtistConfiguration
    ) -> None:
        if run != self._run:
            return
        before = gathering.facts
        try:
            is_more = _steps(gathering)
        except FlatironError as error:
            self._give_up(error)
            return
        except Exception as error:
            log.exception("the look at the scene broke")
            self._give_up(_unexpected(error))
            return
        if gathering.facts is not None:
            self._facts, self._is_stale = gathering.facts, False
        if gathering.facts is not None and before is None:
            self._quick = run_quick(PreflightInput(settings, configuration, gathering.facts), self._fixes)
            self._changed()
        if is_more:
            self._after(_PAUSE_MS, lambda: self._gather(run, gathering, settings, configuration))
        elif gathering.facts is not None:
            self._check(run, gathering.facts, settings, configuration)

    def _give_up(self, error: FlatironError) -> None:
        self._is_checking = False
        self._quick, self._slow = (Finding("scene-unreadable", "fatal", error.reason, error.advice),), ()
        self._changed()

    def _check(self, run: int, facts: SceneFacts, settings: BakeSettings, configuration: ArtistConfiguration) -> None:
        given = PreflightInput(settings, configuration, facts)
        self._quick = run_quick(given, self._fixes)
        self._after(_REST_MS, lambda: self._check_slowly(run, given))
        self._changed()

    def _check_slowly(self, run: int, given: PreflightInput) -> None:
        if run != self._run:
            return
        self._background.run(
            "preflight",
            lambda: tuple(run_slow(given, self._fixes, self._surroundings, lambda: run != self._run)),
            lambda found: self._take(run, found),
            lambda error: self._take(run, (Finding("preflight-broken", "fatal", error.reason, error.advice),)),
        )

    def _take(self, run: int, found: tuple[Finding, ...]) -> None:
        if run != self._run:
            return
        self._slow, self._is_checking = found, False
        self._changed()


def _unexpected(error: Exception) -> UnexpectedError:
    return UnexpectedError(
        "The scene cannot be looked at.",
        why=f"An error that the program does not know: {type(error).__name__}: {error}",
        advice="Press Check again; report this if it stays.",
    )


def _steps(gathering: Gathering) -> bool:
    """Ask the scene for a moment. Returns whether there is more to ask. Raises SceneError."""
    until = time.perf_counter() + _TURN_SECONDS
    while is_more := gathering.step():
        if time.perf_counter() > until:
            break
    return is_more
