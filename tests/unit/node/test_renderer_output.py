"""Whatever bytes a renderer prints, its log is text, and its complaint is understood."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.node.failure import last_words, symptom
from workers.node.log_text import TolerantDecoder


def decoded(chunks: list[bytes]) -> str:
    decoder = TolerantDecoder()
    return "".join(decoder.decode(chunk) for chunk in chunks) + decoder.decode(b"", final=True)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[begin:end] for begin, end in pairwise(borders)]


@given(text=st.text(), places=st.lists(st.integers(0, 1000)))
def test_utf_8_cut_anywhere_is_read_as_it_was_written(text: str, places: list[int]) -> None:
    text = "ok: " + text
    assert decoded(cut(text.encode("utf-8"), places)) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
@given(text=st.text(), places=st.lists(st.integers(0, 1000)))
def test_utf_16_with_or_without_a_mark_is_read_as_it_was_written(encoding: str, text: str, places: list[int]) -> None:
    text = "Max log entry, longer than what is looked at first: " + text
    assert decoded(cut(text.encode(encoding), places)) == text


@given(chunks=st.lists(st.binary(max_size=20)))
def test_no_bytes_at_all_break_the_log(chunks: list[bytes]) -> None:
    decoded(chunks).encode("utf-8", "backslashreplace")


def test_bytes_of_another_code_page_stay_readable() -> None:
    assert decoded([b"error \x83\x5c in scene"]) == "error \\x83\\ in scene"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("V-Ray license could not be obtained", "licence"),
        ("Error: license server not responding", "licence"),
        ("No licence for Corona", "licence"),
        ("ModuleNotFoundError: No module named 'embreex'", "node"),
        ("MemoryError", "node"),
        ("ADP Failed to start", "node"),
        ("OSError: [Errno 28] No space left on device", "share"),
        ("The network path was not found.", "share"),
        ("Cannot open scene file wall.max", "scene"),
        ("Missing DLL: forestpack.dlo", "scene"),
        ("Segmentation fault", "renderer"),
        ("", "renderer"),
    ],
)
def test_what_renderers_say_is_sorted_into_the_failure_classes(log: str, expected: str) -> None:
    assert symptom(f"rendering 12 %\n{log}\n")[0] == expected


@pytest.mark.parametrize(
    "line",
    [
        "You may obtain a copy of the License at",
        r"network path \\srv\proj mounted",
        "V-Ray license: ok, not using GPU",
        "Waiting for license... OK",
        "Scene loaded in 3 s, 0 failed maps",
    ],
)
def test_what_every_log_says_is_no_symptom(line: str) -> None:
    assert symptom(f"{line}\nSegmentation fault\n")[0] == "renderer"


def test_a_symptom_long_before_the_end_is_none() -> None:
    assert symptom("No licence for Corona\n" + "rendering\n" * 30)[0] == "renderer"


def test_the_reason_quotes_the_last_lines_only() -> None:
    assert last_words("one\n\n two \nthree\n\n", count=2) == ("two | three", "")
