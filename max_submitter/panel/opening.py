"""Put a session into a dock: gives it Qt's main thread and Qt's timers. Knows neither 3ds Max nor what a session is."""

from __future__ import annotations

from collections.abc import Callable

from max_submitter.panel.dock import PanelDock, show_panel
from max_submitter.panel.main_thread import MainThread, after
from max_submitter.session.background import After, Post
from max_submitter.session.port import PanelSession


def open_dock(
    make_session: Callable[[Post, After], PanelSession], *, window_handle: Callable[[], int] | None = None
) -> PanelDock:
    """Show the panel; `make_session` is called only if there is none yet. Raises SettingsError without a window."""

    def open_session() -> PanelSession:
        # Not the panel's own: a submission that is under way ends although the panel is closed.
        return make_session(MainThread().post, after)

    return show_panel(open_session, window_handle=window_handle)
