"""A file that appears at its final path complete, flushed and read back, or not at all. Knows nothing about images."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.imaging.written_parts import RecordedFile, sha256_of
from flatiron_tasks.share.atomic import fsync_folder, remove_quietly, retry_while_in_use


@dataclass(frozen=True)
class WrittenFile:
    """Size in bytes and SHA-256 (hex) of a file that was written."""

    size: int
    sha256: str


class OutputFile:
    """A file on its way to `out`. Use it as a context manager: leaving it without `commit` removes what was written.

    Until then it lies in the same folder as `temporary`, a name that contains `token` (a random one if not given) and
    keeps the extension, because encoders choose by it. Use `write`, or `file` where bytes must be patched later, or let
    an encoder write to `temporary`; an OSError of the last two is reported by raising what `failed` returns.

    What went through `write` and `file` is compared when it is read back. What an encoder wrote by itself cannot be:
    decode it before `commit`.
    """

    def __init__(self, out: Path, token: str | None = None) -> None:
        self.out = out
        self.temporary = out.with_name(f"{out.stem}.{token or secrets.token_hex(8)}.tmp{out.suffix}")
        self._file: RecordedFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    @property
    def file(self) -> BinaryIO:
        """`temporary`, open for writing from its beginning; opened when first asked for. Raises ShareError.

        What is written again there must be exactly one earlier write, or `commit` refuses the file.
        """
        if self._file is None:
            try:
                self._file = RecordedFile(self.temporary)
            except OSError as error:
                raise self.failed(str(error)) from error
        return self._file

    def write(self, data: bytes) -> None:
        """Append `data`. Raises ShareError."""
        try:
            self.file.write(data)
        except OSError as error:
            raise self.failed(str(error)) from error

    def rewrite_start(self, data: bytes) -> None:
        """Put `data` over the file's first bytes, which were one write of its length, as the last step.

        Raises ShareError.
        """
        try:
            self.file.seek(0)
            self.file.write(data)
            self.file.flush()
        except OSError as error:
            raise self.failed(str(error)) from error

    def commit(self) -> WrittenFile:
        """Flush the file to the disk, read it back, and put it in place.

        Raises ShareError if that fails, or if what is read back is not what was written.
        """
        try:
            written = self._flushed()
            retry_while_in_use(lambda: self.temporary.replace(self.out))
            fsync_folder(self.out.parent)
        except OSError as error:
            raise self.failed(str(error)) from error
        return written

    def discard(self) -> None:
        """Remove what is not in place. If that fails, cleaning finds the file by its name."""
        file, self._file = self._file, None
        if file is not None:
            # Closing writes what is still buffered, for which there may be no room.
            with contextlib.suppress(OSError):
                file.close()
        remove_quietly(self.temporary)

    def failed(self, why: str) -> ShareError:
        """The error for a disk or a share that does not take the file."""
        return ShareError(
            f"{self.out} cannot be written",
            why=why,
            advice=f"Check that {self.out.parent} exists, may be written to and has free space",
        )

    def _flushed(self) -> WrittenFile:
        if self._file is not None:
            self._file.close()
        with self.temporary.open("rb+") as file:  # Windows flushes only handles that may write
            os.fsync(file.fileno())
            sha256 = sha256_of(file, self._file.parts if self._file is not None else None)
            if sha256 is None:
                raise self.failed("it reads back as other bytes than were written")
            return WrittenFile(os.fstat(file.fileno()).st_size, sha256)
