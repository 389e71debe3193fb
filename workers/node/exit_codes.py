"""Exit codes of the node program: for a person who reads a farm's log. The pipeline believes receipts alone."""

from __future__ import annotations

from enum import IntEnum


class NodeExit(IntEnum):
    """How a run ended; `meaning` is what `--help` prints."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> NodeExit:
        """A member is its number and a sentence."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "every piece and its receipt is in place, from this run or an earlier one"
    FAULT = 1, "a fault in this program; the traceback tells"
    USAGE = 2, "wrong arguments, or a task number that the job does not have"
    JOB_DESCRIPTION = 3, "job.desc cannot be read, or its folder is not this job's"
    RENDERER_UNKNOWN = 4, "this node has no command for the job's renderer"
    RENDERER_FAILED = 5, "the renderer failed"
    PIECES = 6, "the renderer ended, but a piece is missing or is not what the job planned"
    TIMED_OUT = 7, "the renderer took longer than the job's time limit and was killed"
    NO_PROGRESS = 8, "the renderer neither wrote nor said anything for too long and was killed"
    SHARE = 9, "the job folder could not be read or written"
    REVOKED = 10, "the job is gone (cancelled or cleaned), or this run was asked to stop"
    NODE_CONFIGURATION = 11, "this node's configuration is wrong or lacks a path rule"
    SCENE = 12, "the scene file is missing or has changed since submission"
