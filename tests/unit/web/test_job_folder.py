"""Browsers see previews and logs of the job that they name, and nothing else of the share or the machine."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.contracts.receipt import AttemptResult
from tests.unit.web.desk import JOB, browser
from workers.web.job_folder import JobShare

TOKEN = "019c14d3a000-0badcafe"
LOG = f"t00002.{TOKEN}.log"
TEXTURE = "CompleteMap_0.png"
SECRET = "the secret of another folder"


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A network folder with one job, and secrets beside it."""
    network = tmp_path / "network"
    job = JobFolder.of(network, JOB)
    for folder in (job.logs, job.previews):
        folder.mkdir(parents=True)
    (job.logs / LOG).write_bytes(b"begin\n<b>bold</b> \xff\nend\n")
    job.preview(TEXTURE).write_bytes(b"\x89PNG picture")
    for path in (tmp_path / "secret.log", network / LOG, job.path / LOG, job.path / "job.desc"):
        path.write_text(SECRET)
    return network


def result(folder: JobFolder, task: int, *, succeeded: bool, token: str = TOKEN) -> None:
    told = AttemptResult(
        schema_version=1,
        job_id=JOB,
        task=task,
        pass_index=task - 1,
        strip=0,
        attempt=token,
        succeeded=succeeded,
        failure_class="none" if succeeded else "scene",
        reason="" if succeeded else "The scene has no <Column>.",
        advice="",
        host="node-7",
        started_at="2026-01-31T14:25:00Z",
        finished_at="2026-01-31T14:25:12.5Z",
        exit_code=0,
    )
    folder.result(task, token).write_text(told.to_json())


def test_a_log_is_shown_as_text_whatever_its_bytes(share: Path) -> None:
    text = browser(folder=share).get(f"/jobs/{JOB}/logs/{LOG}").text
    assert "&lt;b&gt;bold&lt;/b&gt; \ufffd" in text
    assert "All of it" in text


def test_of_a_long_log_whole_lines_of_the_end_are_shown(share: Path) -> None:
    (JobFolder.of(share, JOB).logs / LOG).write_text("".join(f"line {number}\n" for number in range(20_000)))
    tail = JobShare([share]).log_tail(JOB, LOG)
    assert tail is not None
    assert not tail.is_whole
    assert tail.text.startswith("line ")
    assert tail.text.endswith("line 19999\n")


@pytest.mark.parametrize(
    "name",
    [
        "../job.desc",
        "..%2Fjob.desc",
        "..%252Fjob.desc",
        f"..%2F{LOG}",
        f"..%2F..%2F{LOG}",
        "job.desc",
        "%2Fetc%2Fpasswd",
        f"{LOG}%00",
        f"{LOG}%0a",
        f"..%5C{LOG}",
        f".%2F{LOG}",
        LOG.upper(),
        f"t00002.{TOKEN}.json",
        "CON",
        "%c0%ae%c0%ae",
        "",
    ],
)
def test_no_name_leads_out_of_the_logs(share: Path, name: str) -> None:
    answer = browser(folder=share).get(f"/jobs/{JOB}/logs/{name}")
    assert answer.status_code in (307, 404, 405)
    assert SECRET not in answer.text


@pytest.mark.parametrize("job_id", ["..", "../..", "x/../../..", f"{JOB}/..", "UPPERCASE-1"])
def test_no_job_id_leads_out_of_the_network_folder(share: Path, job_id: str) -> None:
    for path in (
        f"/jobs/{quote(job_id, safe='')}/logs/{LOG}",
        f"/jobs/{quote(job_id, safe='')}/textures/0/preview.png",
    ):
        answer = browser(folder=share).get(path)
        assert answer.status_code == 404
        assert SECRET not in answer.text


def test_a_link_in_the_place_of_a_log_is_not_followed(share: Path) -> None:
    log = JobFolder.of(share, JOB).logs / LOG
    log.unlink()
    log.symlink_to(share.parent / "secret.log")
    assert browser(folder=share).get(f"/jobs/{JOB}/logs/{LOG}").status_code == 404


