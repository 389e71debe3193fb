"""States of a `FakeSession` as an artist meets them: from the empty panel to ten jobs at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from max_submitter.artist_configuration import NOT_SET_UP
from max_submitter.bake_settings import ElementSettings, NetworkSettings
from max_submitter.jobs.redis_sentences import redis_sentence
from max_submitter.preflight.finding import Finding
from max_submitter.scene.facts import ElementOffer, ObjectGroup, RendererFacts, SceneObject
from max_submitter.session.port import BakeProgress, ConnectionLine
from max_submitter.testing.fake_jobs import job_row
from max_submitter.testing.fake_session_state import FRESH_SETTINGS, FakeSessionState

_OFFERS = (
    ("CompleteMap", "color"),
    ("LightingMap", "color"),
    ("DiffuseMap", "color"),
    ("NormalsMap", "normal"),
    ("AmbientOcclusion", "data"),
    ("HeightMap", "data"),
)

_URL = "redis://farm-manager:6379/0"
_REDIS_AWAY = redis_sentence(ConnectionRefusedError("refused"), _URL)
_REFUSED = redis_sentence(PermissionError("WRONGPASS invalid username-password pair"), _URL)
_NOTHING = Finding(
    "no-elements",
    "fatal",
    "No bake element is switched on.",
    "Add an element to the table, or switch one on.",
    "elements",
)


def empty() -> FakeSessionState:
    """A first start: nothing set, nothing baked."""
    return FakeSessionState(groups=_groups(), renderer=_renderer(), findings=(_NOTHING,))


def filled_in() -> FakeSessionState:
    """All settings made, everything in order, the network tested."""
    network = NetworkSettings(True, "farm-manager", 3234, r"\\fileserver\bakes\network", 50, "gpu-nodes")
    settings = replace(  # noqa: S604 - `shell` is a kind of material
        FRESH_SETTINGS,
        groups=("booth_a", "booth_b"),
        uv_channel=3,
        elements=_elements(),
        mode="multi",
        strips=4,
        padding=8,
        output_folder="//fileserver/projects/expo/pavilion/textures/baked/2026-11",
        shell=True,
        network=network,
    )
    configuration = replace(
        NOT_SET_UP,
        redis_url="redis://artist@farm-manager:6379/0",
        flower_url="http://farm-manager:5555",
        web_url="http://farm-manager:8080",
    )
    return FakeSessionState(
        settings=settings,
        configuration=configuration,
        groups=_groups(),
        renderer=_renderer(),
        test_lines=_lines_in_order(),
        existing=frozenset({"booth_a_CompleteMap.png"}),
    )


def with_findings() -> FakeSessionState:
    """Filled in, with one finding of each level and a network that does not answer."""
    return replace(filled_in(), findings=_findings(), test_lines=_lines_with_trouble())


def baking() -> FakeSessionState:
    """Bake was pressed a moment ago."""
    progress = BakeProgress("Writing the scene copy into the job folder: 412 MB of 1.2 GB.", 0.34, is_running=True)
    return replace(filled_in(), progress=progress)


def running(thumbnail: Path | None = None) -> FakeSessionState:
    """One job renders."""
    return replace(filled_in(), jobs=(job_row(0, "rendering", thumbnail=thumbnail),))


def failed(thumbnail: Path | None = None) -> FakeSessionState:
    """One job failed and says what to do; the last press of Bake ended with an error."""
    error = (
        r"The job folder could not be made in \\fileserver\bakes\network. Why: the disk is full (0 bytes free). "
        "Next step: Free space on the share, then press Bake again."
    )
    progress = BakeProgress("", None, is_running=False, error=error)
    return replace(filled_in(), jobs=(job_row(1, "failed", thumbnail=thumbnail),), progress=progress)


def finished(thumbnail: Path | None = None) -> FakeSessionState:
    """One job is done and its textures are in the scene."""
    return replace(filled_in(), jobs=(job_row(2, "done", thumbnail=thumbnail),))


def ten_jobs(thumbnail: Path | None = None) -> FakeSessionState:
    """Ten jobs in every state, newest first, and Redis away for a moment."""
    states = ("submitted", "rendering", "rendering", "merging", "delivering", "ready_to_collect", "failed")
    rows = [job_row(number, state, thumbnail=thumbnail) for number, state in enumerate((*states, "cancelling"))]
    rows += [job_row(8, "done", thumbnail=thumbnail), job_row(9, "cancelled")]
    rows[2] = replace(rows[2], view=replace(rows[2].view, suspended=True, sentence="The job is suspended on the farm."))
    return replace(filled_in(), jobs=tuple(rows), trouble=_REDIS_AWAY)


def many_jobs(number: int) -> FakeSessionState:
    """Any number of jobs that render."""
    return replace(filled_in(), jobs=tuple(job_row(index, "rendering") for index in range(number)))


def _elements() -> tuple[ElementSettings, ...]:
    return (
        ElementSettings(
            True, "CompleteMap", "color", "CompleteMap", "png", "uint16", True, 4096, 4096, "Diffuse Color"
        ),
        ElementSettings(
            True, "LightingMap", "color", "LightingMap", "exr", "half", False, 2048, 2048, "Self-Illumination"
        ),
        ElementSettings(False, "AmbientOcclusion", "data", "AO", "png", "uint8", False, 2048, 2048, ""),
        ElementSettings(True, "NormalsMap", "normal", "Normals", "png", "uint16", False, 4096, 4096, "Bump"),
    )


def _groups() -> tuple[ObjectGroup, ...]:
    slots = ("Diffuse Color", "Self-Illumination", "Bump")
    return tuple(
        ObjectGroup(
            name, tuple(SceneObject(handle, f"{name}_{handle}", 0, (1, 3), slots, False) for handle in range(many))
        )
        for name, many in (("booth_a", 12), ("booth_b", 7), ("floor", 1))
    )


def _renderer() -> RendererFacts:
    offers = tuple(ElementOffer(name, kind) for name, kind in _OFFERS)
    return RendererFacts("Default_Scanline_Renderer", True, "", offers, "logarithmic")


def _findings() -> tuple[Finding, ...]:
    return (
        Finding(
            "uv-channel-missing",
            "fatal",
            'There are no UVs on channel 3 of "Table 04", "Table 05" and "Lamp".',
            "Unwrap into UV channel 3. All objects have UV channel 1: or bake into that one.",
            "uv_channel",
        ),
        Finding(
            "exposure",
            "fixable",
            "Linear exposure control gives every object of a texture its own brightness, "
            "because each is rendered alone.",
            "Remove it, or choose logarithmic exposure control.",
            "mode",
            "Remove exposure control",
        ),
        Finding(
            "scene-unsaved",
            "warning",
            "pavilion.max has changes that are not saved.",
            "It is baked as it is now. Save it, so that the file shows what was baked.",
            "",
            "Save the scene",
        ),
    )


def _lines_in_order() -> tuple[ConnectionLine, ...]:
    return (
        ConnectionLine("Manager", True, "A Backburner Manager answers at farm-manager, port 3234."),
        ConnectionLine("Redis", True, "Redis answers."),
        ConnectionLine("Network folder", True, r"\\fileserver\bakes\network can be written to; 1843 GB are free."),
        ConnectionLine("Workers", True, "Workers are running."),
    )


def _lines_with_trouble() -> tuple[ConnectionLine, ...]:
    return (
        ConnectionLine("Manager", True, "A Backburner Manager answers at farm-manager, port 3234."),
        ConnectionLine("Redis", False, _REFUSED),
        ConnectionLine(
            "Network folder",
            False,
            r"\\fileserver\bakes\network has only 212 MB free. Make room, or choose another folder.",
        ),
        ConnectionLine("Workers", None, "Looking…"),
    )
