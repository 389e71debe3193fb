"""What can be told of a bake's masks and colour configuration before it is submitted, not after rendering."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.ocio import check_transform, managed
from flatiron_tasks.imaging.texture import OcioTransform
from flatiron_tasks.imaging.uv_mask import UvMask, read_uv_mask
from flatiron_tasks.share.atomic import sha256_of
from max_submitter.merge_files import mask_size
from max_submitter.request import BakeRequest, ColourFile


def check_merge_files(request: BakeRequest) -> None:
    """Read every mask, and convert a colour as a worker will. Raises BadInputError, ShareError."""
    sizes = {(element.width, element.height) for element in request.elements}
    for mask in request.masks:
        size = mask_size(mask.path)
        if size in sizes:  # another size is refused by the job's contract, without reading so many texels
            read_uv_mask(UvMask(mask.path, mask.path.stat().st_size, sha256_of(mask.path)), *size)
    if request.colour:
        check_conversion(request.colour)


def check_conversion(colour: ColourFile) -> None:
    """Refuse a conversion that a worker, which has a copy of the configuration alone, could not make.

    Raises BadInputError.
    """
    check_transform(_transform(colour, colour.path))
    with tempfile.TemporaryDirectory(prefix="flatiron-ocio-") as folder:
        copy = Path(folder) / colour.path.name
        shutil.copyfile(colour.path, copy)
        try:
            managed(np.full((1, 3), 0.5), _transform(colour, copy))
        except BadInputError as error:
            raise BadInputError(
                f"The OpenColorIO configuration {colour.path} does not work without the files around it",
                why=error.why,
                advice="Pack it with its look-up tables: `ocioarchive NAME --iconfig FILE` makes NAME.ocioz",
            ) from error


def _transform(colour: ColourFile, config: Path) -> OcioTransform:
    return OcioTransform(config=str(config), from_space=colour.from_space, to_space=colour.to_space)
