"""Saying who we are, as program mode begins: without it a manager knows no address for its notifications."""

from __future__ import annotations

import os
import platform
import uuid

from flatiron_tasks.backburner import payloads
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.records import ClientInfo, SystemInfo
from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.contracts.errors import FarmRefusedError

_USER = "flatiron"


def open_session(address: Address) -> Session:
    """A session that is ready for requests: connected and, in program mode, registered without notifications."""
    session = Session(address)
    if address.mode is Mode.PROGRAM:
        register(session)
    return session


def register(session: Session, udp_port: int = 0) -> None:
    """Send our ClientInfo; a manager then notifies `udp_port`, unless it is 0, as long as the connection lives.

    Closes the session with whatever it raises: FarmUnreachableError, FarmProtocolError or FarmRefusedError.
    """
    document = payloads.write_record("ClientInfo", _client_info(session.local_address, udp_port))
    reply = session.upload("set", "clientinfo", body=document)
    if reply.is_refusal:
        session.close()
        raise FarmRefusedError(
            f"The farm manager refused our registration: {reply.code} {reply.text}",
            advice="nothing depends on it: leave notifications off and use console mode",
        )


def _client_info(ip_address: str, udp_port: int) -> ClientInfo:
    return ClientInfo(
        udp_port=udp_port,
        system_info=SystemInfo(
            num_cpus=str(os.cpu_count() or 1),
            platform=f"{platform.system()} {platform.release()}",
            user=_USER,
            computer_name=platform.node(),
            mac=f"{uuid.getnode():012X}0000",
            ip_address=ip_address,
        ),
    )
