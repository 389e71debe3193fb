"""The text in an image's metadata that says which job the file belongs to, and how to find it again.

    flatiron:placeholder:<job id>:<escaped texture file name>;
    flatiron:texture:<texture hash>:<version>;

A finished texture names what its pixels depend on and no job: its bytes are the same whichever job made them (I4).
Plain ASCII, at most `LONGEST_MARK` bytes. The closing `;` belongs to the mark: some formats put other bytes right after
a text (PNG its checksum, OpenEXR the next attribute), and without it they would read on as part of the name.
This module does not know image formats: it looks for the text near both ends of the file, where writers put metadata.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal
from urllib.parse import quote

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN

LONGEST_MARK = 200
"""Bytes."""

_SCANNED = 64 * 1024
_HASH_DIGITS = 12

_NAME = r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2}){1,200}"
_TEXTURE_HASH = r"[0-9a-f]{16,64}"
_VERSION = r"[A-Za-z0-9._+-]{1,24}"
_GRAMMAR = f"placeholder:({JOB_ID_PATTERN}):({_NAME})|texture:({_TEXTURE_HASH}:{_VERSION})"
_MARK = re.compile(f"flatiron:(?:{_GRAMMAR});".encode("ascii"))

# PNG, TIFF (both byte orders, classic and big), JPEG, OpenEXR.
_MAGIC_NUMBERS = (
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\xff\xd8\xff",
    b"\x76\x2f\x31\x01",
)


@dataclass(frozen=True)
class Mark:
    """What a mark says. `detail` is the escaped texture name, or `<texture hash>:<version>` without a job id."""

    kind: Literal["placeholder", "texture"]
    job_id: str
    detail: str

    @property
    def text(self) -> str:
        """The mark as it stands in a file; comparable with `placeholder_mark` and `texture_mark`."""
        return "flatiron:" + ":".join(part for part in (self.kind, self.job_id, self.detail) if part) + ";"


def placeholder_mark(job_id: str, texture_file_name: str) -> str:
    """Return the mark of a placeholder. Names too long are cut and end in `~` and a hash of the whole name.

    Raises BadInputError for a job id outside the grammar or an empty name.
    """
    _require(JOB_ID_PATTERN, job_id, "job id")
    if not texture_file_name:
        raise BadInputError("The texture's file name is empty", advice="Give every texture a name before submitting")
    room = LONGEST_MARK - len(Mark("placeholder", job_id, "").text) - 1
    return Mark("placeholder", job_id, _escaped(texture_file_name, room)).text


def texture_mark(texture_hash: str, version: str) -> str:
    """Return the mark of a finished texture. Raises BadInputError for parts outside the grammar."""
    _require(_TEXTURE_HASH, texture_hash, "texture hash")
    _require(_VERSION, version, "version")
    return Mark("texture", "", f"{texture_hash}:{version}").text


def find_mark(path: os.PathLike[str] | str) -> Mark | None:
    """Return the first mark in the first or last 64 KiB of an image file.

    None if there is no file, no mark, or the file is no PNG, TIFF, TGA, JPEG or OpenEXR image. Other OSErrors pass.
    """
    try:
        with Path(path).open("rb") as file:
            head, tail = _both_ends(file)
    except FileNotFoundError:
        return None
    if not _is_image(head):
        return None
    found = _MARK.search(head) or _MARK.search(tail)
    return None if found is None else _read(found)


def _both_ends(file: BinaryIO) -> tuple[bytes, bytes]:
    """Return the first and the last bytes; a file short enough is all in the first part."""
    size = os.fstat(file.fileno()).st_size
    head = file.read(2 * _SCANNED)
    if size <= len(head):
        return head, b""
    file.seek(-_SCANNED, os.SEEK_END)
    return head[:_SCANNED], file.read(_SCANNED)


def _read(found: re.Match[bytes]) -> Mark:
    placeholder_job, name, result = (part.decode("ascii") if part else "" for part in found.groups())
    if placeholder_job:
        return Mark("placeholder", placeholder_job, name)
    return Mark("texture", "", result)


def _is_image(head: bytes) -> bool:
    return head.startswith(_MAGIC_NUMBERS) or _is_tga(head)


def _is_tga(head: bytes) -> bool:
    """TGA has no magic number: colour map flag, image type and bits per texel must be possible ones."""
    return len(head) > 18 and head[1] in (0, 1) and head[2] in (1, 2, 3, 9, 10, 11) and head[16] in (8, 15, 16, 24, 32)


def _require(grammar: str, value: str, what: str) -> None:
    if re.fullmatch(grammar, value, re.ASCII) is None:
        raise BadInputError(
            f"The {what} {value!r} cannot be part of an image's mark",
            why=f"it does not match {grammar}",
            advice=f"Use the {what} that the job's plan states",
        )


def _escaped(name: str, room: int) -> str:
    # A lone surrogate is what Python makes of a file name that is no valid text.
    raw = name.encode("utf-8", "surrogatepass")
    whole = quote(raw, safe="")
    if len(whole) <= room:
        return whole
    ending = "~" + hashlib.sha256(raw).hexdigest()[:_HASH_DIGITS]
    return re.sub("%[0-9A-F]?$", "", whole[: room - len(ending)]) + ending
