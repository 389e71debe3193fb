"""Inputs for checks: a bake that has no fault, and small changes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath, PureWindowsPath

from flatiron_tasks.contracts.errors import ShareError
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings, ElementSettings, NetworkSettings
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import SettingsEdit
from max_submitter.preflight.inputs import PreflightInput, SceneFacts
from max_submitter.preflight.run import run_quick, run_slow
from max_submitter.preflight.surroundings import Occupant
from max_submitter.scene.facts import (
    ElementOffer,
    FrameRange,
    ObjectGroup,
    RendererFacts,
    SceneFile,
    SceneObject,
    UvTriangles,
)

COLOUR = ElementSettings(True, "CompleteMap", "color", "Complete", "png", "uint8", False, 256, 256, "Diffuse")
NORMALS = ElementSettings(True, "NormalsMap", "normal", "Normals", "exr", "half", True, 256, 256, "")
NETWORK = NetworkSettings(True, "farm", 3234, r"\\server\share\bakes", 50, "")
SETTINGS = BakeSettings(
    schema_version=1,
    groups=("castle",),
    uv_channel=3,
    elements=(COLOUR, NORMALS),
    mode="multi",
    strips=1,
    padding=4,
    fill_all=False,
    use_range=False,
    first_frame=0,
    last_frame=0,
    output_folder=r"D:\textures",
    shell=False,
    overwrite=False,
    network=NETWORK,
)
CONFIGURATION = ArtistConfiguration(
    schema_version=1,
    redis_url="redis://server",
    artist="anna",
    path_rules=(),
    flower_url="",
    web_url="",
    renderer="3dsmaxbatch",
    task_timeout_minutes=60,
    local_command=("flatiron",),
)
RENDERER = RendererFacts(
    "Default_Scanline_Renderer",
    True,
    "",
    (ElementOffer("CompleteMap", "color"), ElementOffer("NormalsMap", "normal")),
    "none",
)


def an_object(handle: int, name: str, map_index: int = 0, channels: tuple[int, ...] = (1, 3)) -> SceneObject:
    return SceneObject(handle, name, map_index, channels, ("Diffuse", "Bump"), has_shell=False)


def square(left: float, bottom: float, right: float, top: float) -> UvTriangles:
    corners = (left, bottom, right, bottom, right, top, left, bottom, right, top, left, top)
    return UvTriangles(corners, is_complete=True)


TOWER, WALL = an_object(11, "Tower"), an_object(12, "Wall")
CASTLE = ObjectGroup("castle", (TOWER, WALL))
UVS: Mapping[int, UvTriangles] = {11: square(0.0, 0.0, 0.45, 1.0), 12: square(0.55, 0.0, 1.0, 1.0)}
FACTS = SceneFacts(
    asked_groups=("castle",),
    uv_channel=3,
    file=SceneFile(Path("castle.max"), is_modified=False),
    groups=(CASTLE,),
    missing_groups=(),
    renderer=RENDERER,
    used_files=(),
    frames=FrameRange(0, 100, 7),
    uvs=UVS,
    has_uvs=True,
)
GOOD = PreflightInput(SETTINGS, CONFIGURATION, FACTS, flavour="windows")

Change = Callable[[PreflightInput], PreflightInput]


def settings(**changes: object) -> PreflightInput:
    """The bake without a fault, with other settings."""
    return replace(GOOD, settings=replace(SETTINGS, **changes))  # type: ignore[arg-type]


def network(**changes: object) -> PreflightInput:
    return settings(network=replace(NETWORK, **changes))  # type: ignore[arg-type]


def element(**changes: object) -> PreflightInput:
    """The bake without a fault, with another first element."""
    return settings(elements=(replace(COLOUR, **changes), NORMALS))  # type: ignore[arg-type]


def scene(**changes: object) -> PreflightInput:
    return replace(GOOD, scene=replace(FACTS, **changes))  # type: ignore[arg-type]


def configuration(**changes: object) -> PreflightInput:
    return replace(GOOD, configuration=replace(CONFIGURATION, **changes))  # type: ignore[arg-type]


def objects(*items: SceneObject) -> PreflightInput:
    return scene(groups=(ObjectGroup("castle", items),))


@dataclass
class World:
    """Surroundings of which a test says what they are. Everything is well and nothing stands in the way."""

    folders: Mapping[str, bool] = field(default_factory=dict)
    """Folders that are not there (False); all others are."""
    refuses: Mapping[str, str] = field(default_factory=dict)
    """Folder -> why nothing can be written there."""
    silent: tuple[str, ...] = ()
    """Folders that do not answer."""
    free: int = 1 << 40
    drives: Mapping[str, str] = field(default_factory=dict)
    occupants: Mapping[str, Occupant] = field(default_factory=dict)
    """File name -> what stands there."""
    manager: str = ""
    redis: str = ""
    gone: tuple[str, ...] = ()
    """Files of the scene that are not there."""
    probed: list[Path] = field(default_factory=list)

    def is_folder(self, folder: Path) -> bool:
        self._answer(folder)
        return self.folders.get(str(folder), True)

    def is_there(self, path: str) -> bool:
        self._answer(PureWindowsPath(path).parent)
        return path not in self.gone

    def write_probe(self, folder: Path) -> None:
        self.probed.append(folder)
        if str(folder) in self.refuses:
            raise ShareError(f"Nothing can be written to {folder}.", why=self.refuses[str(folder)])

    def free_bytes(self, folder: Path) -> int:
        self._answer(folder)
        return self.free

    def drive_target(self, drive: str) -> str:
        return self.drives.get(drive, "")

    def occupant(self, path: Path) -> Occupant:
        return self.occupants.get(path.name, "nothing")

    def manager_trouble(self, host: str, port: int) -> str:
        return self.manager.format(host=host, port=port)

    def redis_trouble(self, url: str) -> str:
        return self.redis.format(url=url)

    def _answer(self, folder: PurePath) -> None:
        if str(folder) in self.silent:
            raise ShareError(f"{folder} does not answer.")


@dataclass
class Bench:
    """The session's side of the fixes: keeps what they did."""

    settings: BakeSettings = SETTINGS
    done: list[tuple[object, ...]] = field(default_factory=list)

    def save_scene(self) -> None:
        self.done.append(("save_scene",))

    def rename(self, handle: int, name: str) -> None:
        self.done.append(("rename", handle, name))

    def remove_exposure(self) -> None:
        self.done.append(("remove_exposure",))

    def make_folder(self, folder: Path) -> None:
        self.done.append(("make_folder", folder))

    def change(self, edit: SettingsEdit) -> None:
        self.settings = edit(self.settings)


def findings(given: PreflightInput, world: World | None = None, bench: Bench | None = None) -> list[Finding]:
    """What all checks say."""
    bench = bench or Bench(given.settings)
    return [*run_quick(given, bench), *run_slow(given, bench, world or World(), lambda: False)]


def the_finding(check: str, given: PreflightInput, world: World | None = None, bench: Bench | None = None) -> Finding:
    """The only finding of one check."""
    (found,) = [finding for finding in findings(given, world, bench) if finding.check == check]
    return found
