"""The share probe on a node: opens the challenge through this node's path, and answers beside it.

    python node.pyz --probe <network folder>/flatiron-probes/<nonce>/challenge.json --server 3 --step write

Renders nothing, and writes nothing unless the challenge is there and names its own folder.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import platform
import secrets
import shutil
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from flatiron_tasks.contracts.errors import ContractError, FlatironError, ShareError
from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.contracts.share_probe import STEPS, ShareAnswer, ShareChallenge
from flatiron_tasks.share import atomic
from flatiron_tasks.share.bounded_read import read_bounded
from flatiron_tasks.share.probe_folder import answer_name, trial_name
from workers.node.exit_codes import NodeExit

_LOG = logging.getLogger("flatiron.node")


def main(arguments: Sequence[str]) -> NodeExit:
    """Run one step of the probe."""
    options = _parser().parse_args(arguments)
    try:
        challenge = read_challenge(options.probe, options.server)
        if options.step == "write":
            answer(options.probe.parent, challenge, options.server)
    except FlatironError as error:
        _LOG.error("%s", error)
        return NodeExit.JOB_DESCRIPTION if isinstance(error, ContractError) else NodeExit.SHARE
    _LOG.info("share probe %s, server %d: %s is done.", challenge.nonce, options.server, options.step)
    return NodeExit.DONE


def read_challenge(path: Path, server: int) -> ShareChallenge:
    """The challenge of this folder. Raises ShareError if it is not there, ContractError if it is another folder's."""
    try:
        text = read_bounded(path)
    except OSError as error:
        raise ShareError(
            f"The challenge {path} cannot be read.",
            why=str(error),
            advice="This node's path leads to another folder than the workers', or to none: check its mounts and path.",
        ) from error
    challenge = ShareChallenge.from_json(text, source=str(path))
    if challenge.nonce != path.parent.name or not 0 <= server < len(challenge.servers):
        raise ContractError(f"{path} is not the challenge of this folder and server.")
    return challenge


def answer(folder: Path, challenge: ShareChallenge, server: int) -> None:
    """Write the answer of a server into the probe's folder. Raises ShareError."""
    took = _rename_and_read_back(folder / trial_name(server))
    network_folder = folder.parent.parent
    try:
        free = shutil.disk_usage(folder).free
        target = _one_line(str(network_folder.resolve()), 4096)
    except OSError as error:
        raise atomic.share_error(f"{network_folder} cannot be looked at.", error) from error
    text = ShareAnswer(
        schema_version=1,
        nonce=challenge.nonce,
        server=server,
        host=_one_line(platform.node() or "unknown"),
        user=_one_line(_user()),
        target=target,
        free_bytes=free,
        clock=utc_text(datetime.now(timezone.utc)),
        rename_ms=took,
    ).to_json()
    atomic.write_atomically(folder / answer_name(server), text)


def _rename_and_read_back(path: Path) -> int:
    """Milliseconds to do to a small file what is done to every piece. Raises ShareError."""
    begin, text = time.monotonic(), secrets.token_hex(32)
    atomic.write_atomically(path, text)
    try:
        read = path.read_text("ascii")
        path.unlink(missing_ok=True)  # another attempt of this server may have been faster
    except (OSError, UnicodeDecodeError) as error:
        raise ShareError(f"{path} cannot be read back.", why=str(error), advice="Check the share.") from error
    if read != text:
        raise ShareError(f"{path} holds something else than was written to it.", advice="Check the share.")
    return int((time.monotonic() - begin) * 1000)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name
        return ""


def _one_line(text: str, longest: int = 255) -> str:
    text = os.fsencode(text).decode("utf-8", "replace")[:longest]
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="node.pyz", description="Answer a share probe.")
    parser.add_argument("--probe", type=Path, required=True, metavar="PATH", help="path of the probe's challenge.json")
    parser.add_argument("--server", type=int, required=True, metavar="N", help="which server this is, from 0")
    parser.add_argument("--step", choices=STEPS, required=True, help="look for the challenge, or answer it")
    return parser
