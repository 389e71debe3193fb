"""Write one environment file per service, from the passwords that `flatiron redis-users` made.

    python3 write_env_files.py /etc/flatiron/redis.json --redis-host redis.studio.example --folder /etc/flatiron

Only root can read them. What a file says already stays, except FLATIRON_REDIS_URL: run it again after new passwords.
Standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

WORKER_OPTIONS = "WORKER_OPTIONS"
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "worker": {WORKER_OPTIONS: "--queues dispatch --queues poll --queues merge --queues deliver"},
    "front-desk": {WORKER_OPTIONS: "--queues front-desk --concurrency 1"},
    "sweep": {},
    "flower": {},
    "web": {},
    "td": {},
}
"""Account of Redis -> what its environment file holds besides the address of Redis."""

LOGINS = {"flower": "FLATIRON_FLOWER__BASIC_AUTH", "web": "FLATIRON_WEB__BASIC_AUTH"}
"""The dashboards' own login, the same for both."""


def environment(account: str, password: str, redis_host: str, login: str) -> dict[str, str]:
    """The variables of one service."""
    variables = {"FLATIRON_REDIS_URL": f"rediss://{account}:{password}@{redis_host}:6379/0", **OPTIONS[account]}
    return variables | ({LOGINS[account]: login} if account in LOGINS else {})


def known_variables(path: Path) -> dict[str, str]:
    """What a file says already; nothing if there is none."""
    if not path.exists():
        return {}
    pairs = (line.partition("=") for line in path.read_text("utf-8").splitlines() if "=" in line)
    return {name: value for name, _, value in pairs if not name.startswith("#")}


def write(path: Path, variables: Mapping[str, str]) -> None:
    """Make the file anew, for its owner alone from the first moment."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_all(passwords: Mapping[str, str], redis_host: str, folder: Path) -> list[Path]:
    """Write the files of all services; returns them. Raises KeyError for an account that has no password."""
    folder.mkdir(parents=True, exist_ok=True)
    before = {account: known_variables(folder / f"{account}.env") for account in OPTIONS}
    logins = (before[account].get(name) for account, name in LOGINS.items())
    login = next((item for item in logins if item), f"td:{secrets.token_urlsafe(18)}")
    paths = []
    for account in OPTIONS:
        new = environment(account, passwords[account], redis_host, login)
        url = {"FLATIRON_REDIS_URL": new["FLATIRON_REDIS_URL"]}
        paths.append(folder / f"{account}.env")
        write(paths[-1], new | before[account] | url)
    return paths


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passwords", type=Path, help="JSON file of `flatiron redis-users --passwords`")
    parser.add_argument("--redis-host", required=True, help="name of the Redis machine, as in its certificate")
    parser.add_argument("--folder", type=Path, default=Path("/etc/flatiron"))
    given = parser.parse_args()
    for path in write_all(json.loads(given.passwords.read_text("utf-8")), given.redis_host, given.folder):
        print(path)  # noqa: T201 - a command


if __name__ == "__main__":
    main()
