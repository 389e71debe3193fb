"""OpenColorIO: applied to straight colour of covered texels only, and refused with the near names when it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError, ShareError
from flatiron_tasks.imaging import ocio
from flatiron_tasks.imaging.convert import to_samples
from flatiron_tasks.imaging.ocio import managed
from flatiron_tasks.imaging.texture import OcioTransform, TextureSpec
from flatiron_tasks.share.atomic import sha256_of

CONFIG = """ocio_profile_version: 1
roles: {{scene_linear: lin, default: lin}}
displays: {{}}
active_displays: []
active_views: []
colorspaces:
  - !<ColorSpace> {{name: lin}}
  - !<ColorSpace>
    name: tinted
    to_reference: !<MatrixTransform> {{matrix: [{red}, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]}}
"""
SRGB = OcioTransform(config="ocio://default", from_space="lin_rec709", to_space="sRGB Encoded Rec.709 (sRGB)")


@pytest.fixture
def tinted(tmp_path: Path) -> OcioTransform:
    """From linear, a conversion that multiplies red by 4 and green and blue by 1/2."""
    config = tmp_path / "site.ocio"
    config.write_text(CONFIG.format(red=0.25))
    return OcioTransform(config=str(config), from_space="lin", to_space="tinted", sha256=sha256_of(config))


def spec(transform: OcioTransform, **changes: Any) -> TextureSpec:
    values = {"width": 8, "height": 8, "kind": "color", "file_format": "exr", "pixel_type": "half", "alpha": True}
    return TextureSpec(**{**values, "transfer": "ocio", "ocio": transform, **changes})


def planes(texels: Sequence[Sequence[float]], dtype: type[np.floating[Any]] = np.float16) -> Any:
    """One row of premultiplied texels."""
    return np.array(texels, dtype).T[:, np.newaxis].copy()


ROW: list[list[float]] = [[0.125, 0.25, 0.5, 1], [0.0625, 0.125, 0.25, 0.5], [0, 0, 0, 0]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_straight_colour_is_converted_and_openexr_is_multiplied_by_alpha_again(
    tinted: OcioTransform, dtype: type[np.floating[Any]]
) -> None:
    band = to_samples(planes(ROW, dtype), spec(tinted), 0)
    assert band.samples.tolist() == [[[0.5, 0.125, 0.25, 1], [0.25, 0.0625, 0.125, 0.5], [0, 0, 0, 0]]]
    assert band.colour.tolist() == [[[0.5, 0.125, 0.25], [0.5, 0.125, 0.25], [0, 0, 0]]]


def test_integer_samples_hold_the_converted_colour_without_another_transfer(tinted: OcioTransform) -> None:
    band = to_samples(planes(ROW), spec(tinted, file_format="png", pixel_type="uint16"), 0)
    assert band.samples.tolist() == [[[32768, 8192, 16384, 65535], [32768, 8192, 16384, 32768], [0, 0, 0, 0]]]


def test_uncovered_texels_are_not_converted() -> None:
    """The logarithmic ACEScct would make 0.07 of black."""
    log = OcioTransform(config="ocio://default", from_space="ACEScg", to_space="ACEScct")
    band = to_samples(np.zeros((4, 2, 2), np.float16), spec(log), 0)
    assert not band.samples.any()
    assert not band.colour.any()


def test_a_built_in_configuration_gives_the_curve_of_its_standard() -> None:
    values = np.linspace(0, 1, 3000, dtype=np.float32).reshape(-1, 3)
    exact = np.where(values <= 0.0031308, values * 12.92, 1.055 * values.astype(np.float64) ** (1 / 2.4) - 0.055)
    assert np.abs(managed(values, SRGB) - exact).max() < 1 / 65535


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 200), st.integers(0, 199))
def test_the_result_of_a_texel_does_not_depend_on_its_neighbours(count: int, begin: int) -> None:
    values = np.random.default_rng(3).random((400, 3)).astype(np.float32)
    whole = managed(values, SRGB)
    assert managed(values[begin : begin + count], SRGB).tobytes() == whole[begin : begin + count].tobytes()


def test_the_result_is_always_finite() -> None:
    log = OcioTransform(config="ocio://default", from_space="ACEScg", to_space="ACEScct")
    values = np.array([[np.inf, -np.inf, 3e38], [-1, 0, -3e38]])
    assert np.isfinite(managed(values, log)).all()


def test_no_texels_are_converted_to_none() -> None:
    assert managed(np.empty((0, 3)), SRGB).shape == (0, 3)


def test_an_unknown_space_is_refused_with_the_near_names() -> None:
    wrong = OcioTransform(config="ocio://default", from_space="ACEScgg", to_space="sRGB - Display")
    with pytest.raises(BadInputError, match="'ACEScgg'") as refused:
        managed(np.zeros((1, 3)), wrong)
    assert "ACEScg," in refused.value.advice


@pytest.mark.parametrize("config", ["ocio://no-such-config", "/no/such/folder/config.ocio"])
def test_a_configuration_that_is_not_there_is_refused(config: str) -> None:
    with pytest.raises(BadInputError, match=config):
        managed(np.zeros((1, 3)), OcioTransform(config=config, from_space="a", to_space="b"))


def test_a_broken_configuration_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ocio"
    broken.write_text("colorspaces: [")
    with pytest.raises(BadInputError, match=r"broken\.ocio"):
        managed(np.zeros((1, 3)), OcioTransform(config=str(broken), from_space="a", to_space="b"))


def conversion(config: Path, red: float, *, stated: bool = True) -> OcioTransform:
    """Of a configuration that no other test uses, newly written; it multiplies red by `1 / red`."""
    config.write_text(CONFIG.format(red=red))
    return OcioTransform(
        config=str(config), from_space="lin", to_space="tinted", sha256=sha256_of(config) if stated else ""
    )


def red_of(transform: OcioTransform) -> float:
    return float(managed(np.ones((1, 3)), transform)[0, 0])


def test_a_configuration_that_is_not_the_one_of_the_job_is_refused(tmp_path: Path) -> None:
    wanted = conversion(tmp_path / "site.ocio", 0.625)
    changed = conversion(tmp_path / "site.ocio", 0.3125)
    with pytest.raises(BadInputError, match="SHA-256"):
        managed(np.zeros((1, 3)), wanted)
    assert red_of(changed) == pytest.approx(3.2)
    with pytest.raises(BadInputError, match="SHA-256"):
        managed(np.zeros((1, 3)), wanted)


def test_a_configuration_that_changes_between_two_bands_changes_nothing(tmp_path: Path) -> None:
    first = conversion(tmp_path / "site.ocio", 0.15625)
    assert red_of(first) == pytest.approx(6.4)
    second = conversion(tmp_path / "site.ocio", 0.078125)
    assert red_of(first) == pytest.approx(6.4)
    assert red_of(second) == pytest.approx(12.8)
    Path(first.config).unlink()
    assert red_of(first) == pytest.approx(6.4)


def test_a_configuration_whose_hash_nobody_stated_is_refused_once_it_changes(tmp_path: Path) -> None:
    transform = conversion(tmp_path / "site.ocio", 0.25, stated=False)
    assert red_of(transform) == pytest.approx(4)
    conversion(tmp_path / "site.ocio", 0.5)
    with pytest.raises(BadInputError, match="another one than before"):
        red_of(transform)
    assert red_of(conversion(tmp_path / "site.ocio", 0.25, stated=False)) == pytest.approx(4)


def test_a_copy_that_somebody_cleaned_away_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cleaned").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "cleaned"))
    monkeypatch.setattr(ocio, "_COPIES", ocio._PrivateCopies())
    transform = conversion(tmp_path / "site.ocio", 0.25)
    assert red_of(transform) == 4
    (copy,) = (tmp_path / "cleaned").rglob("*.ocio")
    assert copy.stem == transform.sha256
    shutil.rmtree(copy.parent)
    assert red_of(transform) == 4


def test_a_full_temporary_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    monkeypatch.setattr(ocio, "_COPIES", ocio._PrivateCopies())
    with pytest.raises(ShareError, match="local disk"):
        red_of(conversion(tmp_path / "site.ocio", 0.25))


def test_the_copies_are_gone_after_the_process(tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    transform = conversion(tmp_path / "site.ocio", 0.25)
    program = "import sys; from flatiron_tasks.imaging import ocio, texture; transform = texture.OcioTransform("
    program += "config=sys.argv[1], sha256=sys.argv[2], from_space='lin', to_space='tinted');"
    program += "ocio.check_transform(transform); import os; print(len(os.listdir(os.environ['TMPDIR'])))"
    command = [sys.executable, "-c", program, transform.config, transform.sha256]
    done = subprocess.run(
        command, env={**os.environ, "TMPDIR": str(tmp_path / "copies")}, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "1"
    assert list((tmp_path / "copies").iterdir()) == []
