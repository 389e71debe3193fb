"""Valid documents for the contract tests: one plain example per class, and every job description hypothesis finds."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from flatiron_tasks.contracts.discarded import Discarded
from flatiron_tasks.contracts.document import Document
from flatiron_tasks.contracts.elements import CURVES, FILE_FORMATS, INTEGER_TYPES, KINDS
from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.finished import FinishedTexture
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
from flatiron_tasks.contracts.job_view import JobView, PassView, TextureView
from flatiron_tasks.contracts.merge_files import ColourConfig, UvMask
from flatiron_tasks.contracts.merged_pass import LayerFile, MergedPass
from flatiron_tasks.contracts.naming import mask_file_name
from flatiron_tasks.contracts.node_task import NodeTask, TaskObject, TaskOutput
from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.contracts.proof import Proof
from flatiron_tasks.contracts.receipt import AttemptResult, Receipt
from flatiron_tasks.contracts.share_probe import ShareAnswer, ShareChallenge

JOB_ID = "20260131-142501-7f3a9c0d"
ATTEMPT = "019c1234abcd-0a1b2c3d"
TIME = "2026-01-31T14:25:01.250Z"
HASH = "0123456789abcdef" * 4


def element(**changes: Any) -> Element:
    values: dict[str, Any] = {
        "name": "CompleteMap",
        "kind": "color",
        "stem": "CompleteMap",
        "file_format": "png",
        "pixel_type": "uint8",
        "alpha": True,
        "width": 64,
        "height": 48,
        "slot": "Diffuse Color",
        "transfer": "auto",
        "dither": False,
    }
    return Element(**(values | changes))


def description(**changes: Any) -> JobDescription:
    """A small job; the placeholders follow the other keys."""
    values: dict[str, Any] = {
        "schema_version": 2,
        "job_id": JOB_ID,
        "job_name": "Booth A",
        "submitted_at": TIME,
        "submitted_by": Submitter("ann", "ws-12", "3ds Max 2026"),
        "mode": "multi",
        "group": "booth",
        "scene": Scene("booth.max", copied=True, size=1234, sha256=HASH),
        "renderer": Renderer("reference", {"samples": 16, "gain": 0.5, "filter": "box", "denoise": False}),
        "map_count": 1,
        "objects": (BakeObject("wall", 0, 1), BakeObject("floor", 0, 2)),
        "elements": (element(),),
        "frames": Frames(0, 0, is_range=False),
        "strips": 2,
        "piece_type": "half",
        "padding": Padding(4, fill_all=False, wrap=False),
        "colour": None,
        "masks": (),
        "allow_non_finite": False,
        "keep_pieces": False,
        "output_folder": "C:/textures",
        "network_folder": "//server/share/bakes",
        "farm": FarmTarget("manager", 3234, 50, "", 60),
    } | changes
    if "placeholders" not in values:
        values["placeholders"] = placeholders(values)
    return JobDescription(**values)


def mask(index: int, width: int, height: int, **changes: Any) -> UvMask:
    """The mask of an object for elements of this size."""
    values: dict[str, Any] = {"file_name": mask_file_name(index, width, height), "size": 99, "sha256": HASH}
    return UvMask(index, width, height, **(values | changes))


def placeholders(values: dict[str, Any]) -> tuple[Placeholder, ...]:
    names = texture_names(values["group"], values["elements"], values["map_count"], values["frames"])
    return tuple(Placeholder(name, 100, HASH) for name in names)


EXAMPLES: dict[type[Document], Document] = {
    JobDescription: description(),
    NodeTask: NodeTask(
        schema_version=1,
        job_id=JOB_ID,
        task=1,
        pass_index=0,
        strip=0,
        attempt=ATTEMPT,
        scene="/mnt/share/booth.max",
        objects=(TaskObject("wall", 1),),
        map_index=0,
        frame=0,
        outputs=(TaskOutput("CompleteMap", "color", 64, 48, 0, 24, "half", "/mnt/share/p.exr"),),
        options={"samples": 16},
    ),
    Receipt: Receipt(
        schema_version=1,
        job_id=JOB_ID,
        plan_hash=HASH,
        task=1,
        pass_index=0,
        strip=0,
        element="CompleteMap",
        attempt=ATTEMPT,
        file_name=f"p00000-s00-e00.{ATTEMPT}.exr",
        size=999,
        sha256=HASH,
        host="node-7",
        node_path="//server/share/bakes/p.exr",
        started_at=TIME,
        finished_at=TIME,
        renderer="reference",
        exit_code=0,
    ),
    AttemptResult: AttemptResult(
        schema_version=1,
        job_id=JOB_ID,
        task=1,
        pass_index=0,
        strip=0,
        attempt=ATTEMPT,
        succeeded=False,
        failure_class="timeout",
        reason="No progress for an hour.",
        advice="Look into the log.",
        host="node-7",
        started_at=TIME,
        finished_at=TIME,
        exit_code=None,
    ),
    MergedPass: MergedPass(
        schema_version=1,
        job_id=JOB_ID,
        plan_hash=HASH,
        pass_index=0,
        attempts=(ATTEMPT, ATTEMPT),
        layers=(LayerFile("CompleteMap", 999, HASH),),
        notes=(),
    ),
    FinishedTexture: FinishedTexture(
        schema_version=2,
        job_id=JOB_ID,
        texture=0,
        file_name="booth_CompleteMap.png",
        size=999,
        sha256=HASH,
        pixels_sha256=HASH,
        layers=(HASH,),
        notes=(),
    ),
    Proof: Proof(
        schema_version=1,
        job_id=JOB_ID,
        job_name="Booth A",
        file_name="booth_CompleteMap.png",
        texture=0,
        size=999,
        sha256=HASH,
        texture_hash=HASH,
        plan_hash=HASH,
        pixels_sha256=HASH,
        pieces=4,
        pieces_sha256=HASH,
        layers=HASH,
        version="0.1.0",
    ),
    Discarded: Discarded(schema_version=1, job_id=JOB_ID, attempts=(ATTEMPT,), results=(HASH,)),
    Ended: Ended(schema_version=2, job_id=JOB_ID, state="done", cleaned=False),
    Event: Event(
        schema_version=1,
        sequence=3,
        job_id=JOB_ID,
        kind="pass",
        state="merging",
        passes_total=2,
        passes_merged=1,
        textures_total=1,
        textures_done=0,
        sentence="1 of 2 passes is merged.",
        at=TIME,
    ),
    Notice: Notice(
        schema_version=1,
        key=f"{JOB_ID}:1",
        event="failed",
        job_id=JOB_ID,
        job_name="Booth A",
        artist="ann",
        host="ws-12",
        sentence="Pass 3 failed: its piece is blank.",
        reason="Its piece is blank.",
        advice="Mend the cause.",
        passes_total=4,
        passes_merged=3,
        textures_total=2,
        textures_done=0,
        output_folder="C:/textures",
        job_folder=f"//server/share/bakes/flatiron-{JOB_ID}",
        farm="manager:3234",
        created_at=TIME,
        ended_at=TIME,
        link="",
    ),
    ShareChallenge: ShareChallenge(
        schema_version=1, nonce=HASH[:32], made_at=TIME, network_folder="//server/bakes", servers=("node-1", "node 2")
    ),
    ShareAnswer: ShareAnswer(
        schema_version=1,
        nonce=HASH[:32],
        server=1,
        host="NODE2",
        user="render",
        target="//server/bakes",
        free_bytes=8_000_000_000,
        clock=TIME,
        rename_ms=4,
    ),
    JobView: JobView(
        schema_version=1,
        job_id=JOB_ID,
        job_name="Booth A",
        artist="ann",
        host="ws-12",
        sequence=3,
        state="rendering",
        sentence="Rendering on the farm, 1 of 2 passes merged.",
        waiting="Next look in 5 s.",
        step="",
        reason="",
        advice="",
        suspended=False,
        created_at=TIME,
        updated_at=TIME,
        published_at=TIME,
        output_folder="C:/textures",
        job_folder=f"//server/share/bakes/flatiron-{JOB_ID}",
        farm="manager:3234",
        passes=(PassView("wall", "merged", 0, ""), PassView("floor", "waiting", 0, "")),
        textures=(TextureView("booth_CompleteMap.png", "waiting", "C:/textures/booth_CompleteMap.png", "", ""),),
    ),
}

_words = st.text("abcXYZ019_- éß漢", min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
_name_parts = _words.map(str.strip)
_hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
_options = st.dictionaries(
    st.text(max_size=8),
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8) | st.booleans(),
    max_size=4,
)


LONGEST_SIDE = dict.fromkeys(FILE_FORMATS, 65536) | {"jpeg": 65500, "tga": 65535}


@st.composite
def elements(draw: st.DrawFn, name: str) -> Element:
    file_format = draw(st.sampled_from(sorted(FILE_FORMATS)))
    _, pixel_types, holds_alpha = FILE_FORMATS[file_format]
    kind, pixel_type = draw(st.sampled_from(KINDS)), draw(st.sampled_from(pixel_types))
    curves = CURVES if kind != "normal" and pixel_type in INTEGER_TYPES else ()
    return Element(
        name=name,
        kind=kind,
        stem=name,
        file_format=file_format,
        pixel_type=pixel_type,
        alpha=holds_alpha and draw(st.booleans()),
        width=draw(st.integers(1, LONGEST_SIDE[file_format])),
        height=draw(st.integers(99, LONGEST_SIDE[file_format])),
        slot=draw(_words),
        transfer=draw(st.sampled_from(("auto", "linear", *(("ocio",) if kind != "normal" else ()), *curves))),
        dither=pixel_type == "uint8" and draw(st.booleans()),
    )


@st.composite
def colours(draw: st.DrawFn) -> ColourConfig:
    return ColourConfig("site.ocio", draw(st.integers(1)), draw(_hashes), draw(_words), draw(_words))


@st.composite
def frames(draw: st.DrawFn) -> Frames:
    first = draw(st.integers(-999_999, 9_999_990))
    is_range = draw(st.booleans())
    return Frames(first, first + draw(st.integers(0, 3)) if is_range else first, is_range=is_range)


@st.composite
def descriptions(draw: st.DrawFn) -> JobDescription:
    """Any valid job description of a moderate size."""
    map_count = draw(st.integers(1, 3))
    maps = [*range(map_count), *draw(st.lists(st.integers(0, map_count - 1), max_size=4))]
    objects = tuple(BakeObject(f"{draw(_words)} {index}", m, draw(st.integers(1, 99))) for index, m in enumerate(maps))
    stems = draw(st.lists(_name_parts.map(lambda text: f"E{text}"), min_size=1, max_size=3, unique_by=str.casefold))
    baked = tuple(draw(elements(name)) for name in stems)
    masked = draw(st.sets(st.integers(0, len(objects) - 1)))
    mode = draw(st.sampled_from(["multi"] if masked else ["single", "multi"]))
    return description(
        job_id=draw(st.from_regex(r"[a-z0-9][a-z0-9-]{7,63}", fullmatch=True)),
        job_name=draw(_words),
        submitted_by=Submitter(draw(_words), draw(_words), draw(_words)),
        mode=mode,
        group=draw(st.just("") | _name_parts.map(lambda text: f"G{text}")),
        scene=Scene(f"S{draw(_name_parts)}.max", copied=True, size=draw(st.integers(1)), sha256=draw(_hashes)),
        renderer=Renderer("reference", draw(_options)),
        map_count=map_count,
        objects=objects,
        elements=baked,
        frames=draw(frames()),
        strips=draw(st.integers(1, 99)),
        padding=Padding(draw(st.integers(0, 1024)), fill_all=draw(st.booleans()), wrap=draw(st.booleans())),
        colour=draw(colours()) if any(item.transfer == "ocio" for item in baked) else None,
        masks=tuple(mask(index, *size) for index in masked for size in {(item.width, item.height) for item in baked}),
        allow_non_finite=draw(st.booleans()),
        keep_pieces=draw(st.booleans()),
        output_folder=draw(st.sampled_from(["/out", "C:/out", "//server/out/été"])),
    )
