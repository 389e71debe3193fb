"""What kind of failure it was: one table for errors, one for what renderers say in their logs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flatiron_tasks.contracts.errors import (
    BadInputError,
    ContractError,
    FlatironError,
    OwnershipError,
    PathMappingError,
    RejectedPieceError,
    RenderError,
    SceneError,
    SettingsError,
    ShareError,
    StateError,
)
from workers.node.exit_codes import NodeExit
from workers.node.profile import LogSymptom


class AttemptFailedError(RenderError):
    """An attempt failed; carries what the result file and the exit code say about it."""

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        advice: str = "",
        code: NodeExit = NodeExit.RENDERER_FAILED,
        failure_class: str = "renderer",
    ) -> None:
        super().__init__(what, why=why, advice=advice)
        self.code = code
        self.failure_class = failure_class


# First match wins, so a class stands before its base.
_ERRORS: tuple[tuple[type[FlatironError], NodeExit, str], ...] = (
    (ContractError, NodeExit.JOB_DESCRIPTION, "node"),
    (SettingsError, NodeExit.NODE_CONFIGURATION, "node"),
    (PathMappingError, NodeExit.NODE_CONFIGURATION, "node"),
    (SceneError, NodeExit.SCENE, "scene"),
    (BadInputError, NodeExit.USAGE, "node"),
    (ShareError, NodeExit.SHARE, "share"),
    (OwnershipError, NodeExit.SHARE, "share"),
    (StateError, NodeExit.REVOKED, "revoked"),
    (RejectedPieceError, NodeExit.PIECES, "renderer"),
)

_LINES = 20
# Patterns on a line among the last ones of a renderer's log, the more telling first. They ask for a word of failure:
# every log mentions licences, paths and scenes.
_SYMPTOMS: tuple[tuple[str, str, str], ...] = (
    (
        "licence",
        (
            r"licen[cs]e.{0,40}\b(failed|failure|error|expired|unavailable|denied)\b"
            r"|licen[cs]e.{0,40}\bnot (be )?(found|available|valid|obtained|granted|responding|reachable)\b"
            r"|\b(no|missing|without( an?| any)?)( valid)? licen[cs]e\b"
            r"|\b(cannot|could not|unable to|failed to)\b.{0,40}\blicen[cs]e\b"
        ),
        "Check the licence server and that this node may use the renderer.",
    ),
    (
        "node",
        (
            r"out of memory|memoryerror|bad_alloc|cannot allocate|no module named|adp failed to start|graphics device"
            r"|command not found|is not recognized as"
        ),
        "Check this node: memory, installation of the renderer, its plug-ins.",
    ),
    (
        "share",
        (
            r"network (path|name)\b.{0,40}\b(not|cannot|no longer|unavailable)\b|stale file handle"
            r"|access is denied|permission denied|no space left|disk (is )?full"
            r"|input/output error"
        ),
        "Check that this node's account can reach and write the share, and its free space.",
    ),
    (
        "scene",
        (
            r"scene\b.{0,60}\b(not found|missing|corrupt|cannot be|could not be)\b"
            r"|(cannot|could not|failed to|unable to) (open|load|read).{0,40}(scene|file)"
            r"|missing (dll|plug-?in|map|object)|no such object"
        ),
        "Open the scene on this node and see what it misses.",
    ),
)
_ADVICE = "Next step:"  # as an error of ours spells it (contracts/errors.py)
_LOOK = "Read the log; if it says nothing, run the task by hand on this node."


def classify(error: FlatironError) -> tuple[NodeExit, str]:
    """Exit code and failure class of an error."""
    if isinstance(error, AttemptFailedError):
        return error.code, error.failure_class
    found = ((code, name) for kind, code, name in _ERRORS if isinstance(error, kind))
    return next(found, (NodeExit.RENDERER_FAILED, "renderer"))


def symptom(log_tail: str, own: Sequence[LogSymptom] = ()) -> tuple[str, str]:
    """Failure class and advice that the end of a renderer's log suggests; `renderer` if it suggests nothing.

    own: what the renderer's profile knows about its logs; sought in all of the text, and before the general table.
    """
    for line in reversed(log_tail.splitlines()):
        for known in own:
            if re.search(known.pattern, line, re.IGNORECASE):
                return known.failure_class, known.advice
    for line in reversed(log_tail.splitlines()[-_LINES:]):
        for name, pattern, advice in _SYMPTOMS:
            if re.search(pattern, line, re.IGNORECASE):
                return name, advice
    return "renderer", _LOOK


def last_words(log_tail: str, count: int = 4) -> tuple[str, str]:
    """The last lines of a log that hold something, in one line, and the last advice in them, which is left out there.

    A renderer of ours ends what it says with its own next step, and knows better than a symptom.
    """
    lines = [line.strip() for line in log_tail.splitlines() if line.strip()][-count:]
    parts = [line.partition(_ADVICE) for line in lines]
    advice = [advice.strip() for _, _, advice in parts if advice.strip()]
    return " | ".join(said.strip() for said, _, _ in parts if said.strip()), advice[-1] if advice else ""
