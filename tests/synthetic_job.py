"""Jobs whose pieces are painted by formula: what a farm would write, without a farm.

Every object covers one rectangle of its map; its colour depends on the texel, the object and the element, so that a
texel in the wrong place shows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.contracts.job import (
    BakeObject,
    Element,
    FarmTarget,
    Frames,
    JobDescription,
    Padding,
    Placeholder,
    Renderer,
    Scene,
    Submitter,
    texture_names,
)
from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder
from flatiron_tasks.contracts.mark import placeholder_mark
from flatiron_tasks.contracts.merge_files import ColourConfig, UvMask
from flatiron_tasks.contracts.naming import mask_file_name
from flatiron_tasks.contracts.receipt import Receipt
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import ExpectedPiece, Plan
from flatiron_tasks.share.atomic import sha256_of, write_atomically
from max_submitter.placeholder import placeholder_bytes

SIZE = 48
JOB_ID = "20260131-142501-7f3a9c0d"
BOXES = {"Floor": (0, 0, 30, 20), "Wall": (32, 4, 48, 30), "Column": (4, 24, 26, 46), "Ball": (28, 32, 46, 47)}
"""Objects of map 0: name to (x begin, y begin, x end, y end). Any other object covers nothing."""

ELEMENTS = (
    Element("CompleteMap", "color", "CompleteMap", "png", "uint8", True, SIZE, SIZE, "Diffuse Color", "auto", False),
    Element("NormalsMap", "normal", "NormalsMap", "exr", "half", False, SIZE, SIZE, "", "auto", False),
)


@dataclass(frozen=True)
class SyntheticJob:
    """A job on a share, its pieces not rendered yet."""

    files: JobFiles
    network_folder: Path
    output_folder: Path

    def render(
        self, *, passes: list[int] | None = None, attempt: int = 1, inverted: bool = False, padded: int = 0
    ) -> None:
        """Write every piece of these passes (default: all), as the n-th attempt at each farm task.

        `padded` lets the renderer paint so many texels beyond each object, as covered as all others.
        """
        for item in self.files.plan.passes:
            if passes is None or item.index in passes:
                for piece in self.files.plan.pieces(item.index):
                    self.render_piece(piece, attempt, inverted=inverted, padded=padded)

    def render_piece(self, piece: ExpectedPiece, attempt: int = 1, *, inverted: bool = False, padded: int = 0) -> Path:
        """Write one piece and its receipt. Returns the piece's path."""
        path = self.piece(piece, attempt)
        boxes = [BOXES.get(item.name, (0, 0, 0, 0)) for item in self.files.plan.passes[piece.pass_index].objects]
        image = np.zeros((piece.row_end - piece.row_begin, SIZE, 4), np.float16)
        for number, box in zip(self._numbers(piece.pass_index), boxes, strict=True):
            paint(image, piece, box, number)
            if padded:
                paint(image, piece, (box[0] - padded, box[1] - padded, box[2] + padded, box[3] + padded), number)
        if inverted:
            image[image[..., 3] > 0, :3] = 1 - image[image[..., 3] > 0, :3]
        write_exr(path, image, piece.row_begin)
        self.write_receipt(piece, attempt)
        return path

    def piece(self, piece: ExpectedPiece, attempt: int = 1) -> Path:
        """Where the n-th attempt's piece stands."""
        token = attempt_token(piece.pass_index, piece.strip, attempt)
        return self.files.folder.piece(piece.pass_index, piece.strip, piece.element_index, token)

    def write_receipt(self, piece: ExpectedPiece, attempt: int = 1) -> None:
        """Write the receipt that fits the piece as it is now."""
        path = self.piece(piece, attempt)
        job, plan = self.files.job, self.files.plan
        number = piece.pass_index * job.strips + piece.strip + 1
        receipt = Receipt(
            schema_version=1,
            job_id=job.job_id,
            plan_hash=plan.hash,
            task=number,
            pass_index=piece.pass_index,
            strip=piece.strip,
            element=job.elements[piece.element_index].name,
            attempt=attempt_token(piece.pass_index, piece.strip, attempt),
            file_name=path.name,
            size=path.stat().st_size,
            sha256=sha256_of(path),
            host="node-1",
            node_path=str(path),
            started_at="2026-01-31T14:26:00Z",
            finished_at="2026-01-31T14:26:02Z",
            renderer="synthetic",
            exit_code=0,
        )
        write_atomically(path.with_suffix(".json"), receipt.to_json())

    def textures(self) -> dict[str, bytes]:
        """All files in the output folder."""
        return {path.name: path.read_bytes() for path in sorted(self.output_folder.iterdir())}

    def _numbers(self, pass_index: int) -> list[int]:
        names = [item.name for item in self.files.job.objects]
        return [names.index(item.name) + 1 for item in self.files.plan.passes[pass_index].objects]


def attempt_token(pass_index: int, strip: int, attempt: int) -> str:
    """The token of the n-th attempt at a farm task; every task has tokens of its own, as on a farm."""
    return f"{attempt:012x}-{pass_index:04x}{strip:04x}"


