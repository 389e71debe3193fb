"""`flatiron bake`: what is said of transfer, dither, OpenColorIO and UV masks becomes the job, or is refused early."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.settings import Settings
from flatiron_tasks.share.atomic import sha256_of
from max_submitter.request import ColourFile, MaskFile
from tests.synthetic_job import write_mask
from workers.cli import bake_options
from workers.cli.app import app
from workers.cli.bake_colour import ColourChoice, OcioOptions, colour_choice
from workers.cli.exit_codes import ExitCode

RUN = CliRunner()
OCIO = """ocio_profile_version: 1
roles: {scene_linear: lin, default: lin}
displays: {}
active_displays: []
active_views: []
search_path: luts
colorspaces:
  - !<ColorSpace> {name: lin}
  - !<ColorSpace>
    name: doubled
    to_reference: !<MatrixTransform> {matrix: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]}
  - !<ColorSpace>
    name: by-table
    from_reference: !<FileTransform> {src: curve.spi1d, interpolation: linear}
"""
TABLE = "Version 1\nFrom 0.0 1.0\nLength 2\nComponents 1\n{\n 0.0\n 0.5\n}\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An OpenColorIO configuration, one space of which needs a table beside it."""
    config = tmp_path / "site.ocio"
    config.write_text(OCIO)
    (tmp_path / "luts").mkdir()
    (tmp_path / "luts" / "curve.spi1d").write_text(TABLE)
    return config


