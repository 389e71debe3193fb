"""Whose account a queue is, and that accounts, ACL file, template and settings mean the same."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flatiron_tasks.contracts.channels import artist_events, artist_key, artist_views, front_desk_queue
from flatiron_tasks.contracts.errors import BadInputError, ForbiddenError, SettingsError
from flatiron_tasks.settings import RESERVED_ACCOUNTS, Settings, load_settings
from flatiron_tasks.tasks.accounts import account_of
from flatiron_tasks.tasks.app import make_app
from flatiron_tasks.tasks.queues import (
    DISPATCH,
    FRONT_DESK,
    STAFF_DESK,
    account_book,
    front_desk_queues,
    served_queues,
)
from workers.cli.app import app
from workers.redis_accounts.acl_file import accounts, acl_file, new_passwords, template
from workers.redis_accounts.rights import SERVICES, SINCE_7_2, artist

TEMPLATE = Path(__file__).resolve().parents[3] / "deploy" / "redis" / "users.acl.template"
RUN = CliRunner()


def test_with_accounts_the_queue_says_who_asks() -> None:
    artists = ("Ann", "Bob Lee")
    assert account_of({"routing_key": "flatiron.front-desk.ann"}, artists) == "ann"
    assert account_of({"routing_key": "flatiron.front-desk.bob%20lee"}, artists) == "bob%20lee"
    assert account_of({"routing_key": STAFF_DESK}, artists) is None


@pytest.mark.parametrize("queue", [FRONT_DESK, "flatiron.front-desk.eve", DISPATCH, "", None, 7])
def test_with_accounts_every_other_queue_is_nobodys(queue: object) -> None:
    with pytest.raises(ForbiddenError):
        account_of({"routing_key": queue}, ("Ann",))
    with pytest.raises(ForbiddenError):
        account_of(None, ("Ann",))


def test_without_accounts_there_is_one_queue_for_everybody_and_no_other() -> None:
    assert account_of({"routing_key": FRONT_DESK}, ()) is None
    for queue in ("flatiron.front-desk.ann", STAFF_DESK):
        with pytest.raises(ForbiddenError):
            account_of({"routing_key": queue}, ())


def test_a_front_desk_serves_the_queues_of_its_accounts_only() -> None:
    assert front_desk_queues(()) == (FRONT_DESK,)
    assert served_queues([FRONT_DESK, DISPATCH], ("Ann", "ann ")) == (STAFF_DESK, "flatiron.front-desk.ann", DISPATCH)
    conf = make_app(Settings(artists=("Ann",))).conf
    assert FRONT_DESK not in {queue.name for queue in conf.task_queues}
    assert conf.task_routes["flatiron.requeue"]["queue"] == STAFF_DESK


def test_what_programs_of_different_accounts_have_taken_is_kept_apart() -> None:
    urls = ("redis://localhost/0", "redis://worker:x@localhost/0", "redis://front-desk:x@localhost/0")
    books = [make_app(Settings(redis_url=url)).conf.broker_transport_options.get("unacked_key") for url in urls]
    assert books == [None, "flatiron-worker-unacked", "flatiron-front-desk-unacked"]


@given(st.text(min_size=1, max_size=30))
def test_an_artists_name_can_never_widen_the_rights_of_an_account(name: str) -> None:
    rules = artist(name).rules()
    key = artist_key(name)
    assert re.fullmatch(r"[a-z0-9%A-F._-]+", key)
    patterns = [word for word in rules.split() if word[0] in "~%&"]
    assert patterns == [
        f"~{front_desk_queue(key)}",
        f"%R~{artist_events(name)}",
        f"%R~{artist_views(name)}",
        "%R~flatiron:alive",
    ]
    assert not set("*?[]\\") & set("".join(patterns))


def test_no_account_but_the_administrators_has_a_dangerous_command_or_every_key() -> None:
    for account in (*SERVICES, artist("Ann")):
        if account.name == "admin":
            continue
        rules = account.rules().split()
        assert not {"~*", "&*", "+@all", "+eval", "+keys", "+flushall", "+config", "+@dangerous"} & set(rules)
        assert rules[:3] == ["resetkeys", "resetchannels", "-@all"]


def test_reserved_names_are_those_of_the_services() -> None:
    assert {account.name for account in SERVICES} <= RESERVED_ACCOUNTS
    for name in RESERVED_ACCOUNTS:
        with pytest.raises(ValueError, match="no artist's"):
            Settings(artists=(name.upper(),))


def test_the_template_is_the_generators() -> None:
    assert TEMPLATE.read_text("utf-8") == template()


def test_the_file_holds_hashes_and_no_password() -> None:
    wanted = accounts(["Ann"])
    passwords = new_passwords(wanted, {"ann": "a" * 16})
    text = acl_file(wanted, passwords)
    assert not any(password in text for password in passwords.values())
    assert hashlib.sha256(b"a" * 16).hexdigest() in text
    assert text.splitlines()[0] == "user default reset ~* &* +@all", "off, for nobody but the loading of the AOF"
    assert SINCE_7_2 in text
    assert SINCE_7_2 not in acl_file(wanted, passwords, before_7_2=True)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(BadInputError, match="account ann"):
        new_passwords(accounts(["Ann"]), {"ann": "short"})


def test_the_command_prints_the_file_and_keeps_passwords_over_runs(tmp_path: Path) -> None:
    secrets_file = tmp_path / "redis.json"
    first = RUN.invoke(app, ["redis-users", "--artist", "Ann", "--passwords", str(secrets_file)])
    assert first.exit_code == 0, first.output
    known = json.loads(secrets_file.read_text())
    assert stat.S_IMODE(secrets_file.stat().st_mode) == 0o600
    assert set(known) == {account.name for account in accounts(["Ann"])}
    options = ["--artist", "Ann", "--artist", "Bob", "--passwords", str(secrets_file)]
    second = RUN.invoke(app, ["redis-users", *options])
    assert set(first.stdout.splitlines()) < set(second.stdout.splitlines())
    assert RUN.invoke(app, ["redis-users"]).exit_code != 0


def test_a_file_that_is_no_list_of_passwords_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "redis.json"
    path.write_text('["x"]')
    result = RUN.invoke(app, ["redis-users", "--passwords", str(path)])
    assert result.exit_code != 0
    assert path.read_text() == '["x"]'


def test_every_client_gets_an_address_that_verifies_the_server(tmp_path: Path) -> None:
    config = tmp_path / "flatiron.toml"
    config.write_text('redis_url = "rediss://worker:x@redis/0?ssl_cert_reqs=none"\nredis_ca_file = "/etc/ca.pem"\n')
    url = load_settings(config, use_environment=False).redis_url
    assert "ssl_cert_reqs=required" in url
    assert "ssl_check_hostname=true" in url
    assert "ssl_ca_certs=%2Fetc%2Fca.pem" in url
    assert Settings(redis_url="redis://h/0", redis_ca_file=Path("/etc/ca.pem")).redis_url == "redis://h/0"
    with pytest.raises(SettingsError, match="redis_ca_file"):
        load_settings(None, {"redis_ca_file": "ca.pem"}, use_environment=False)


@pytest.mark.parametrize("name", sorted(RESERVED_ACCOUNTS))
def test_no_artist_gets_the_account_of_a_service(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No artist"):
        accounts(["ann", name.upper()])
    answer = RUN.invoke(app, ["redis-users", "--artist", name, "--passwords", str(tmp_path / "redis.json")])
    assert answer.exit_code != 0
    assert "user " not in answer.output
    assert not (tmp_path / "redis.json").exists()


@pytest.mark.parametrize("service", ["td", "web"])
def test_who_shows_metrics_may_see_how_much_is_under_way_and_take_none_of_it(service: str) -> None:
    (rules,) = [account.rules().split() for account in SERVICES if account.name == service]
    for worker in ("worker", "front-desk"):
        key = account_book(worker, "unacked")
        assert f"%R~{key}" in rules
        assert f"~{key}" not in rules
