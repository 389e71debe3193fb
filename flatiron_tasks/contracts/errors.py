"""The one error tree.

    FlatironError
    ├── BadInputError           refused at the border; trying again changes nothing
    │   ├── ContractError       a document that crossed a process border does not keep its contract
    │   ├── SettingsError       our own configuration
    │   ├── ForbiddenError      an account asked for something that is another's
    │   ├── PathMappingError    a path cannot be expressed on this machine
    │   └── SceneError          the scene or an object in it cannot be baked
    ├── NotReadyError           pieces are missing or rejected: never an image, always the list
    ├── RejectedPieceError      one piece failed the verification gate
    ├── OwnershipError          a file that is not this job's would have been touched
    ├── StateError              a change of state that the table does not allow, or a job nobody knows
    ├── StaleLeaseError         somebody else took over this piece of work
    ├── FarmError               the farm manager or its submission command
    │   ├── FarmUnreachableError   no answer; later may work
    │   ├── FarmProtocolError      an answer nobody can read
    │   ├── FarmSubmissionError    no job came of a submission, and nobody said that none ever will
    │   ├── FarmRefusedError       a clear no
    │   └── UnfitServersError      too few servers see the network folder as the workers do
    ├── ShareError              a file operation on the shared folder; later may work
    │   └── ShareAwayError         the folder as a whole is full, read-only or away, not one file of it
    ├── TransportError          Redis did not take a message or give an event; later may work
    ├── RenderError             the renderer failed on a node
    └── UnexpectedError         an error that no part of this program foresees

Every error says what happened and where (`what`), why as far as known (`why`) and the next step (`advice`).
`retryable`, `counted` and `patient` are data on the class: whether the same call may succeed later without anybody
doing anything, and if so, whether that is hoped for a few times only.
"""

from __future__ import annotations

from typing import ClassVar


class FlatironError(Exception):
    """Base of all errors that Flatiron raises on purpose."""

    retryable: ClassVar[bool] = False
    counted: ClassVar[bool] = True
    """If it is retryable: whether each failure uses up an attempt. False: somebody is away, and may be as long as he
    likes. Merging and delivering count every failure that is not `patient`, since a person may be needed for any."""

    patient: ClassVar[bool] = False
    """If it is retryable: whether merging and delivering, too, wait for its end for hours before a person is needed."""

    def __init__(self, what: str, *, why: str = "", advice: str = "") -> None:
        super().__init__(what, why, advice)
        self.what = what
        self.why = why
        self.advice = advice

    def __str__(self) -> str:
        """All that is known, as sentences for a person."""
        why, advice = (f"Why: {self.why}" if self.why else ""), (f"Next step: {self.advice}" if self.advice else "")
        return sentences(self.what, why, advice)

    def __repr__(self) -> str:
        """As `str`: dashboards and logs of Celery show an error's repr to people."""
        return f"{type(self).__name__}: {self}"

    @property
    def reason(self) -> str:
        """What happened and why, without the advice."""
        if self.why[:1].islower():
            return sentences(f"{self.what.rstrip('.')}: {self.why}")
        return sentences(self.what, self.why)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep keyword arguments when Celery's pool moves the error between processes."""
        return (_rebuild, (type(self), self.what, self.why, self.advice))


def sentences(*parts: str) -> str:
    """Texts one after the other, each ending as a sentence does."""
    return " ".join(part if part.endswith((".", "!", "?", ":")) else part + "." for part in parts if part)


def _rebuild(kind: type[FlatironError], what: str, why: str, advice: str) -> FlatironError:
    return kind(what, why=why, advice=advice)


class BadInputError(FlatironError):
    """Refused at the border; trying again changes nothing."""


class ContractError(BadInputError):
    """A document that crossed a process border does not keep its contract. `what` names the key."""


class SettingsError(BadInputError):
    """Our own configuration is wrong."""


class ForbiddenError(BadInputError):
    """An account asked for something that is another's."""


class PathMappingError(BadInputError):
    """A path cannot be expressed on this machine."""


class SceneError(BadInputError):
    """The scene, or an object in it, cannot be baked."""


class NotReadyError(FlatironError):
    """Pieces are missing or rejected; the text lists which and why."""


class RejectedPieceError(FlatironError):
    """One piece failed the verification gate."""


class OwnershipError(FlatironError):
    """A file that does not belong to this job would have been touched."""


class StateError(FlatironError):
    """A change of state that the table does not allow, or a job that nobody knows."""


class StaleLeaseError(FlatironError):
    """Somebody else took over this piece of work; what this process made must be thrown away."""

    retryable = True
    counted = False


class FarmError(FlatironError):
    """The farm manager or its submission command failed."""


class FarmUnreachableError(FarmError):
    """The manager did not answer in time."""

    retryable = True
    counted = False


class FarmProtocolError(FarmError):
    """The manager answered something that nobody can read."""

    retryable = True
    counted = False


class FarmSubmissionError(FarmError):
    """No job came of a submission, perhaps for a reason that passes by itself; whoever asks again looks first."""

    retryable = True


class FarmRefusedError(FarmError):
    """The manager, or cmdjob, said no."""


class UnfitServersError(FarmError):
    """Too few servers of the farm see the network folder as the workers do; the text says what each one sees."""


class ShareError(FlatironError):
    """A file operation on the shared folder failed."""

    retryable = True
    counted = False


class ShareAwayError(ShareError):
    """The shared folder as a whole is full, read-only or away: every file operation on it would fail now."""

    patient = True


class TransportError(FlatironError):
    """Redis did not take a message, or did not give the events."""

    retryable = True
    counted = False


class RenderError(FlatironError):
    """The renderer failed on a node."""


class UnexpectedError(FlatironError):
    """An error that no part of this program foresees; another attempt may still succeed."""

    retryable = True
