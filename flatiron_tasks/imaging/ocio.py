"""Colour conversion by an OpenColorIO configuration, through OpenImageIO.

The conversion runs on the processor, one texel after the other on its own. Measured with OpenImageIO 3.2: the result of
a texel does not depend on the number of threads, on the number of texels or on its place among them. OpenColorIO
computes it in float32 with its own fast powers (sRGB comes out within one 16-bit step of the exact curve), so another
version of it, or another kind of processor, may differ in the last bits; all else in the merge is exact. The workers of
one site should be alike.

OpenColorIO wants a path and reads it anew for every band. So a configuration is read once, its hash is checked on these
bytes, and a private copy of them is what OpenColorIO gets: bands of one texture never have two configurations, and a
worker that runs for months never mistakes a new one for the old.

A configuration may read look-up tables from other files, which its hash does not cover and which are not found beside
the copy; pack it as `.ocioz`. Context variables of the environment should not be used in it, because they would change
textures unseen.
"""

from __future__ import annotations

import atexit
import difflib
import hashlib
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.contracts.errors import BadInputError, ShareError
from flatiron_tasks.imaging.texture import OcioTransform

_BUILTIN = "ocio://"
_NAMES_SHOWN = 5


def managed(colour: npt.NDArray[np.floating[Any]], transform: OcioTransform) -> npt.NDArray[np.float32]:
    """Straight `colour` (n, 3) converted by `transform`: finite float32 (n, 3).

    NaN becomes 0 and an infinite result the largest finite number: some conversions, such as logarithms, are not
    defined everywhere. Raises as `check_transform`.
    """
    config = _usable(transform)
    limit = np.finfo(np.float32).max
    source: npt.NDArray[np.float32] = np.clip(colour, -limit, limit).astype(np.float32)
    if not len(source):
        return source
    result = oiio.ImageBufAlgo.colorconvert(
        oiio.ImageBuf(source[np.newaxis]),
        transform.from_space,
        transform.to_space,
        unpremult=False,
        colorconfig=config,
        nthreads=1,
    )
    if result.has_error:
        raise _cannot(transform, result.geterror(), config)
    converted = np.asarray(result.get_pixels(oiio.FLOAT), np.float32)
    return np.nan_to_num(converted, nan=0.0).reshape(source.shape)


def check_transform(transform: OcioTransform) -> None:
    """Raise BadInputError unless the configuration can be read, is the expected one, and knows both spaces.

    With a `sha256`, a file that was read once is not looked at again. Without, it is read every time, and refused if it
    is not what this process read first. Raises ShareError if the file, or its private copy, cannot be read or written.
    """
    _usable(transform)


def _usable(transform: OcioTransform) -> str:
    """The checked configuration under the name by which OpenImageIO gets it."""
    config = transform.config if transform.config.startswith(_BUILTIN) else str(_COPIES.path(transform))
    key = (config, transform.from_space, transform.to_space)
    if key not in _sound:
        _check_spaces(config, transform)
        _sound.add(key)
    return config


_sound: set[tuple[str, str, str]] = set()
"""Configuration, by the name of its copy, which is its hash, and two spaces that it knows."""


class _PrivateCopies:
    """Copies of configurations, named by their hash, in a folder that is removed when the process exits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._first: dict[str, str] = {}  # path -> hash, of files whose hash nobody stated

    def path(self, transform: OcioTransform) -> Path:
        """The copy of the configuration that `transform` means. Raises BadInputError, ShareError."""
        with self._lock:
            copy = self._place(transform, transform.sha256.lower())
            if transform.sha256 and copy.is_file():
                return copy
            data = _read(Path(transform.config))
            sha256 = hashlib.sha256(data).hexdigest()
            self._check(transform, sha256)
            copy = self._place(transform, sha256)
            if not copy.is_file():
                _write(copy, data)
            return copy

    def _place(self, transform: OcioTransform, sha256: str) -> Path:
        if self._folder is None:
            try:
                self._folder = tempfile.TemporaryDirectory(prefix="flatiron-ocio-", ignore_cleanup_errors=True)
            except OSError as error:
                raise _local_disk_failed(error) from error
            atexit.register(self._folder.cleanup)
        return Path(self._folder.name, sha256 + Path(transform.config).suffix)

    def _check(self, transform: OcioTransform, sha256: str) -> None:
        if transform.sha256:
            if sha256 != transform.sha256.lower():
                raise BadInputError(
                    f"The OpenColorIO configuration {transform.config} is not the one of the job",
                    why="its SHA-256 differs",
                    advice="Put the file of the job back, or submit the job again with the new one",
                )
        elif self._first.setdefault(transform.config, sha256) != sha256:
            raise BadInputError(
                f"The OpenColorIO configuration {transform.config} is another one than before",
                why="its SHA-256 differs from when this process first read it",
                advice="Put the file back, start this process again, or state the SHA-256 of the new one",
            )


_COPIES = _PrivateCopies()


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise BadInputError(
            f"The OpenColorIO configuration {path} is not there",
            advice=f"Give a file that all workers reach, or a built-in one such as {_BUILTIN}default",
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise ShareError(f"{path} cannot be read", why=str(error), advice="Check the share and its rights") from error


def _write(copy: Path, data: bytes) -> None:
    """Whole or not at all: a disk that fills up must not leave half of it under the name of its hash."""
    unfinished = copy.with_name(f"{copy.name}.tmp")
    try:
        copy.parent.mkdir(mode=0o700, exist_ok=True)  # somebody may clean the temporary folder
        unfinished.write_bytes(data)
        unfinished.replace(copy)
    except OSError as error:
        raise _local_disk_failed(error) from error


def _check_spaces(config: str, transform: OcioTransform) -> None:
    opened = oiio.ColorConfig(config)
    if problem := opened.geterror():
        raise _cannot(transform, problem, config)
    for space in (transform.from_space, transform.to_space):
        _check_space(opened, space, transform)


def _check_space(config: Any, space: str, transform: OcioTransform) -> None:
    if config.getColorSpaceIndex(space) >= 0:
        return
    names = [*config.getColorSpaceNames(), *config.getRoles()]
    near = difflib.get_close_matches(space, names, _NAMES_SHOWN, cutoff=0.4) or names[:_NAMES_SHOWN]
    raise BadInputError(
        f"The OpenColorIO configuration {transform.config} has no colour space {space!r}",
        advice=f"Use one of its {len(names)} names; near are {', '.join(near)}",
    )


def _cannot(transform: OcioTransform, problem: str, config: str) -> BadInputError:
    return BadInputError(
        f"OpenColorIO cannot convert from {transform.from_space!r} to {transform.to_space!r} "
        f"with the configuration {transform.config}",
        why=problem.replace(config, transform.config),
        advice="Check the configuration with ociocheck",
    )


def _local_disk_failed(error: OSError) -> ShareError:
    return ShareError(
        "An OpenColorIO configuration cannot be kept on the local disk",
        why=str(error),
        advice="Check the free space of this machine's temporary folder",
    )
