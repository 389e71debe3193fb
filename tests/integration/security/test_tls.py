"""Over TLS every client verifies who answers; none falls back to an open connection or to no verification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from celery import Celery

from flatiron_tasks.contracts.channels import front_desk_queue
from flatiron_tasks.contracts.errors import TransportError
from flatiron_tasks.pipeline.store import connect
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.app import make_app
from max_submitter.jobs.connection import redis_connector
from max_submitter.session.redis_check import redis_trouble
from max_submitter.transport import CeleryTransport
from tests.tls_proxy import Authority, make_authority, tls_proxy

JOB_ID = "20260131-142501-7f3a9c0d"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(redis_server_url: str, authority: Authority) -> Iterator[str]:
    """Address over TLS, without what verifies it."""
    credentials, _, place = redis_server_url.removeprefix("redis://").rpartition("@")
    port = int(place.split(":")[1].split("/")[0])
    with tls_proxy(port, authority) as tls_port:
        yield f"rediss://{credentials}@localhost:{tls_port}/0"


def by_settings(url: str, ca_file: Path | None) -> None:
    with connect(Settings(redis_url=url, redis_ca_file=ca_file).redis_url) as client:
        client.ping()


def by_celery(url: str, ca_file: Path | None) -> None:
    with make_app(Settings(redis_url=url, redis_ca_file=ca_file)) as app, app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, errback=None, timeout=5)


def by_panel(url: str, ca_file: Path | None) -> None:
    redis_connector(_artists(url, ca_file))().time()


def by_test_button(url: str, ca_file: Path | None) -> None:
    if trouble := redis_trouble(_artists(url, ca_file)):
        raise ConnectionError(trouble)


def by_transport(url: str, ca_file: Path | None) -> None:
    CeleryTransport(_artists(url, ca_file)).send(JOB_ID)


def _artists(url: str, ca_file: Path | None) -> str:
    return url if ca_file is None else f"{url}?ssl_ca_certs={quote(str(ca_file))}"


CLIENTS: dict[str, Callable[[str, Path | None], None]] = {
    "workers and tools": by_settings,
    "Celery": by_celery,
    "the panel": by_panel,
    "the Test button": by_test_button,
    "the transport": by_transport,
}


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Callable[[str, Path | None], None]:
    return CLIENTS[request.param]


Client = Callable[[str, Path | None], None]


def test_the_server_that_the_authority_vouches_for_is_let_in(client: Client, server: str, authority: Authority) -> None:
    client(server, authority.ca_file)


def test_a_server_that_nobody_vouches_for_is_refused(client: Client, server: str) -> None:
    with pytest.raises((OSError, redis.ConnectionError, TransportError, _kombu_error())):
        client(server, None)


def test_a_server_of_another_authority_is_refused(client: Client, server: str, tmp_path: Path) -> None:
    with pytest.raises((OSError, redis.ConnectionError, TransportError, _kombu_error())):
        client(server, make_authority(tmp_path).ca_file)


def test_a_server_with_another_name_is_refused(client: Client, server: str, authority: Authority) -> None:
    with pytest.raises((OSError, redis.ConnectionError, TransportError, _kombu_error())):
        client(server.replace("@localhost", "@127.0.0.1"), authority.ca_file)


@pytest.mark.parametrize("wish", ["ssl_cert_reqs=none", "ssl_check_hostname=false", "ssl_cert_reqs=CERT_NONE"])
def test_an_address_cannot_switch_verification_off(client: Client, server: str, wish: str) -> None:
    with pytest.raises((OSError, redis.ConnectionError, TransportError, _kombu_error())):
        client(f"{server}?{wish}", None)


def test_a_certificate_is_shown_to_a_server_that_asks_for_one(
    redis_server_url: str, authority: Authority, tmp_path: Path
) -> None:
    ours = make_authority(tmp_path)
    credentials, _, place = redis_server_url.removeprefix("redis://").rpartition("@")
    port = int(place.split(":")[1].split("/")[0])
    with tls_proxy(port, authority, client_ca=ours.ca_file) as tls_port:
        url = f"rediss://{credentials}@localhost:{tls_port}/0"
        with pytest.raises((OSError, redis.ConnectionError)):
            by_settings(url, authority.ca_file)
        shown = Settings(redis_url=url, redis_ca_file=authority.ca_file, redis_client_cert=ours.server_file)
        with connect(shown.redis_url) as client:
            assert client.ping()


def test_the_front_desks_queue_is_that_of_the_account_in_the_address() -> None:
    for url, queue in [
        ("redis://host:6379/0", "flatiron.front-desk"),
        ("redis://:secret@host/0", "flatiron.front-desk"),
        ("redis://default:secret@host/0", "flatiron.front-desk"),
        ("rediss://ann:secret@host/0", "flatiron.front-desk.ann"),
        ("rediss://ann%2520lee:secret@host/0", "flatiron.front-desk.ann%20lee"),
    ]:
        assert CeleryTransport(url)._queue == queue
    assert front_desk_queue("ann") == "flatiron.front-desk.ann"


def _kombu_error() -> type[Exception]:
    from kombu.exceptions import KombuError  # noqa: PLC0415

    return KombuError


def test_flower_gets_the_same_options_apart(authority: Authority) -> None:
    settings = Settings(redis_url="rediss://flower:x@localhost/0", redis_ca_file=authority.ca_file)
    app: Celery = make_app(settings, [])
    assert app.conf.broker_use_ssl["ssl_ca_certs"] == str(authority.ca_file)
    assert app.conf.broker_use_ssl["ssl_check_hostname"] is True
    assert make_app(Settings(), []).conf.broker_use_ssl is None
