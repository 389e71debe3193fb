"""Colour conversion by an OpenColorIO configuration, through OpenImageIO.

The conversion runs on the processor, one texel after the other on its own. Measured with OpenImageIO 3.2: the result of
a texel does not depend on the number of threads, on the number of texels or on its place among them. OpenColorIO
computes it in float32 with its own fast powers (sRGB comes out within one 16-bit step of the exact curve), so another
version of it, or another kind of processor, may differ in the last bits; all else in the merge is exact. The workers of
one site should be alike.

A configuration may read look-up tables from other files, which its hash does not cover; pack it as `.ocioz` if that
matters. Context variables of the environment should not be used in it, because they would change textures unseen.
"""

from __future__ import annotations

import difflib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.texture import OcioTransform
from flatiron_tasks.share.atomic import sha256_of

_BUILTIN = "ocio://"
_NAMES_SHOWN = 5


def managed(colour: npt.NDArray[np.floating[Any]], transform: OcioTransform) -> npt.NDArray[np.float32]:
    """Straight `colour` (n, 3) converted by `transform`: finite float32 (n, 3).

    NaN becomes 0 and an infinite result the largest finite number: some conversions, such as logarithms, are not
    defined everywhere. Raises BadInputError if the configuration cannot be read, is not the expected one, or does not
    know a space; ShareError if its file cannot be read for its hash.
    """
    check_transform(transform)
    limit = np.finfo(np.float32).max
    source: npt.NDArray[np.float32] = np.clip(colour, -limit, limit).astype(np.float32)
    if not len(source):
        return source
    result = oiio.ImageBufAlgo.colorconvert(
        oiio.ImageBuf(source[np.newaxis]),
        transform.from_space,
        transform.to_space,
        unpremult=False,
        colorconfig=transform.config,
        nthreads=1,
    )
    if result.has_error:
        raise BadInputError(_cannot(transform), why=result.geterror(), advice="Check the configuration with ociocheck")
    converted = np.asarray(result.get_pixels(oiio.FLOAT), np.float32)
    return np.nan_to_num(converted, nan=0.0).reshape(source.shape)


@lru_cache
def check_transform(transform: OcioTransform) -> None:
    """Raise BadInputError unless the configuration can be read, has its hash, and knows both spaces.

    A good answer is remembered: a configuration that changes while a worker runs is not looked at again.
    """
    _check_file(transform)
    config = oiio.ColorConfig(transform.config)
    problem = config.geterror()
    if problem:
        raise BadInputError(_cannot(transform), why=problem, advice="Check the configuration with ociocheck")
    for space in (transform.from_space, transform.to_space):
        _check_space(config, space, transform)


def _check_file(transform: OcioTransform) -> None:
    if transform.config.startswith(_BUILTIN):
        return
    path = Path(transform.config)
    if not path.is_file():
        raise BadInputError(
            f"The OpenColorIO configuration {path} is not there",
            advice=f"Give a file that all workers reach, or a built-in one such as {_BUILTIN}default",
        )
    if transform.sha256 and sha256_of(path) != transform.sha256:
        raise BadInputError(
            f"The OpenColorIO configuration {path} is not the one of the job",
            why="its SHA-256 differs",
            advice="Put the file of the job back, or submit the job again with the new one",
        )


def _check_space(config: Any, space: str, transform: OcioTransform) -> None:
    if config.getColorSpaceIndex(space) >= 0:
        return
    names = [*config.getColorSpaceNames(), *config.getRoles()]
    near = difflib.get_close_matches(space, names, _NAMES_SHOWN, cutoff=0.4) or names[:_NAMES_SHOWN]
    raise BadInputError(
        f"The OpenColorIO configuration {transform.config} has no colour space {space!r}",
        advice=f"Use one of its {len(names)} names; near are {', '.join(near)}",
    )


def _cannot(transform: OcioTransform) -> str:
    return (
        f"OpenColorIO cannot convert from {transform.from_space!r} to {transform.to_space!r} "
        f"with the configuration {transform.config}"
    )