class Bench:
    """A scene, a share, and `flatiron bake --detach` on it; the messages go nowhere."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.share = folder, folder / "share"
        self.share.mkdir()
        (folder / "scene.glb").write_bytes(b"scene")
        self.command = [
            *("bake", str(folder / "scene.glb"), "--manager", "farm", "--output", str(folder / "out")),
            *("--network-folder", str(self.share), "--size", "64x32", "--detach"),
        ]

    def bake(self, *options: object) -> JobDescription:
        result = RUN.invoke(app, [*self.command, *map(str, options)])
        assert result.exit_code == 0, result.stderr
        (description,) = self.share.glob("flatiron-*/job.desc")
        return JobDescription.from_json(description.read_bytes(), source="job.desc")

    def refused(self, *options: object) -> str:
        """What is said; nothing was made."""
        result = RUN.invoke(app, [*self.command, *map(str, options)])
        assert result.exit_code == ExitCode.BAD_INPUT, result.stdout
        assert not list(self.share.iterdir())
        assert not (self.folder / "out").exists()
        return " ".join(result.stderr.split())

    def mask(self, name: str = "mask.png", width: int = 64, height: int = 32, channels: int = 1) -> Path:
        write_mask(self.folder / name, np.full((height, width, channels), 255, np.uint8))
        return self.folder / name


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    class Mute:
        def __init__(self, url: str) -> None:
            self.url = url

        def send(self, job_id: str) -> None:
            """Tell nobody."""

    monkeypatch.setattr("workers.cli.bake_submission.CeleryTransport", Mute)
    monkeypatch.setattr("workers.cli.bake.objects_in", lambda _: ["Floor", "Wall"])
    return Bench(tmp_path)


ELEMENTS = (
    *("--element", "CompleteMap:jpeg", "--element", "DiffuseMap:tx:uint16", "--element", "LightingMap:tx:half"),
    *("--element", "AmbientOcclusion", "--element", "NormalsMap:tiff"),
)


def test_a_curve_is_for_integer_colour_and_dither_for_8_bits_only(bench: Bench) -> None:
    job = bench.bake(*ELEMENTS, "--transfer", "rec709", "--dither")
    assert {item.name: (item.transfer, item.dither) for item in job.elements} == {
        "CompleteMap": ("rec709", True),
        "DiffuseMap": ("rec709", False),
        "LightingMap": ("auto", False),
        "AmbientOcclusion": ("auto", True),
        "NormalsMap": ("auto", True),
    }
    assert (job.colour, job.masks) == (None, ())
    assert [item.file_name for item in job.placeholders][1:3] == ["DiffuseMap.tx", "LightingMap.tx"]


def test_opencolorio_is_for_every_colour_element_and_its_file_goes_along(bench: Bench, site: Path) -> None:
    job = bench.bake(*ELEMENTS, "--ocio-config", site, "--ocio-from", "scene_linear", "--ocio-to", "doubled")
    assert [item.transfer for item in job.elements] == ["ocio", "ocio", "ocio", "auto", "auto"]
    assert job.colour is not None
    assert (job.colour.from_space, job.colour.to_space) == ("scene_linear", "doubled")
    (copy,) = bench.share.glob("flatiron-*/colour/*")
    assert (copy.name, sha256_of(copy), sha256_of(site)) == ("site.ocio", job.colour.sha256, job.colour.sha256)


def test_a_bake_without_colour_needs_no_configuration(bench: Bench, site: Path) -> None:
    job = bench.bake("--element", "NormalsMap", "--ocio-config", site, "--ocio-from", "lin", "--ocio-to", "doubled")
    assert job.colour is None


def test_masks_go_along_by_object_and_size(bench: Bench) -> None:
    floor, wall = bench.mask("a=b.png"), bench.mask("wall.png")
    job = bench.bake("--uv-mask", f"Wall={wall}", "--uv-mask", f"Floor={floor}")
    assert {(mask.object, mask.width, mask.height, mask.file_name) for mask in job.masks} == {
        (0, 64, 32, "o00000-64x32.png"),
        (1, 64, 32, "o00001-64x32.png"),
    }
    folder = next(bench.share.glob("flatiron-*/masks"))
    assert all(sha256_of(folder / mask.file_name) == mask.sha256 for mask in job.masks)


def test_a_colour_space_that_is_not_there_is_refused_with_the_near_names(bench: Bench, site: Path) -> None:
    text = bench.refused("--ocio-config", site, "--ocio-from", "lin", "--ocio-to", "double")
    assert "no colour space 'double'" in text
    assert "near are doubled" in text


def test_a_configuration_that_needs_files_around_it_is_refused(bench: Bench, site: Path) -> None:
    text = bench.refused("--ocio-config", site, "--ocio-from", "lin", "--ocio-to", "by-table")
    assert f"{site} does not work without the files around it" in text
    assert "ocioarchive" in text


def test_a_configuration_that_is_not_there_is_refused(bench: Bench, tmp_path: Path) -> None:
    missing = tmp_path / "missing.ocio"
    assert "missing.ocio is not" in bench.refused("--ocio-config", missing, "--ocio-from", "a", "--ocio-to", "b")


def test_masks_that_cannot_be_used_are_refused(bench: Bench, tmp_path: Path) -> None:
    assert "48x32" in bench.refused("--uv-mask", f"Wall={bench.mask(width=48)}")
    assert "colour type 2" in bench.refused("--uv-mask", f"Wall={bench.mask(channels=3)}")
    assert "no PNG file" in bench.refused("--uv-mask", f"Wall={Path(__file__)}")
    assert "cannot be read" in bench.refused("--uv-mask", f"Wall={tmp_path / 'nowhere.png'}")
    assert "Did you mean Wall=FILE" in bench.refused("--uv-mask", f"wall={bench.mask()}")
    assert "Use Multi Pass" in bench.refused("--single", "--uv-mask", f"Wall={bench.mask()}")
    assert "two masks" in bench.refused("--uv-mask", f"Wall={bench.mask()}", "--uv-mask", f"Wall={bench.mask()}")
    damaged = bench.mask("damaged.png")
    damaged.write_bytes(damaged.read_bytes()[:50])
    assert "damaged.png cannot be used" in bench.refused("--uv-mask", f"Wall={damaged}")


CONFIG = Path("/studio/site.ocio").absolute()
STUDIO = Settings(ocio_config=CONFIG, ocio_from_space="lin", ocio_to_space="srgb")
NOTHING = OcioOptions()


def test_the_settings_give_the_default_and_an_option_wins() -> None:
    assert colour_choice(STUDIO, None, NOTHING, dither=False).ocio == ColourFile(CONFIG, "lin", "srgb")
    other = colour_choice(STUDIO, None, OcioOptions(CONFIG.with_name("x.ocio"), to_space="p3"), dither=True)
    assert other == ColourChoice("ocio", dither=True, ocio=ColourFile(CONFIG.with_name("x.ocio"), "lin", "p3"))
    assert colour_choice(STUDIO, "ocio", NOTHING, dither=False).transfer == "ocio"
    for transfer in ("auto", "linear", "srgb"):
        assert colour_choice(STUDIO, transfer, NOTHING, dither=False) == ColourChoice(transfer)
    assert colour_choice(Settings(), None, NOTHING, dither=False) == ColourChoice()


@pytest.mark.parametrize(
    ("settings", "transfer", "options", "match"),
    [
        (Settings(), "sRGB", NOTHING, "Did you mean srgb"),
        (Settings(), "log", NOTHING, "Use one of auto"),
        (Settings(), "ocio", NOTHING, "--ocio-config"),
        (Settings(), None, OcioOptions(to_space="srgb"), "--ocio-config"),
        (Settings(), None, OcioOptions(CONFIG, to_space="srgb"), "--ocio-from"),
        (Settings(ocio_config=CONFIG, ocio_from_space="lin"), None, NOTHING, "ocio_to_space"),
        (STUDIO, "srgb", OcioOptions(to_space="p3"), "exclude each other"),
    ],
)
def test_colour_that_is_not_clear_is_refused(
    settings: Settings, transfer: str | None, options: OcioOptions, match: str
) -> None:
    with pytest.raises(BadInputError, match=match):
        colour_choice(settings, transfer, options, dither=False)


def test_a_mask_names_the_longest_object_that_fits() -> None:
    (mask,) = bake_options.uv_masks(["a=b=/x/c=d.png"], ["a", "a=b"])
    assert mask == MaskFile("a=b", Path("/x/c=d.png").absolute())
    for text in ("a", "=x.png", "a=", "x=y.png"):
        with pytest.raises(BadInputError, match="OBJECT=FILE"):
            bake_options.uv_masks([text], ["a"])


def test_a_tiled_texture_is_a_format_like_others() -> None:
    found = [bake_options.element(text) for text in ("CompleteMap:tx", "LightingMap:tx:half")]
    assert [(item.file_format, item.pixel_type) for item in found] == [("tx", "uint8"), ("tx", "half")]
