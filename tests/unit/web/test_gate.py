"""Who comes in: by which host name, with which login, and what each may do."""

from __future__ import annotations

import base64

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.settings import Settings
from tests.unit.web.desk import JOB, Browser, FakeDesk, browser, token_on
from workers.web.auth import accounts_of
from workers.web.failed_logins import FORGOTTEN_S, FREE_FAILURES, LONGEST_PAUSE_S, FailedLogins

TD, GUEST = "ann:a long secret", "guest:only to look"


def login(credentials: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}


def studio(desk: FakeDesk | None = None) -> Browser:
    return browser(desk, basic_auth=TD, read_only_auth=GUEST)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5556", "", "127.0.0.1.evil.example", "[::2]", "[::1"])
def test_on_loopback_a_foreign_host_name_is_refused(host: str) -> None:
    assert browser().get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:5556", "localhost", "LOCALHOST:80", "[::1]:5556"])
def test_on_loopback_the_machines_own_names_are_answered(host: str) -> None:
    assert browser().get("/", headers={"Host": host}).status_code == 200


def test_the_name_of_a_proxy_is_answered_when_the_settings_say_so() -> None:
    client = browser(hosts=["Bakes.Studio.example"], basic_auth=TD)
    assert client.get("/", headers={"Host": "bakes.studio.example", **login(TD)}).status_code == 200


@pytest.mark.parametrize("path", ["/", f"/jobs/{JOB}", "/static/live.js", "/metrics", "/live", "/nowhere"])
def test_with_a_login_nothing_is_shown_to_strangers(path: str) -> None:
    answer = studio().get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "Courtyard" not in answer.text


def test_health_needs_no_login() -> None:
    assert studio().get("/health").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        *(
            login(text)["Authorization"]
            for text in ("ann:", "ann:a long secre", "ann:a long secret ", ":a long secret", "")
        ),
        login("guest:a long secret")["Authorization"],
        "Basic",
        "Basic ???",
        "Bearer a",
        "Basic /w==",
        "",
    ],
)
def test_a_wrong_login_is_refused(header: str) -> None:
    assert studio().get("/", headers={"Authorization": header}).status_code == 401


def test_who_may_only_look_sees_no_button_and_is_refused_without_one() -> None:
    desk = FakeDesk()
    client = studio(desk)
    page = client.get(f"/jobs/{JOB}", headers=login(GUEST))
    assert page.status_code == 200
    assert "<button" not in page.text
    token = token_on_as(client, TD)
    answer = client.post(f"/jobs/{JOB}/requeue", data={"token": token}, headers=login(GUEST))
    assert answer.status_code == 403
    assert "guest may look" in answer.text
    assert desk.asked == []


def token_on_as(client: Browser, credentials: str) -> str:
    client.headers.update(login(credentials))
    try:
        return token_on(client)
    finally:
        del client.headers["Authorization"]


def test_who_may_act_acts() -> None:
    desk = FakeDesk()
    client = studio(desk)
    token = token_on_as(client, TD)
    assert client.post(f"/jobs/{JOB}/requeue", data={"token": token}, headers=login(TD)).status_code == 303
    assert desk.asked == [("requeue", JOB, ())]


@pytest.mark.parametrize("web", [{"address": "0.0.0.0"}, {"address": ""}, {"hosts": ["bakes.studio.example"]}])
def test_pages_that_others_reach_need_a_login(web: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="without a password"):
        accounts_of(Settings.model_validate({"web": web}))
    accounts_of(Settings.model_validate({"web": {**web, "read_only_auth": GUEST}}))


@pytest.mark.parametrize("read_only", [True, False])
def test_without_a_login_of_its_own_the_page_asks_for_that_of_flower(read_only: bool) -> None:
    settings = Settings.model_validate({"flower": {"basic_auth": TD, "read_only": read_only}})
    account = accounts_of(settings).whose(login(TD)["Authorization"])
    assert account is not None
    assert account.may_act is not read_only
    assert accounts_of(settings).whose("") is None


@pytest.mark.parametrize("path", ["/", f"/jobs/{JOB}", "/static/flatiron.css", "/nowhere", "/health"])
def test_every_answer_has_the_headers_that_bind_a_browser(path: str) -> None:
    for client in (browser(), studio()):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("login_of", ["basic_auth", "read_only_auth"])
@pytest.mark.parametrize("web", [{"address": "0.0.0.0"}, {"hosts": ["bakes.studio.example"]}])
def test_where_others_reach_the_page_a_short_password_is_refused(login_of: str, web: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="too short"):
        accounts_of(Settings.model_validate({"web": {**web, login_of: "td:eleven char"}}))
    accounts_of(Settings.model_validate({"web": {**web, login_of: "td:twelve chars"}}))
    accounts_of(Settings.model_validate({"web": {login_of: "td:short"}}))


def test_a_wrong_login_is_logged_with_its_address_and_a_browser_without_one_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = studio()
    client.get("/")
    assert caplog.messages == []
    client.get("/", headers=login("ann:guess"))
    assert [record for record in caplog.records if "127.0.0.1" in record.getMessage()]
    assert "guess" not in caplog.text


def test_after_some_guesses_even_the_right_password_is_not_listened_to() -> None:
    client = studio()
    answers = [client.get("/", headers=login(f"ann:{number}")).status_code for number in range(FREE_FAILURES)]
    assert answers == [401] * FREE_FAILURES
    refused = client.get("/", headers=login(TD))
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert client.get("/health").status_code == 200
    assert client.get("/").status_code == 401


def test_guesses_become_ever_rarer_and_are_forgotten_at_last() -> None:
    now = [0.0]
    failed = FailedLogins(clock=lambda: now[0])
    pauses = []
    for _ in range(FREE_FAILURES + 8):
        failed.note("a")
        pauses.append(failed.pause("a"))
        now[0] += pauses[-1]
    assert pauses[: FREE_FAILURES - 1] == [0.0] * (FREE_FAILURES - 1)
    assert pauses[FREE_FAILURES - 1 :] == sorted(pauses[FREE_FAILURES - 1 :])
    assert pauses[-1] == LONGEST_PAUSE_S
    assert failed.pause("b") == 0.0
    now[0] += FORGOTTEN_S
    assert failed.note("a") == 1


def test_a_right_login_ends_the_count_of_its_address() -> None:
    client = studio()
    for _ in range(3):
        for number in range(FREE_FAILURES - 1):
            client.get("/", headers=login(f"ann:{number}"))
        assert client.get("/", headers=login(TD)).status_code == 200
