"""What the `flatiron` command says is told as it comes, and how it ends is a sentence."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from max_submitter.session.command import Command
from max_submitter.session.command_words import CommandWords
from tests.unit.session.artist import Artist


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def test_every_line_is_heard_and_the_exit_code_is_returned() -> None:
    lines: list[str] = []
    script = "import sys; print('Größe', flush=True); print('worse', file=sys.stderr); sys.exit(3)"
    assert Command(python(script)).run(lines.append) == 3
    assert lines == ["Größe", "worse"]


def test_a_python_that_is_started_from_3ds_max_is_not_led_astray() -> None:
    lines: list[str] = []
    environment = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere"}
    assert Command(python("print('fine')"), environment=environment).run(lines.append) == 0
    assert lines == ["fine"]


def test_a_cancelled_command_is_asked_to_stop_and_may_clean_up() -> None:
    script = "print('ready', flush=True); input(); print('cleaned', flush=True); raise SystemExit(130)"
    command, ready, lines = Command(python(script)), threading.Event(), []
    codes: list[int | None] = []

    def heard(line: str) -> None:
        lines.append(line)
        ready.set()

    thread = threading.Thread(target=lambda: codes.append(command.run(heard)))
    thread.start()
    assert ready.wait(30)
    command.cancel()
    thread.join()
    assert (codes, lines, command.is_cancelled) == ([130], ["ready", "cleaned"], True)


def test_a_command_that_is_cancelled_before_it_starts_never_starts(tmp_path: Path) -> None:
    command = Command(python(f"open({str(tmp_path / 'trace')!r}, 'w')"))
    command.cancel()
    assert command.run(lambda _: None) is None
    assert not (tmp_path / "trace").exists()


def test_a_command_that_is_not_there_is_told_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match="local_command"):
        Command(())
    with pytest.raises(SettingsError, match="cannot be started"):
        Command(("/nowhere/flatiron",)).run(lambda _: None)


def test_the_error_of_a_command_is_its_own_words() -> None:
    words = CommandWords()
    for line in ("pass 1 1/2", "Error: Castle cannot be merged yet.", "Why: p1 is missing.", "Next step: wait."):
        words.take(line)
    assert str(words.error(4, "It")) == "Castle cannot be merged yet. Why: p1 is missing. Next step: wait."
    assert words.sentence == "pass 1 1/2"
    messages = CommandWords()
    messages.take('{"kind": "progress", "sentence": "Rendering …", "fraction": 0.5}')
    assert (messages.sentence, messages.fraction) == ("Rendering …", 0.5)
    messages.take('{"kind": "error", "what": "No renderer.", "why": "", "advice": "Install one."}')
    assert messages.error(6, "It").advice == "Install one."
    assert "ended with exit code 1" in CommandWords().error(1, "It").what


def test_a_merge_by_hand_tells_its_output_or_its_error(tmp_path: Path) -> None:
    said = tmp_path / "flatiron.py"
    said.write_text(
        "import sys\nprint('a.png: delivered, /out/a.png')\nsys.exit(0 if 'job.desc' in sys.argv[2] else 4)"
    )
    artist = Artist(tmp_path, local_command=(sys.executable, str(said)))
    session = artist.open()
    session.merge_by_hand(Path("/jobs/job.desc"))
    artist.until(lambda: not session._merge.is_running, "the merge has ended")
    progress = session.bake_progress()
    assert progress is not None
    assert (progress.sentence, progress.error) == ("a.png: delivered, /out/a.png", "")
    session.merge_by_hand(Path("/jobs/other"))
    artist.until(lambda: not session._merge.is_running, "the merge has ended")
    progress = session.bake_progress()
    assert progress is not None
    assert "exit code 4" in progress.error
    session.close()
