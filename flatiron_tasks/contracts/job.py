"""`job.desc`: everything needed to finish a bake job without Redis and without the machine that submitted it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flatiron_tasks.contracts import naming, paths
from flatiron_tasks.contracts.document import ONE_LINE, Document, Options, rule, schema_version
from flatiron_tasks.contracts.elements import (
    FILE_FORMATS,
    KINDS,
    PIECE_TYPES,
    PIXEL_TYPES,
    TRANSFERS,
    check_dither,
    check_format,
    check_sides,
    check_transfer,
    extension,
)
from flatiron_tasks.contracts.errors import BadInputError, ContractError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN, SHA256_PATTERN, moment
from flatiron_tasks.contracts.merge_files import ColourConfig, UvMask, check_masks

MODES = ("single", "multi")
_HOST = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9a-fA-F:]+"


@dataclass(frozen=True)
class Submitter(Document):
    """Who pressed Bake, and where."""

    user: str = rule("Name of the artist's account.", pattern=ONE_LINE, max_length=120)
    host: str = rule("Name of the artist's machine.", pattern=ONE_LINE, max_length=120)
    software: str = rule("Program and version that submitted.", pattern=ONE_LINE, max_length=120)


@dataclass(frozen=True)
class Scene(Document):
    """The scene file that the nodes open."""

    path: str = rule("Path below the job folder's `scene` folder, or absolute and canonical if it was not copied.")
    copied: bool = rule("Whether the scene was copied into the job folder.")
    size: int = rule("Size in bytes.", minimum=1)
    sha256: str = rule("SHA-256 of the file.", pattern=SHA256_PATTERN)

    def check(self) -> None:
        """A copied scene stays inside the job folder; another one has a canonical path."""
        if self.copied:
            try:
                naming.check_file_name(self.path, "scene's file name")
            except BadInputError as error:
                why = f"The scene is copied, so this must be a plain file name. {error.why}".rstrip()
                raise ContractError(f"`path`: {error.what}", why=why, advice=error.advice) from None
        elif not paths.is_canonical(self.path):
            raise ContractError(f"`path` {self.path!r} is not an absolute path in its canonical spelling.")


@dataclass(frozen=True)
class Renderer(Document):
    """What renders the passes. The command line belongs to the node, never to the job."""

    name: str = rule("Name in the node's table of renderers.", pattern=r"[a-z0-9][a-z0-9_-]{0,31}")
    options: Options = rule("Options of this renderer.")


@dataclass(frozen=True)
class BakeObject(Document):
    """One object of the group and the atlas it is unwrapped into."""

    name: str = rule("Name in the scene.", pattern=ONE_LINE + r"\S" + ONE_LINE, max_length=250)
    map_index: int = rule("Number of its atlas, from 0.", minimum=0)
    uv_channel: int = rule("UV channel to bake into, 1 = the first.", minimum=1, maximum=99)


@dataclass(frozen=True)
class Element(Document):
    """One bake element and the textures it becomes."""

    name: str = rule("Name that the renderer knows.", pattern=ONE_LINE + r"\S" + ONE_LINE, max_length=120)
    kind: str = rule("What its values are.", choices=KINDS)
    stem: str = rule("File name without group, numbers and extension.", max_length=120)
    file_format: str = rule("Format of the texture.", choices=tuple(FILE_FORMATS))
    pixel_type: str = rule("Pixel type of the texture.", choices=PIXEL_TYPES)
    alpha: bool = rule("Whether the texture keeps coverage as alpha.")
    width: int = rule("Width in texels.", minimum=1, maximum=65536)
    height: int = rule("Height in texels.", minimum=1, maximum=65536)
    slot: str = rule("Material slot that shows it; empty for none.", pattern=ONE_LINE, max_length=120)
    transfer: str = rule("How linear colour becomes stored colour; `auto` follows kind and type.", choices=TRANSFERS)
    dither: bool = rule("Whether rounding to 8 bits is spread over neighbouring texels.")

    def check(self) -> None:
        """The file format must be able to hold such pixels, and so many; the pixels must bear the transfer."""
        checks = {
            "file_format": partial(check_format, self.file_format, self.pixel_type, alpha=self.alpha),
            "width` and `height": partial(check_sides, self.file_format, self.width, self.height),
            "transfer": partial(check_transfer, self.kind, self.pixel_type, self.transfer),
            "dither": partial(check_dither, self.pixel_type, dither=self.dither),
        }
        for key, check in checks.items():
            try:
                check()
            except BadInputError as error:
                raise ContractError(f"`{key}`: {error.what}", why=error.why, advice=error.advice) from None


@dataclass(frozen=True)
class Frames(Document):
    """Which frames are baked. A range of one frame is still a range: its textures carry the number."""

    first: int = rule("First frame.", minimum=-999_999, maximum=9_999_999)
    last: int = rule("Last frame; equal to the first without a range.", minimum=-999_999, maximum=9_999_999)
    is_range: bool = rule("Whether textures carry the frame number.")

    def check(self) -> None:
        """The order of the range."""
        if self.last < self.first or (not self.is_range and self.first != self.last):
            raise ContractError(f"`last` {self.last} does not fit `first` {self.first}.")


@dataclass(frozen=True)
class Padding(Document):
    """How far colour is spread beyond what the objects cover."""

    texels: int = rule("Exact distance in texels, Euclidean.", minimum=0, maximum=1024)
    fill_all: bool = rule("Whether every empty texel is filled instead.")
    wrap: bool = rule("Whether the texture tiles, so that padding crosses its borders.")


@dataclass(frozen=True)
class FarmTarget(Document):
    """The farm manager and how the job runs there."""

    manager: str = rule("Host name or IP address of the manager.", pattern=_HOST, max_length=253)
    port: int = rule("TCP port of the manager.", minimum=1, maximum=65535)
    priority: int = rule("0 = first, 99 = last.", minimum=0, maximum=99)
    server_group: str = rule("Group of servers; empty for all.", pattern=r"[^\x00-\x1f;,]*", max_length=120)
    task_timeout_minutes: int = rule("Limit for one farm task.", minimum=1, maximum=100_000)


@dataclass(frozen=True)
class Placeholder(Document):
    """The exact placeholder file of one texture: only these bytes may be replaced."""

    file_name: str = rule("File name of the texture.")
    size: int = rule("Size in bytes.", minimum=1)
    sha256: str = rule("SHA-256 of the file.", pattern=SHA256_PATTERN)


@dataclass(frozen=True)
class JobDescription(Document):
    """The manifest of a bake job."""

    schema_version: int = schema_version(2)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    job_name: str = rule("Name that people see.", pattern=ONE_LINE + r"\S" + ONE_LINE, max_length=120)
    submitted_at: str = moment("UTC, by the submitter's clock.")
    submitted_by: Submitter = rule("Who pressed Bake.")
    mode: str = rule("Single Pass or Multi Pass.", choices=MODES)
    group: str = rule("Name of the unwrap group; empty for an unnamed one.", max_length=120)
    scene: Scene = rule("The scene file.")
    renderer: Renderer = rule("What renders it.")
    map_count: int = rule("Number of atlases that the group is spread over.", minimum=1, maximum=1000)
    objects: tuple[BakeObject, ...] = rule("Objects to bake; their order decides overlaps.", min_items=1)
    elements: tuple[Element, ...] = rule("Elements to bake.", min_items=1)
    frames: Frames = rule("Frames to bake.")
    strips: int = rule("Number of horizontal bands a pass is cut into.", minimum=1, maximum=99)
    piece_type: str = rule("Pixel type of the pieces.", choices=PIECE_TYPES)
    padding: Padding = rule("Padding of all textures.")
    colour: ColourConfig | None = rule("Conversion of the elements whose transfer is `ocio`; null without such.")
    masks: tuple[UvMask, ...] = rule("UV masks of objects; an object without one owns all that it covers.")
    allow_non_finite: bool = rule("Whether NaN and Inf become 0 instead of rejecting the piece.")
    keep_pieces: bool = rule("Whether the job folder stays after delivery.")
    output_folder: str = rule("Where the textures land, canonical; may be local to the artist's machine.")
    network_folder: str = rule("The shared folder that holds the job folder, canonical.")
    farm: FarmTarget = rule("Where it renders.")
    placeholders: tuple[Placeholder, ...] = rule("One per texture, in plan order.", min_items=1)

    def check(self) -> None:
        """Everything that more than one key decides."""
        self._check_objects()
        self._check_elements()
        self._check_colour()
        self._check_masks()
        self._check_folders()
        textures = len(self.elements) * self.map_count * (self.frames.last - self.frames.first + 1)
        if len(self.placeholders) != textures:  # before a mistyped frame range makes a million names
            raise ContractError(f"`placeholders` has {len(self.placeholders)} item(s) for {textures} texture(s).")
        try:
            names = texture_names(self.group, self.elements, self.map_count, self.frames)
        except BadInputError as error:
            raise ContractError(f"`elements`: {error.what}", why=error.why, advice=error.advice) from None
        if [placeholder.file_name for placeholder in self.placeholders] != names:
            raise ContractError("`placeholders` must name every texture once, in plan order.")

    def _check_objects(self) -> None:
        _refuse_repeated([item.name for item in self.objects], "objects", "Rename one of them in the scene.")
        used = {item.map_index for item in self.objects}
        if used != set(range(self.map_count)):
            wrong = min(used.symmetric_difference(range(self.map_count)))
            state = "has no object" if wrong < self.map_count else f"is not one of {self.map_count}"
            raise ContractError(f"`objects`: map {wrong} {state}.")

    def _check_elements(self) -> None:
        _refuse_repeated([item.name for item in self.elements], "elements", "Ask for each element once.")
        for element in self.elements:
            if element.height < self.strips:
                raise ContractError(f"`strips`: {element.name} has {element.height} rows, fewer than strips.")

    def _check_colour(self) -> None:
        managed = [element.name for element in self.elements if element.transfer == "ocio"]
        if managed and self.colour is None:
            raise ContractError(
                f"`colour`: {managed[0]} has the transfer 'ocio' and an OpenColorIO conversion is missing.",
                advice="Give a conversion with the transfer 'ocio', and only with it.",
            )
        if self.colour is not None and not managed:
            raise ContractError(
                "`colour`: an OpenColorIO conversion is given and no element has the transfer 'ocio'.",
                advice="Give a conversion with the transfer 'ocio', and only with it.",
            )

    def _check_masks(self) -> None:
        if self.masks and self.mode == "single":
            raise ContractError(
                "`masks`: Single Pass cannot use UV masks.",
                why="A mask says what belongs to one object, and a pass has several.",
                advice="Use Multi Pass, or leave the masks out.",
            )
        sizes = [(element.width, element.height) for element in self.elements]
        check_masks(self.masks, [item.name for item in self.objects], sizes)

    def _check_folders(self) -> None:
        for key in ("output_folder", "network_folder"):
            if not paths.is_canonical(getattr(self, key)):
                raise ContractError(f"`{key}` {getattr(self, key)!r} is not an absolute path in canonical spelling.")
        if paths.has_drive(self.network_folder):
            raise ContractError(
                f"`network_folder` {self.network_folder!r} begins with a drive letter.",
                why="A drive letter means something else on every machine.",
                advice=r"Use the UNC path of the share: \\server\share\folder.",
            )


def texture_names(group: str, elements: tuple[Element, ...], map_count: int, frames: Frames) -> list[str]:
    """File names of all textures in plan order: element, then map, then frame.

    Raises BadInputError for an impossible name, or two textures with one name.
    """
    names = [
        naming.texture_file_name(
            group,
            element.stem,
            extension(element.file_format),
            map_index=map_index if map_count > 1 else None,
            frame=frame if frames.is_range else None,
        )
        for element in elements
        for map_index in range(map_count)
        for frame in range(frames.first, frames.last + 1)
    ]
    naming.refuse_equal_names(names)
    return names


def _refuse_repeated(names: list[str], key: str, advice: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ContractError(f"`{key}` holds {name!r} twice.", advice=advice)
        seen.add(name)
