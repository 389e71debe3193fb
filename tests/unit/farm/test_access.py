"""A token decides who may run commands; without one only this machine may."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import BadInputError, FarmRefusedError
from workers.farm.access import Gate, check_exposure, read_token, with_token

TOKEN = "correct horse battery staple"


def test_a_document_with_the_token_passes_without_it() -> None:
    assert Gate(TOKEN).admit(with_token({"name": "bake"}, TOKEN)) == {"name": "bake"}


@pytest.mark.parametrize(
    "document",
    [
        {"name": "bake"},
        {"token": ""},
        {"token": "wrong"},
        {"token": None},
        {"token": "\ud800"},
        [TOKEN],
        TOKEN,
        7,
        None,
    ],
    ids=repr,
)
def test_a_document_without_the_token_is_refused(document: object) -> None:
    with pytest.raises(FarmRefusedError, match="missing or wrong"):
        Gate(TOKEN).admit(document)


@pytest.mark.parametrize("document", [{"name": "bake"}, {"name": "bake", "token": TOKEN}, [1], None], ids=repr)
def test_a_gate_without_a_token_lets_everything_in(document: object) -> None:
    assert Gate().admit(document) == ({"name": "bake"} if isinstance(document, dict) else document)


def test_no_token_shows_in_a_log() -> None:
    assert TOKEN not in repr(Gate(TOKEN))


@pytest.mark.parametrize("content", [b"", b"short", b" " * 40, b"\xff" * 40])
def test_a_token_file_without_a_real_token_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(BadInputError, match="token"):
        read_token(file)


def test_a_token_file_that_is_not_there_is_refused_and_none_means_no_token(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_token(tmp_path / "nothing")
    assert read_token(None) == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_needs_no_token(host: str) -> None:
    check_exposure(host, "", is_open=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.7", "node-1", "127.0.0.1.example"])
def test_a_network_needs_a_token_or_a_word_that_everybody_may(host: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BadInputError, match="without a token"):
        check_exposure(host, "", is_open=False)
    check_exposure(host, TOKEN, is_open=False)
    assert not caplog.records
    check_exposure(host, "", is_open=True)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
