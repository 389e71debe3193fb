"""The folder of one share probe: made, read and removed by the workers, answered by nodes.

`challenge.json` proves whose folder it is, so it comes first and goes last. Removes nothing but what a probe makes, and
follows no link. Does not judge answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from flatiron_tasks.contracts.errors import ContractError, OwnershipError
from flatiron_tasks.contracts.identity import read_time
from flatiron_tasks.contracts.layout import NODE_PROGRAM, PROBES
from flatiron_tasks.contracts.share_probe import NONCE_PATTERN, ShareAnswer, ShareChallenge
from flatiron_tasks.share.atomic import share_error, write_atomically
from flatiron_tasks.share.held_folder import HeldFolder, hold, is_file, is_folder

CHALLENGE = "challenge.json"
LARGEST_ANSWER_BYTES = 64 * 1024
_NONCE = re.compile(NONCE_PATTERN)
_ANSWER = re.compile(r"answer-([0-9]{5,})\.json")
_OURS = re.compile(
    rf"(?:{_ANSWER.pattern}|trial-[0-9]{{5,}}\.txt|{re.escape(NODE_PROGRAM)})"
    rf"|\.(?:answer-[0-9]{{5,}}\.json|trial-[0-9]{{5,}}\.txt|{re.escape(CHALLENGE)}|{re.escape(NODE_PROGRAM)})"
    r"\.[0-9a-f]+\.tmp"
)


def answer_name(server: int) -> str:
    """File name of the answer of a server, by its position in the challenge."""
    return f"answer-{server:05d}.json"


def trial_name(server: int) -> str:
    """File name that a server writes, renames and reads back; it is gone again when the answer is there."""
    return f"trial-{server:05d}.txt"


def make(network_folder: Path, challenge: ShareChallenge, program: bytes) -> None:
    """Put the challenge and the node program on the share; again is harmless. Raises ShareError, OwnershipError."""
    folder = network_folder / PROBES / challenge.nonce
    for each in (folder.parent, folder):
        _make(each)
    for name, data in ((CHALLENGE, challenge.to_json().encode("utf-8")), (NODE_PROGRAM, program)):
        if not (folder / name).is_file():
            write_atomically(folder / name, data)


def find(network_folders: Sequence[Path], nonce: str) -> Path | None:
    """The folder of a probe as this machine sees it; None if it is not there."""
    return next((root / PROBES / nonce for root in network_folders if (root / PROBES / nonce).is_dir()), None)


def answers(folder: Path, challenge_nonce: str) -> dict[int, ShareAnswer]:
    """All answers that are there, by the server's position. One that breaks its contract is none.

    Raises ShareError.
    """
    found: dict[int, ShareAnswer] = {}
    try:
        with hold(folder) as held:
            for name, status in held.entries().items():
                match = _ANSWER.fullmatch(name)
                if match and is_file(status) and status.st_size <= LARGEST_ANSWER_BYTES:
                    answer = _read_answer(held, name, folder)
                    if answer and answer.nonce == challenge_nonce and answer_name(answer.server) == name:
                        found[answer.server] = answer
    except FileNotFoundError:
        return found  # removed meanwhile
    except OSError as error:
        raise share_error(f"The answers in {folder} cannot be read.", error) from error
    return found


def remove(network_folder: Path, nonce: str) -> tuple[str, ...]:
    """Remove the folder of a probe; one that is gone is a success. Returns what stays: it is not a probe's.

    Raises ShareError, OwnershipError if its challenge names another probe.
    """
    if not _NONCE.fullmatch(nonce):
        raise OwnershipError(f"{nonce!r:.80} is no share probe.", advice="Nothing was removed.")
    try:
        with hold(network_folder) as root, root.enter(PROBES) as probes:
            leftovers = _remove(probes, nonce, network_folder / PROBES / nonce)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise share_error(f"{network_folder / PROBES / nonce} cannot be removed.", error) from error
    _remove_if_empty(network_folder)
    return leftovers


def stale(network_folder: Path, *, now: datetime, age: timedelta, open_nonces: Collection[str]) -> Iterator[str]:
    """Nonces of probes that nobody waits for and that were made longer ago than `age`. Raises ShareError."""
    try:
        with hold(network_folder) as root, root.enter(PROBES) as probes:
            for name in sorted(probes.entries()):
                if _NONCE.fullmatch(name) and name not in open_nonces and _is_older(probes, name, now - age):
                    yield name
    except FileNotFoundError:
        return
    except OSError as error:
        raise share_error(f"{network_folder / PROBES} cannot be read.", error) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
        found = is_folder(folder.lstat())
    except OSError as error:
        raise share_error(f"The folder {folder} cannot be made.", error) from error
    if not found:
        raise OwnershipError(f"{folder} is a link.", why="A probe would end up outside the network folder.")


def _read_answer(held: HeldFolder, name: str, folder: Path) -> ShareAnswer | None:
    try:
        return ShareAnswer.from_json(held.read(name), source=str(folder / name))
    except (ContractError, FileNotFoundError):
        return None


def _remove(probes: HeldFolder, nonce: str, path: Path) -> tuple[str, ...]:
    with probes.enter(nonce) as held:
        entries = held.entries()
        if entries:
            _check_owner(held, nonce, path)
        leftovers = [name for name, status in entries.items() if name != CHALLENGE and not _is_ours(name, status)]
        for name in entries.keys() - {CHALLENGE, *leftovers}:
            _unlink(held, name)
        if not leftovers:
            _unlink(held, CHALLENGE)
    if not leftovers:
        probes.rmdir(nonce)
    return tuple(str(path / name) for name in sorted(leftovers))


def _check_owner(held: HeldFolder, nonce: str, path: Path) -> None:
    """Raise OwnershipError unless the challenge in the folder names it; without one only temporaries may be there."""
    try:
        challenge = ShareChallenge.from_json(held.read(CHALLENGE), source=str(path / CHALLENGE))
    except FileNotFoundError:
        return
    except ContractError as error:
        raise OwnershipError(f"{path} is not removed.", why=str(error), advice="Look into it.") from error
    if challenge.nonce != nonce:
        raise OwnershipError(f"{path} is not removed.", why="Its challenge names another probe.")


def _is_ours(name: str, status: object) -> bool:
    return bool(_OURS.fullmatch(name)) and is_file(status)  # type: ignore[arg-type]


def _unlink(held: HeldFolder, name: str) -> None:
    try:
        held.unlink(name)
    except FileNotFoundError:
        return  # another clean-up was faster


def _is_older(probes: HeldFolder, name: str, moment: datetime) -> bool:
    """By what its challenge says; a folder without any holds nothing, or was never one of ours."""
    try:
        with probes.enter(name) as held:
            challenge = ShareChallenge.from_json(held.read(CHALLENGE), source=name)
            return challenge.nonce == name and read_time(challenge.made_at) < moment
    except (ContractError, OSError):
        return False


def _remove_if_empty(network_folder: Path) -> None:
    try:
        with hold(network_folder) as root:
            root.rmdir(PROBES)
    except OSError:
        return  # another probe's folder stands in it
