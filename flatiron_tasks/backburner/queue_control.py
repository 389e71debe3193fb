"""A change that the manager refuses to whoever does not hold queue control.

Control is asked for on a connection of its own and given back by closing it: at once when the change is made, and just
so when this process dies. A person at a Monitor may hold it and has ten seconds to refuse; then the answer is no.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from flatiron_tasks.backburner import assumptions, payloads
from flatiron_tasks.backburner.dialogue import Reply
from flatiron_tasks.backburner.records import ClientInfo
from flatiron_tasks.backburner.session import Session
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError

_LOOK_EVERY_S: Final = 1.0


def change_in_control(
    open_session: Callable[[], Session],
    *words: str,
    refusal: Reply,
    patience_s: float = assumptions.CONTROL_GRANT_S + 2,
    clock: Callable[[], float] = time.monotonic,
) -> Reply:
    """The reply to the change `words`, made while holding queue control; a refusal of the change itself is a reply.

    `refusal` is what the manager said to the change without control. Raises FarmRefusedError if control is not granted
    within `patience_s`, and what sessions raise.
    """
    with open_session() as session:
        answer = session.request(*assumptions.TAKE_CONTROL)
        if answer.code == assumptions.CONTROL_GRANTED_CODE:
            return session.request(*words)
        if answer.is_refusal or answer.text != assumptions.CONTROL_PENDING_TEXT:
            raise _refused(words, refusal, f"the request for queue control was answered {_shown(answer)}")
        return _once_granted(session, words, clock() + patience_s, clock)


def _once_granted(session: Session, words: tuple[str, ...], deadline: float, clock: Callable[[], float]) -> Reply:
    """Nothing tells a client that control was handed over, so the change itself is tried until it is taken."""
    while True:
        reply = session.request(*words)
        if not reply.is_refusal or assumptions.means_nothing_found(reply.code, reply.text):
            return reply
        remaining = deadline - clock()
        if remaining <= 0:
            raise _refused(words, reply, f"{_holder(session)} holds queue control and did not hand it over")
        session.hears_within(min(_LOOK_EVERY_S, remaining))  # ends early if the connection does; the request says so


def _holder(session: Session) -> str:
    reply = session.request("get", "controller")
    try:
        return payloads.read_record(ClientInfo, reply.body or b"").system_info.computer_name or "somebody"
    except FarmProtocolError:
        return "somebody"


def _refused(words: tuple[str, ...], reply: Reply, why: str) -> FarmRefusedError:
    return FarmRefusedError(
        f"The farm manager refused `{' '.join(words)}`: {_shown(reply)}",
        why=why,
        advice="release queue control in the Backburner Monitor that holds it, or make the change there",
    )


def _shown(reply: Reply) -> str:
    return f"{reply.code} {reply.text}"
