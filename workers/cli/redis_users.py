"""`flatiron redis-users`: the accounts of Redis for this studio."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from flatiron_tasks.contracts.errors import BadInputError, SettingsError
from flatiron_tasks.share.atomic import remove_quietly, replace_file, share_error, temporary_beside
from workers.cli.session import session_of
from workers.redis_accounts.acl_file import accounts, acl_file, new_passwords


def redis_users(
    context: typer.Context,
    artist: Annotated[
        list[str] | None, typer.Option(help="An artist's name as jobs have it; repeatable. By default the settings'.")
    ] = None,
    passwords: Annotated[
        Path | None, typer.Option(help="JSON file {account: password}; new ones are added. It is made if missing.")
    ] = None,
    before_7_2: Annotated[bool, typer.Option("--before-7-2", help="For Redis 7.0.")] = False,
) -> None:
    """Print Redis's ACL file: accounts for artists, workers, dashboards and administrators, each with what it needs.

    The passwords go into the file that --passwords names, which only this account can read; what is printed holds
    hashes only. Running it again keeps the passwords that are there.
    """
    if passwords is None:
        raise BadInputError("No file for the passwords is named.", advice="Add --passwords /etc/flatiron/redis.json.")
    wanted = accounts(artist or session_of(context).settings.artists)
    chosen = new_passwords(wanted, read_passwords(passwords))
    write_passwords(passwords, chosen)
    typer.echo(acl_file(wanted, chosen, before_7_2=before_7_2), nl=False)


def read_passwords(path: Path) -> dict[str, str]:
    """The known passwords; none if there is no file. Raises SettingsError for a file that is something else."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"The passwords in {path} cannot be read.", why=type(error).__name__) from None
    if not isinstance(known, dict) or not all(isinstance(item, str) for item in known.values()):
        raise SettingsError(f"{path} is not a JSON object of accounts and passwords.")
    return known


def write_passwords(path: Path, passwords: dict[str, str]) -> None:
    """Keep them where only this account can read them, at no moment anybody else. Raises ShareError."""
    temporary = temporary_beside(path)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(passwords, file, indent=1, sort_keys=True)
        replace_file(temporary, path)
    except OSError as error:
        raise share_error(f"{path} cannot be written.", error) from error
    finally:
        remove_quietly(temporary)
