"""A receiver is told of every end of a job once, whatever is doubled, killed or down; and never of anything else."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable

import pytest

from flatiron_tasks.contracts.errors import TransportError
from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.notify import webhook
from flatiron_tasks.notify.webhook import Webhook
from flatiron_tasks.pipeline import notifications
from flatiron_tasks.pipeline.notifications import GIVE_UP_S
from flatiron_tasks.pipeline.states import JobState
from tests.integration.notifications.conftest import JOB, SECRET, Office, S
from tests.integration.notifications.receivers import WebReceiver

Told = Callable[[], list[Notice]]


def test_a_job_that_ends_is_told_once_however_often_the_task_runs(office: Office, told: Told) -> None:
    office.end()
    for _ in range(3):
        office.tick(after=60)
    (notice,) = told()
    assert (notice.key, notice.event, notice.job_name) == (f"{JOB}:1", "done", "Castle")
    assert notice.link == f"https://td.example/jobs/{JOB}"
    assert office.owed() == 0


def test_a_failure_is_told_with_reason_advice_and_folders(office: Office, told: Told) -> None:
    office.fail()
    office.tick()
    (notice,) = told()
    assert (notice.event, notice.reason, notice.advice) == ("failed", "A piece is blank.", "Mend it.")
    assert notice.job_folder == f"//server/bakes/flatiron-{JOB}"
    assert (notice.passes_merged, notice.passes_total) == (2, 3)


def test_nothing_is_told_before_a_job_ends(office: Office, told: Told) -> None:
    office.go(S.RENDERING, S.MERGING, S.DELIVERING)
    office.tick()
    assert told() == []


@pytest.mark.parametrize(
    "states", [(S.CANCELLING, S.CANCELLED), (S.RENDERING, S.MERGING, S.DELIVERING, S.READY_TO_COLLECT)]
)
def test_every_kind_of_end_is_told(office: Office, told: Told, states: tuple[JobState, ...]) -> None:
    office.go(*states)
    office.tick()
    assert [notice.event for notice in told()] == [states[-1].value]


def test_a_job_that_is_queued_again_ends_again_and_both_ends_are_told_as_they_were(office: Office, told: Told) -> None:
    office.fail()
    office.go(S.SUBMITTED, reason="", advice="")
    office.end()
    office.tick()
    assert [(item.key, item.event, item.reason) for item in told()] == [
        (f"{JOB}:1", "failed", "A piece is blank."),
        (f"{JOB}:2", "done", ""),
    ]


def test_the_post_is_signed_with_its_time_and_says_its_key(office: Office, web: WebReceiver, told: Told) -> None:
    office.end()
    office.tick()
    (post,) = web.posts
    signed = post.headers["x-flatiron-timestamp"].encode() + b"." + post.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert post.headers["x-flatiron-signature"] == f"sha256={expected}"
    assert post.headers["idempotency-key"] == f"{JOB}:1"
    assert post.headers["content-type"] == "application/json"


def test_only_ends_that_are_wanted_are_told(office: Office, web: WebReceiver) -> None:
    office.configure(webhook_url=web.url, events=("failed",))
    office.end()
    office.tick()
    assert web.posts == []
    assert office.owed() == 0


def test_nobody_to_tell_leaves_nothing_owed(office: Office) -> None:
    office.end()
    office.tick()
    assert office.owed() == 0


def test_a_receiver_that_was_down_is_told_later(office: Office, web: WebReceiver, told: Told) -> None:
    web.answers = [503, 500, 204]
    office.end()
    office.tick()
    office.tick(after=1)
    assert len(web.posts) == 1, "it rests first"
    office.tick(after=120)
    office.tick(after=300)
    assert {post.headers["idempotency-key"] for post in web.posts} == {f"{JOB}:1"}
    assert (len(web.posts), office.owed()) == (3, 0)


def test_a_receiver_that_is_down_costs_one_attempt_per_pause_whatever_is_owed(
    office: Office, web: WebReceiver, told: Told
) -> None:
    web.answers = [503]
    others = [f"20260131-142501-0000000{number}" for number in range(8)]
    for job_id in others:
        office.create(job_id)
        office.end(job_id)
    for _ in range(5):
        office.tick(after=1)
    assert len(web.posts) == 1


def test_an_end_that_the_receiver_never_takes_does_not_keep_the_others_from_it(
    office: Office, web: WebReceiver, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    send = Webhook.send

    def refuse_the_first(way: Webhook, notice: Notice) -> None:
        if notice.job_id == JOB:
            raise TransportError("It is not taken.")
        send(way, notice)

    monkeypatch.setattr(Webhook, "send", refuse_the_first)
    office.end()
    office.clock.advance(1)
    office.create("20260131-142501-00000001")
    office.end("20260131-142501-00000001")
    for _ in range(4):
        office.tick(after=31)
    assert [notice.job_id for notice in told()] == ["20260131-142501-00000001"]


def test_a_receiver_that_is_down_for_a_day_is_given_up_with_a_line_in_the_log(
    office: Office, web: WebReceiver, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    web.answers = [503]
    office.end()
    office.tick()
    assert office.owed() == 1
    office.tick(after=GIVE_UP_S)
    assert office.owed() == 0
    assert [record.levelno for record in caplog.records if "nobody is told" in record.message] == [logging.ERROR]
    assert web.url not in caplog.text, "the address may be a secret"


def test_a_worker_that_dies_after_sending_sends_again_with_the_same_key(
    office: Office, web: WebReceiver, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def die(*_: object) -> None:
        raise KilledError

    office.end()
    with monkeypatch.context() as patch:
        patch.setattr("flatiron_tasks.pipeline.notice_book.NoticeBook.note", die)
        with pytest.raises(KilledError):
            office.tick()
    assert (len(web.posts), office.owed()) == (1, 1)
    office.client.delete(f"flatiron:lease:{JOB}:1:webhook")  # what passes by itself while the claim runs out
    office.tick(after=notifications.CLAIM_S + 1)
    assert [post.headers["idempotency-key"] for post in web.posts] == [f"{JOB}:1"] * 2
    assert office.owed() == 0


def test_a_claim_that_somebody_holds_is_respected(office: Office, web: WebReceiver, told: Told) -> None:
    office.end()
    assert office.store.notices.claim(f"{JOB}:1", "webhook", 60)
    office.tick()
    assert (web.posts, office.owed()) == ([], 1)


def test_a_redirection_is_not_followed(office: Office, web: WebReceiver, told: Told) -> None:
    web.answers = [302]
    office.end()
    office.tick()
    assert [post.path for post in web.posts] == ["/hook"]
    assert office.owed() == 1


def test_a_receiver_that_does_not_answer_is_left_after_a_while(office: Office, told: Told) -> None:
    with pytest.raises(TransportError, match=r"127\.0\.0\.1 did not take"):
        Webhook("http://127.0.0.1:9/x", timeout=1).send(notice_of(office))


def notice_of(office: Office) -> Notice:
    office.end()
    owed = office.store.notices.load(f"{JOB}:1")
    assert owed is not None
    made = notifications._notice(office.context, owed)
    assert made is not None
    return made


def test_the_signature_depends_on_secret_time_and_body() -> None:
    made = {webhook.signature(s, t, b) for s in ("a", "b") for t in ("1", "2") for b in (b"x", b"y")}
    assert len(made) == 8