@pytest.mark.parametrize("place", ["logs", ""])
def test_a_link_in_the_place_of_a_folder_is_not_followed(share: Path, place: str) -> None:
    folder = JobFolder.of(share, JOB).path
    elsewhere = share.parent / "elsewhere"
    (folder / place).rename(elsewhere)
    (folder / place).symlink_to(elsewhere)
    assert browser(folder=share).get(f"/jobs/{JOB}/logs/{LOG}").status_code == 404
    assert JobShare([share]).attempts(JOB) == ()


def test_a_preview_is_a_picture_and_a_link_in_its_place_is_not(share: Path) -> None:
    client, preview = browser(folder=share), JobFolder.of(share, JOB).preview(TEXTURE)
    answer = client.get(f"/jobs/{JOB}/textures/0/preview.png?v=1")
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG picture", "image/png")
    preview.unlink()
    preview.symlink_to(share.parent / "secret.log")
    for index in (0, 1, 99999999999999):
        assert client.get(f"/jobs/{JOB}/textures/{index}/preview.png").status_code == 404


def test_attempts_tell_node_time_and_reason(share: Path) -> None:
    folder = JobFolder.of(share, JOB)
    result(folder, 2, succeeded=False)
    (attempt,) = JobShare([share]).attempts(JOB)
    assert (attempt.pass_index, attempt.host, attempt.seconds, attempt.state) == (1, "node-7", 12.5, "failed")
    text = browser(folder=share).get(f"/jobs/{JOB}/passes/1").text
    assert "node-7" in text
    assert "The scene has no &lt;Column&gt;." in text
    assert f"logs/{LOG}" in text


def test_files_that_nobody_can_read_tell_nothing(share: Path) -> None:
    logs = JobFolder.of(share, JOB).logs
    (logs / f"t00001.{TOKEN}.json").write_text("{")
    (logs / "t1.json").write_text("{}")
    (logs / f"t00003.{TOKEN}.json").mkdir()
    assert JobShare([share]).attempts(JOB) == ()


def test_a_share_that_is_away_is_a_page_without_pictures(tmp_path: Path) -> None:
    answer = browser(folder=tmp_path / "away").get(f"/jobs/{JOB}")
    assert answer.status_code == 200
    assert "preview.png" not in answer.text


@pytest.mark.parametrize("token", ["ffffffffffff-00000000", "e677d21fdc00-00000000"])
def test_an_attempt_of_no_calendar_is_no_attempt(share: Path, token: str) -> None:
    folder = JobFolder.of(share, JOB)
    (folder.logs / f"t00001.{token}.log").write_text("from nowhere")
    (folder.path / "job.json").unlink(missing_ok=True)
    reader = JobShare([share])
    reader._strips[JOB] = 1
    assert token not in {item.token for item in reader.attempts(JOB)}


def test_a_result_with_an_impossible_time_is_no_attempt(share: Path) -> None:
    result(JobFolder.of(share, JOB), 2, succeeded=True)
    path = JobFolder.of(share, JOB).result(2, TOKEN)
    path.write_text(path.read_text().replace("2026-01-31", "2026-02-31"))
    assert JobShare([share]).attempts(JOB) == ()
    assert browser(folder=share).get(f"/jobs/{JOB}").status_code == 200


def test_of_a_log_of_any_size_the_end_is_shown(share: Path) -> None:
    log = JobFolder.of(share, JOB).logs / LOG
    with log.open("wb") as file:
        file.truncate(300 << 20)
        file.seek(0, 2)
        file.write(b"\nthe last line\n")
    tail = JobShare([share]).log_tail(JOB, LOG)
    assert tail is not None
    assert (tail.text, tail.size, tail.is_whole) == ("the last line\n", log.stat().st_size, False)
