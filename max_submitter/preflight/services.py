"""Checks on what must answer: Redis, the farm manager, or the `flatiron` command for a bake on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.look import SlowLook

_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9a-fA-F:]+")
_GROUP: Final = re.compile(r"[^\x00-\x1f;,]*")
"""As `FarmTarget` of job.desc."""


def not_set_up(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """What was never typed in: Redis and the manager, or the command that bakes on this machine."""
    if not given.is_network_bake:
        if not given.configuration.local_command:
            yield Finding(
                "not-set-up",
                "fatal",
                "Nothing is installed on this machine that could bake here.",
                "Switch Network Rendering on, or ask the administrator to install the `flatiron` command.",
                where="network",
            )
        return
    if not given.configuration.redis_url.strip():
        yield Finding(
            "not-set-up",
            "fatal",
            "The address of Redis is not set, so no worker can be told of a bake.",
            "Ask the administrator for it, type it in and press Test.",
            where="redis_url",
        )
    if not given.settings.network.manager.strip():
        yield Finding(
            "not-set-up",
            "fatal",
            "No farm manager is set.",
            "Type the host name or IP address of the Backburner Manager.",
            where="manager",
        )


def impossible_farm(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """A manager or server group that cannot be one."""
    network = given.settings.network
    if not given.is_network_bake:
        return
    if network.manager.strip() and not _HOST.fullmatch(network.manager.strip()):
        yield Finding(
            "farm-impossible",
            "fatal",
            f'"{network.manager}" is not a host name or IP address.',
            "Type the manager without http://, without a port and without spaces.",
            where="manager",
        )
    if not _GROUP.fullmatch(network.server_group):
        yield Finding(
            "farm-impossible",
            "fatal",
            f'The server group "{network.server_group}" holds a comma or semicolon.',
            "Name one group only, or leave the field empty for all servers.",
            where="server_group",
        )


def redis(look: SlowLook) -> Iterator[Finding]:
    """Redis does not answer: nobody could be told of the bake."""
    url = look.input.configuration.redis_url
    if look.input.is_network_bake and url.strip() and (trouble := look.surroundings.redis_trouble(url)):
        yield Finding(
            "redis-unreachable",
            "fatal",
            trouble,
            "Press Test for more; if it stays, tell the administrator.",
            where="redis_url",
        )


def manager(look: SlowLook) -> Iterator[Finding]:
    """The farm manager does not answer this machine; the workers, which ask it, may still reach it."""
    network = look.input.settings.network
    host = network.manager.strip()
    if not look.input.is_network_bake or not _HOST.fullmatch(host):
        return
    if trouble := look.surroundings.manager_trouble(host, network.port):
        yield Finding(
            "manager-unreachable",
            "warning",
            trouble,
            "Check host and port. The bake can be sent all the same: it waits until the manager answers.",
            where="manager",
        )
