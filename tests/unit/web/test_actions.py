"""Buttons do what they say, once a person is sure, and only from a page of ours."""

from __future__ import annotations

import pytest

from tests.unit.web.desk import JOB, FakeDesk, browser, token_on


def test_an_outcome_is_told_on_the_page_of_the_job() -> None:
    desk = FakeDesk()
    client = browser(desk)
    answer = client.post(f"/jobs/{JOB}/requeue", data={"token": token_on(client)})
    assert answer.status_code == 303
    assert "It is queued again." in client.get(answer.headers["location"]).text
    assert desk.asked == [("requeue", JOB, ())]


def test_one_pass_is_queued_again_by_its_number() -> None:
    desk = FakeDesk()
    client = browser(desk)
    client.post(f"/jobs/{JOB}/requeue", data={"token": token_on(client), "pass": "1"})
    assert desk.asked == [("requeue", JOB, (1,))]


@pytest.mark.parametrize("number", ["x", "-1", "1e3", "²", "9" * 40, "1 or 1"])
def test_a_number_that_is_none_is_an_outcome_and_no_deed(number: str) -> None:
    desk = FakeDesk()
    client = browser(desk)
    answer = client.post(f"/jobs/{JOB}/requeue", data={"token": token_on(client), "pass": number})
    assert "is not a number" in client.get(answer.headers["location"]).text
    assert desk.asked == []


@pytest.mark.parametrize("action", ["rerender", "cancel"])
def test_what_cannot_be_undone_is_asked_once_more(action: str) -> None:
    desk = FakeDesk()
    client = browser(desk)
    form = {"token": token_on(client), "pass": "1"}
    question = client.post(f"/jobs/{JOB}/{action}", data=form)
    assert question.status_code == 200
    assert "No, go back" in question.text
    assert desk.asked == []
    assert client.post(f"/jobs/{JOB}/{action}", data={**form, "sure": "yes"}).status_code == 303
    assert [asked[0] for asked in desk.asked] == [action]


def test_the_question_names_the_passes_that_are_meant() -> None:
    client = browser()
    question = client.post(f"/jobs/{JOB}/rerender", data={"token": token_on(client)})
    assert "Render again: pass 1 “Object1”?" in question.text


def test_a_refusal_is_told_with_its_next_step() -> None:
    client = browser()
    answer = client.post(f"/jobs/{JOB}/cancel", data={"token": token_on(client), "sure": "yes"})
    text = client.get(answer.headers["location"]).text
    assert 'role="alert"' in text
    assert "It is done already." in text
    assert "Nothing is needed." in text


def test_a_form_without_our_token_does_nothing() -> None:
    desk = FakeDesk()
    client, other = browser(desk), browser(desk)
    stolen = token_on(other)
    token_on(client)
    for form in ({}, {"token": ""}, {"token": stolen}, {"token": "é"}):
        assert client.post(f"/jobs/{JOB}/requeue", data=form).status_code == 403
    assert desk.asked == []


def test_a_token_without_its_cookie_does_nothing() -> None:
    desk = FakeDesk()
    client = browser(desk)
    token = token_on(client)
    client.cookies.clear()
    assert client.post(f"/jobs/{JOB}/requeue", data={"token": token}).status_code == 403
    assert desk.asked == []


@pytest.mark.parametrize("origin", ["cross-site", "same-site", "none"])
def test_a_form_that_a_browser_says_comes_from_elsewhere_does_nothing(origin: str) -> None:
    desk = FakeDesk()
    client = browser(desk)
    headers = {"Sec-Fetch-Site": origin}
    assert client.post(f"/jobs/{JOB}/requeue", data={"token": token_on(client)}, headers=headers).status_code == 403
    assert desk.asked == []


def test_the_cookie_is_out_of_reach_of_other_sites_and_of_scripts() -> None:
    cookie = browser().get("/").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_link_does_nothing() -> None:
    desk = FakeDesk()
    assert browser(desk).get(f"/jobs/{JOB}/requeue").status_code == 405
    assert desk.asked == []


def test_an_unknown_action_and_an_oversized_form_are_refused() -> None:
    client = browser()
    token = token_on(client)
    assert client.post(f"/jobs/{JOB}/explode", data={"token": token}).status_code == 404
    assert client.post(f"/jobs/{JOB}/requeue", content=b"a=" + b"x" * 200_000).status_code == 413


def test_an_address_cannot_make_a_page_say_something() -> None:
    assert "You are hacked" not in browser().get(f"/jobs/{JOB}", params={"said": "You are hacked"}).text
