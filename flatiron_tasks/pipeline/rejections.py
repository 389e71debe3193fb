"""Classes of reasons for which the gate refuses pieces, for counting: a text for people is no label of a metric."""

from __future__ import annotations

from flatiron_tasks.contracts.errors import RejectedPieceError

UNREADABLE = "unreadable"
"""No image, or one that cannot be decoded."""

_CLASSES = (
    ("receipt", ("The receipt ",)),
    ("missing", ("only its receipt is there",)),
    ("changed", ("its receipt says",)),
    ("not finite", ("NaN or infinity",)),
    ("alpha", ("its alpha runs",)),
    ("blank", ("it is blank although",)),
    (
        "not as planned",
        (
            "its display window",
            "its data window",
            "its channels are",
            "its samples are",
            "its tiles are",
            "not OpenEXR",
            "deep or volume data",
            "several parts or mip levels",
        ),
    ),
)
"""Class -> what the error of one says, in its first or second sentence; the first that fits counts."""

KINDS = (*(name for name, _ in _CLASSES), UNREADABLE)


def kind_of(error: RejectedPieceError) -> str:
    """The class that a refusal belongs to."""
    said = f"{error.what} {error.why}"
    return next((name for name, words in _CLASSES if any(word in said for word in words)), UNREADABLE)
