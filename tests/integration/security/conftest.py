"""One studio for all attacks: they leave nothing behind but counts, which tests compare with those before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flatiron_tasks.api import Desk
from max_submitter.transport import CeleryTransport
from tests.acceptance import bakes
from tests.integration.security.studio import Studio


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with Studio(tmp_path_factory.mktemp("studio")) as studio:
        yield studio


@pytest.fixture(scope="package")
def anns_job(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A bake of Ann's, from her press of the button to its end, before any attack: nothing is denied or refused."""
    folder = tmp_path_factory.mktemp("ann") / "castle"
    wanted = bakes.request(folder, studio.network_folder, studio.manager, artist="Ann")
    submitted = bakes.submit_bake(wanted, CeleryTransport(studio.url("ann")).send)
    assert bakes.wait_for_end(Desk.open(studio.settings("td")), submitted.job_id).artist == "Ann"
    assert studio.denied() == []
    assert studio.store.artists.refusals() == {}
    return submitted.job_id
