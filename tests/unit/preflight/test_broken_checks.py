"""A check that breaks is a finding that keeps Bake disabled, and keeps nothing else from being found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flatiron_tasks.contracts.errors import ShareError
from max_submitter.preflight import checks
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.inputs import PreflightInput
from tests.unit.preflight.scenes import World, findings, scene, settings, the_finding

FAULTS = settings(output_folder=" ")


def broken(*_: object) -> Iterator[Finding]:
    yield Finding("half", "warning", "Found before it broke.")
    raise TypeError("no number")


@pytest.mark.parametrize("table", ["QUICK_CHECKS", "SLOW_CHECKS"])
def test_a_broken_check_is_fatal_and_the_others_are_heard(
    table: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(getattr(checks, table), "uv-odd", broken)
    found = {item.check: item for item in findings(FAULTS, World(manager="No answer."))}
    assert {"output-folder", "manager-unreachable", "half"} <= found.keys()
    assert found["uv-odd"].level == "fatal"
    assert 'The check "uv-odd"' in found["uv-odd"].what
    assert "TypeError: no number" in found["uv-odd"].what
    assert "uv-odd broke" in caplog.text


def test_a_check_that_could_not_be_made_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> Iterator[Finding]:
        yield from ()
        raise ShareError("The share is away.", advice="Wait.")

    monkeypatch.setitem(checks.SLOW_CHECKS, "network-odd", away)
    found = the_finding("network-odd", FAULTS)
    assert (found.level, found.advice) == ("fatal", "Wait.")
    assert "The share is away." in found.what


def test_a_folder_that_does_not_answer_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    world = World(silent=(r"X:\maps",))
    ask = world.is_there

    def note(path: str) -> bool:
        asked.append(path)
        return ask(path)

    monkeypatch.setattr(world, "is_there", note)
    files = tuple(rf"X:\maps\{number}.png" for number in range(400))
    given: PreflightInput = scene(used_files=files)
    assert "400 files" in the_finding("missing-files", given, world).what
    assert asked == [files[0]]
