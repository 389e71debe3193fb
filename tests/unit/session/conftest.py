"""An artist, a session of his, and a Redis that takes everything or nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from max_submitter.session.artist_session import ArtistSession
from tests.unit.session.artist import Artist


@pytest.fixture
def artist(tmp_path: Path) -> Artist:
    """Redis is an address where nobody listens: a job is complete, and nobody can be told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Artist(tmp_path, redis_url=f"redis://127.0.0.1:{free.getsockname()[1]}/0")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Job ids that were announced; Redis takes everything."""
    ids: list[str] = []
    monkeypatch.setattr("max_submitter.session.studio.LateMessenger.send", lambda _, job_id: ids.append(job_id))
    return ids


@pytest.fixture
def session(artist: Artist) -> Iterator[ArtistSession]:
    session = artist.open()
    session.change(artist.settings())
    yield session
    session.close()
