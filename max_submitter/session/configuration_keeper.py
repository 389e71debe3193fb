"""Write down how this machine reaches the studio, beside the artist's work: a profile may lie on a share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from flatiron_tasks.contracts.errors import SettingsError
from max_submitter.artist_configuration import keep_configuration
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.session.background import Background


class ConfigurationKeeper:
    """Main thread only. `report` hears of what could not be kept, or does not hold."""

    def __init__(
        self, environment: Mapping[str, str], background: Background, *, report: Callable[[str], None]
    ) -> None:
        self._environment = environment
        self._background = background
        self._report = report
        self._newest: ArtistConfiguration | None = None
        self._writing = threading.Lock()

    def keep(self, configuration: ArtistConfiguration) -> None:
        """Keep it soon; of two changes in a row the last one stays, whichever thread is faster."""
        self._newest = configuration
        self._background.run(
            "keeping the configuration", self._write, lambda remark: self._report(str(remark or "")), self._failed
        )

    def _write(self) -> SettingsError | None:
        with self._writing:
            return None if self._newest is None else keep_configuration(self._newest, self._environment)

    def _failed(self, error: Exception) -> None:
        self._report(str(error))
