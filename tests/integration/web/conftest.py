"""A real installation with the page of jobs, a real Chromium, and jobs whose merge fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts.identity import new_job_id
from flatiron_tasks.contracts.job import FarmTarget
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Plan
from flatiron_tasks.share.atomic import write_atomically
from max_submitter.transport import CeleryTransport
from tests.acceptance.bakes import wait_for_end
from tests.synthetic_job import SyntheticJob, make_job
from workers.embedded.stack import EmbeddedStack

OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
BROKEN_PASS = 2


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    os.environ.pop("FLATIRON_REDIS_URL", None)
    folder = tmp_path_factory.mktemp("stack")
    with EmbeddedStack(folder, flower=False, web=True, nodes=1) as stack:
        yield stack


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("No Chromium on PATH, without which the pages cannot be tested: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page. Whatever its console calls an error fails the test."""
    errors: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            errors.append(message.text)

    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", hear)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@dataclass(frozen=True)
class FailedJob:
    """A job that failed because a piece of pass `BROKEN_PASS` is broken on disk."""

    job: SyntheticJob
    desk: Desk

    @property
    def job_id(self) -> str:
        return self.job.files.job.job_id

    def repair(self) -> None:
        """Put good pieces in the place of the broken one, as another attempt of the node would."""
        for piece in self.job.files.plan.pieces(BROKEN_PASS):
            self.job.render_piece(piece, 2)


@pytest.fixture
def failed_job(stack: EmbeddedStack) -> FailedJob:
    job = _job_at(stack, new_job_id(datetime.now(UTC)))
    job.render()
    _damage(job)
    desk = Desk.open(stack.settings)
    CeleryTransport(stack.settings.redis_url).send(job.files.job.job_id)
    wait_for_end(desk, job.files.job.job_id, state="failed")
    return FailedJob(job, desk)


def _job_at(stack: EmbeddedStack, job_id: str) -> SyntheticJob:
    """A job for the manager of this stack; its share is the stack's."""
    made = make_job(stack.folder, job_id=job_id)
    job = replace(made.files.job, farm=FarmTarget(*stack.manager, 50, "", 10))
    write_atomically(made.files.folder.description, job.to_json())
    return replace(made, files=JobFiles(made.files.folder, job, Plan(job)))


def _damage(job: SyntheticJob) -> None:
    path = job.piece(next(job.files.plan.pieces(BROKEN_PASS)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
