"""What slow checks ask of the world outside the scene. `local_surroundings` is the real thing; tests have their own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

Occupant = Literal["nothing", "ours", "foreign", "folder", "link", "other"]
"""What stands at the path of a texture. `ours` carries the mark of a bake; `foreign` is a file that does not."""


class Surroundings(Protocol):
    """Called in a background thread. Answers within a time limit, also when a share does not."""

    def is_folder(self, folder: Path) -> bool:
        """Whether a folder is there. Raises ShareError if that cannot be told."""
        ...

    def is_there(self, path: str) -> bool:
        """Whether a file of the scene is there. Raises ShareError if its folder does not answer."""
        ...

    def write_probe(self, folder: Path) -> None:
        """Write a small file into a folder and remove it. Raises ShareError if that fails."""
        ...

    def free_bytes(self, folder: Path) -> int:
        """Bytes that this account may still write there. Raises ShareError if that cannot be told."""
        ...

    def drive_target(self, drive: str) -> str:
        r"""UNC path behind a drive (`Z:` -> `\\server\share`); empty for a drive of this machine alone."""
        ...

    def occupant(self, path: Path) -> Occupant:
        """What stands at the path of a texture. Raises ShareError if it cannot be looked at."""
        ...

    def manager_trouble(self, host: str, port: int) -> str:
        """Why the farm manager does not answer; empty if it does."""
        ...

    def redis_trouble(self, url: str) -> str:
        """Why Redis does not answer or refuses; empty if it is well."""
        ...
