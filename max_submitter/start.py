"""Open the panel inside 3ds Max: what the macro calls.

The border to 3ds Max: what goes wrong is written to the log file and shown in a box; nothing is raised into a macro.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from flatiron_tasks.contracts.errors import FlatironError, SettingsError
from max_submitter.scene.max_scene import MaxScene
from max_submitter.scene.runtime import pymxs_module
from max_submitter.session.artist_session import ArtistSession
from max_submitter.start_log import start_log

if TYPE_CHECKING:
    from max_submitter.session.background import After, Post

TITLE: Final = "Flatiron Network Rendering"
END_ID: Final = "FlatironNetworkRenderingEnd"
"""Id of our callback at the end of 3ds Max."""

log = logging.getLogger(__name__)


def open_panel(pymxs: Any = None, environment: Mapping[str, str] = os.environ) -> bool:
    """Show the panel, or bring the one that is there to the front. Main thread only. Returns whether it is shown.

    Raises SettingsError where there is no 3ds Max, or nobody who could read a box.
    """
    pymxs = pymxs or pymxs_module()
    scene = MaxScene(pymxs)
    if not scene.is_interactive():
        raise SettingsError(
            "3ds Max runs without a person: there is nobody to show a panel to.",
            advice="Call max_submitter.scripting.bake() from a script instead.",
        )
    log_file = start_log(environment)
    try:
        _show(pymxs.runtime, scene, environment)
    except Exception as error:
        log.exception("The panel cannot be opened.")
        pymxs.runtime.messageBox(f"{_sentence(error)}\n\nDetails: {log_file}", title=TITLE)
        return False
    return True


def _show(runtime: Any, scene: MaxScene, environment: Mapping[str, str]) -> None:
    from max_submitter.panel.dock import destroy_panel  # noqa: PLC0415 - Qt, and its absence is shown in the box
    from max_submitter.panel.opening import open_dock  # noqa: PLC0415

    def make_session(post: Post, after: After) -> ArtistSession:
        return ArtistSession(scene, post=post, after=after, environment=environment)

    open_dock(make_session, window_handle=lambda: int(runtime.windows.getMAXHWND()))
    runtime.callbacks.removeScripts(id=runtime.Name(END_ID))
    runtime.callbacks.addScript(runtime.Name("preSystemShutdown"), destroy_panel, id=runtime.Name(END_ID))


def _sentence(error: Exception) -> str:
    if isinstance(error, FlatironError):
        return str(error)
    return f"An error that the program does not know: {type(error).__name__}: {error}"
