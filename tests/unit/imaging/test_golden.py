"""Every rule of the merge, pinned: small cases with the samples and the bytes that they must give.

A failure names the rule that broke. If the rule was meant to change, `python -m tests.golden.regenerate` says how.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.golden.cases import CASES, FOLDER, read_golden
from tests.golden.refusals import REFUSALS
from tests.merge_cases import WAYS, Merged, assert_same_samples, expected, merged

every_case = pytest.mark.parametrize("name", CASES)


@every_case
def test_a_rule_gives_its_golden_samples_and_bytes(tmp_path: Path, name: str) -> None:
    rule, case = CASES[name]
    golden = read_golden(name)
    for found, (threads, band_rows) in zip(merged(case, tmp_path, WAYS), WAYS, strict=True):
        way = f"{rule} ({threads} threads, bands of {band_rows} rows)"
        if case.spec.file_format == "jpeg":
            assert np.abs(found.samples.astype(int) - golden.samples).max() <= 3, way
        else:
            assert_same_samples(found.samples, golden.samples, way)
            assert found.report.sha256 == golden.sha256, f"the file's bytes changed, not its samples: {way}"
        assert counts(found) == golden.counts, way
        assert [[a.first, a.second, a.texels, list(a.box)] for a in found.report.overlaps] == golden.overlaps, way


def counts(found: Merged) -> dict[str, int]:
    report = found.report
    return {"covered": report.covered_texels, "padded": report.padded_texels, "hatched": report.hatched_texels}


@every_case
def test_the_reference_gives_the_golden_samples(name: str) -> None:
    rule, case = CASES[name]
    assert_same_samples(expected(case).samples, read_golden(name).samples, rule)


@pytest.mark.parametrize("name", REFUSALS)
def test_what_must_not_be_merged_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    rule, case, error, words = REFUSALS[name]
    with pytest.raises(error) as refusal:
        merged(case, tmp_path)
    assert words in refusal.value.reason, rule
    assert not (tmp_path / "texture.out").exists(), rule


def test_every_golden_file_belongs_to_a_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CASES)


def test_full_frame_pieces_give_the_same_bytes_as_cropped_ones(tmp_path: Path) -> None:
    full, cropped = (merged(CASES[name][1], tmp_path / name)[0] for name in ("strips-shuffled", "channel-order"))
    assert full.report == cropped.report
