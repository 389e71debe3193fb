"""The one plug-in that jobs of the local farm use, as its documents name it."""

from __future__ import annotations

from typing import Final

PLUGIN_NAME: Final = "Command Line Tool"
PLUGIN_DESCRIPTION: Final = "Runs the command of a cmdjob submission"
VERSION: Final = "300"  # clients read it as a whole number
