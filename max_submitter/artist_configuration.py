"""Find and keep how this machine reaches the studio: a named file, the machine's, or the user's own.

The administrator writes the machine's file; what the artist sets in the panel goes into the user's, which is read when
there is no other.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import ContractError, FlatironError, SettingsError
from flatiron_tasks.share.atomic import share_error, write_atomically
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.user_folders import settings_folder

VARIABLE: Final = "FLATIRON_ARTIST_CONFIG"
FILE_NAME: Final = "artist.json"

NOT_SET_UP: Final = ArtistConfiguration(
    schema_version=1,
    redis_url="",
    artist="",
    path_rules=(),
    flower_url="",
    web_url="",
    renderer="3dsmaxbatch",
    task_timeout_minutes=240,
    local_command=(),
)


@dataclass(frozen=True)
class Found:
    """The configuration, and where it comes from."""

    configuration: ArtistConfiguration
    path: Path | None
    """None if there is no file."""
    trouble: FlatironError | None = None
    """Why the file could not be used; then the configuration is `NOT_SET_UP`."""


def load_configuration(environment: Mapping[str, str] = os.environ) -> Found:
    """The configuration of the first file that is there: FLATIRON_ARTIST_CONFIG, the machine's, the user's."""
    named = environment.get(VARIABLE, "")
    for path in [Path(named)] if named else [machine_file(environment), user_file(environment)]:
        try:
            return Found(_read(path), path)
        except FileNotFoundError as error:
            if named:
                return Found(NOT_SET_UP, path, _unusable(path, str(error)))
        except ContractError as error:
            return Found(NOT_SET_UP, path, _unusable(path, error.what, error.advice))
        except OSError as error:
            return Found(NOT_SET_UP, path, _unusable(path, str(error)))
    return Found(NOT_SET_UP, None)


def keep_configuration(
    configuration: ArtistConfiguration, environment: Mapping[str, str] = os.environ
) -> SettingsError | None:
    """Keep it as the user's own. Returns a remark if another file is read before that one. Raises ShareError."""
    path = user_file(environment)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise share_error(f"{path.parent} cannot be made.", error) from error
    write_atomically(path, configuration.to_json())
    first = load_configuration(environment).path
    if first == path:
        return None
    return SettingsError(
        f"The change holds until the program ends: {first} is read before {path}.",
        advice="Ask the administrator to change that file.",
    )


def machine_file(environment: Mapping[str, str] = os.environ) -> Path:
    r"""The administrator's file: `%PROGRAMDATA%\Flatiron\artist.json`, elsewhere `/etc/flatiron/artist.json`."""
    if os.name == "nt":
        return Path(environment.get("PROGRAMDATA", r"C:\ProgramData"), "Flatiron", FILE_NAME)
    return Path("/etc/flatiron") / FILE_NAME


def user_file(environment: Mapping[str, str] = os.environ) -> Path:
    """The user's own file."""
    return settings_folder(environment) / FILE_NAME


def _read(path: Path) -> ArtistConfiguration:
    return ArtistConfiguration.from_json(path.read_bytes(), source=str(path))


def _unusable(path: Path, why: str, advice: str = "") -> SettingsError:
    return SettingsError(
        f"The configuration {path} cannot be used.", why=why, advice=advice or f"Correct the file, or {VARIABLE}."
    )