def paint(image: npt.NDArray[np.float16], piece: ExpectedPiece, box: tuple[int, int, int, int], number: int) -> None:
    """Paint the part of an object's box that lies in a strip, where nothing is yet. `image` is (rows, SIZE, 4)."""
    y, x = np.mgrid[piece.row_begin : piece.row_end, 0:SIZE]
    inside = (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3]) & (image[..., 3] == 0)
    colour = np.stack([x / SIZE, y / SIZE, np.full(x.shape, number / 8 + piece.element_index / 16)], -1)
    image[inside, :3] = colour[inside].astype(np.float16)
    image[inside, 3] = 1


def write_exr(path: Path, image: npt.NDArray[np.float16], row: int, *, size: int = SIZE) -> None:
    """Write half RGBA rows of a `size` x `size` map as a renderer would."""
    spec = oiio.ImageSpec(image.shape[1], image.shape[0], 4, "half")
    spec.y, spec.full_width, spec.full_height = row, size, size
    out = oiio.ImageOutput.create(str(path))
    assert out is not None, oiio.geterror()
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(image)), out.geterror()
    assert out.close()


def make_job(
    folder: Path,
    *,
    job_id: str = JOB_ID,
    mode: str = "multi",
    strips: int = 2,
    names: tuple[str, ...] = tuple(BOXES),
    elements: tuple[Element, ...] = ELEMENTS,
    output_visible: bool = True,
    keep_pieces: bool = False,
    padding: Padding = Padding(2, False, False),  # noqa: B008 - frozen
    masked: bool = False,
    colour: Path | None = None,
) -> SyntheticJob:
    """Make the job folder and the placeholders as the submission does. With `output_visible=False` the description
    names an output folder that no worker sees. `masked` gives every object the UV mask of its box; `colour` is an
    OpenColorIO configuration with the spaces `lin` and `tinted`."""
    network, output = folder / "network", folder / f"output-{job_id}"
    network.mkdir(exist_ok=True)
    output.mkdir()
    frames = Frames(0, 0, False)
    pictures = [
        _placeholder(job_id, name, element)
        for name, element in zip(texture_names("", elements, 1, frames), elements, strict=True)
    ]
    job_folder = JobFolder.of(network, job_id)
    for name in SUBFOLDERS:
        (job_folder.path / name).mkdir(parents=True)
    job = JobDescription(
        schema_version=2,
        job_id=job_id,
        job_name="Castle",
        submitted_at="2026-01-31T14:25:01Z",
        submitted_by=Submitter("artist", "workstation", "test 1"),
        mode=mode,
        group="",
        scene=Scene("castle.glb", True, 1, "0" * 64),
        renderer=Renderer("synthetic", {}),
        map_count=1,
        objects=tuple(BakeObject(name, 0, 1) for name in names),
        elements=elements,
        frames=frames,
        strips=strips,
        piece_type="half",
        padding=padding,
        colour=_colour(job_folder, colour) if colour else None,
        masks=tuple(_mask(job_folder, index, name) for index, name in enumerate(names)) if masked else (),
        allow_non_finite=False,
        keep_pieces=keep_pieces,
        output_folder=str(output) if output_visible else "C:/artist/textures",
        network_folder=str(network),
        farm=FarmTarget("farm.example", 3234, 50, "", 10),
        placeholders=tuple(picture for picture, _ in pictures),
    )
    (job_folder.scene / "castle.glb").write_bytes(b"x")
    job_folder.node_program.write_bytes(b"x")
    write_atomically(job_folder.description, job.to_json())
    for picture, data in pictures:
        (output / picture.file_name).write_bytes(data)
    return SyntheticJob(JobFiles(job_folder, job, Plan(job)), network, output)


def _mask(folder: JobFolder, index: int, name: str) -> UvMask:
    path = folder.masks / mask_file_name(index, SIZE, SIZE)
    begin_x, begin_y, end_x, end_y = BOXES.get(name, (0, 0, 0, 0))
    texels = np.zeros((SIZE, SIZE, 1), np.uint8)
    texels[begin_y:end_y, begin_x:end_x] = 255
    write_mask(path, texels)
    return UvMask(index, SIZE, SIZE, path.name, path.stat().st_size, sha256_of(path))


def write_mask(path: Path, texels: npt.NDArray[np.uint8]) -> None:
    """Write an image (rows, width, channels) as PNG; with one channel it is a UV mask."""
    out = oiio.ImageOutput.create(str(path))
    assert out is not None, oiio.geterror()
    assert out.open(str(path), oiio.ImageSpec(texels.shape[1], texels.shape[0], texels.shape[2], "uint8"))
    assert out.write_image(texels), out.geterror()
    assert out.close()


def _colour(folder: JobFolder, config: Path) -> ColourConfig:
    path = folder.colour / config.name
    path.write_bytes(config.read_bytes())
    return ColourConfig(path.name, path.stat().st_size, sha256_of(path), "lin", "tinted")


def _placeholder(job_id: str, name: str, element: Element) -> tuple[Placeholder, bytes]:
    data = placeholder_bytes(
        width=element.width,
        height=element.height,
        file_format=element.file_format,
        pixel_type=element.pixel_type,
        alpha=element.alpha,
        kind=element.kind,
        job_name="Castle",
        mark=placeholder_mark(job_id, name),
    )
    return Placeholder(name, len(data), hashlib.sha256(data).hexdigest()), data
