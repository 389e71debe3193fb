"""The proxies' configurations, run by the real proxies in front of the real Flower and job page."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.tls_proxy import Authority, make_authority
from workers.embedded import readiness
from workers.embedded.ports import LOOPBACK, free_port
from workers.embedded.processes import ProcessGroup, environment_without_settings
from workers.embedded.redis_server import start_redis

PROXY = Path(__file__).resolve().parents[3] / "deploy" / "proxy"
LOGIN = "td:dashboard-password"


@dataclass(frozen=True)
class Pages:
    """Flower and the job page behind prefixes, as deploy/README.md sets them up."""

    processes: ProcessGroup
    flower_port: int
    web_port: int


@dataclass(frozen=True)
class Front:
    """A proxy before them."""

    port: int
    context: ssl.SSLContext

    def status(self, path: str, login: str = "", **headers: str) -> int:
        """The status code of a GET over TLS; no redirection is followed."""
        if login:
            headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        asked = urllib.request.Request(f"https://localhost:{self.port}{path}", headers=headers)
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=self.context), _Stay())
        try:
            with opener.open(asked, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("pages")
    with ProcessGroup(folder / "logs") as processes:
        found = Pages(processes, free_port(), free_port())
        write_settings(folder / "flatiron.toml", start_redis(processes, folder / "redis"), found, folder)
        for name in ("flower", "web"):
            command = (sys.executable, "-m", "workers.cli", "--config", str(folder / "flatiron.toml"), name)
            processes.start(name, command, env=environment_without_settings())
        flower = partial(readiness.flower_serves, LOOPBACK, found.flower_port, prefix="/flower")
        processes.wait_until("Flower", flower, deadline_s=90)
        web = partial(readiness.answers, LOOPBACK, found.web_port, "/bakes/health")
        processes.wait_until("The job page", web, deadline_s=90)
        yield found


def write_settings(config: Path, redis_url: str, pages: Pages, folder: Path) -> None:
    login = json.dumps(LOGIN)
    config.write_text(
        f"redis_url = {json.dumps(redis_url)}\n"
        f'[flower]\nport = {pages.flower_port}\nurl_prefix = "flower"\nbasic_auth = {login}\n'
        f"state_file = {json.dumps(str(folder / 'flower.db'))}\n"
        f'[web]\nport = {pages.web_port}\nurl_prefix = "bakes"\nbasic_auth = {login}\nhosts = ["localhost"]\n'
    )


def start_nginx(folder: Path, pages: Pages, authority: Authority, port: int) -> None:
    """With the site as it is deployed, but for addresses and places."""
    site = (PROXY / "flatiron.nginx").read_text("utf-8")
    changes = {
        r"listen 80;": f"listen {LOOPBACK}:{free_port()};",
        r"listen 443 ssl http2;": f"listen {LOOPBACK}:{port} ssl http2;",
        r"listen \[::\].*\n": "\n",
        r"farm\.studio\.example": "localhost",
        r"/etc/flatiron/farm\.(pem|key)": str(authority.server_file),
        r"127\.0\.0\.1:5556": f"{LOOPBACK}:{pages.web_port}",
        r"127\.0\.0\.1:5555;": f"{LOOPBACK}:{pages.flower_port};",
    }
    for pattern, text in changes.items():
        site, count = re.subn(pattern, text, site)
        assert count, f"the site has no {pattern}"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    main = f"daemon off; pid {folder / 'pid'}; error_log stderr; events {{}} http {{ access_log off; {places} {site} }}"
    (folder / "nginx.conf").write_text(main, "utf-8")
    pages.processes.start("nginx", ("nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")))


def start_caddy(folder: Path, pages: Pages, authority: Authority, port: int) -> None:
    environment = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "FLATIRON_NAME": f"https://localhost:{port}",
        "FLATIRON_TLS": f"{authority.server_file} {authority.server_file}",
        "FLATIRON_FLOWER": f"{LOOPBACK}:{pages.flower_port}",
        "FLATIRON_WEB": f"{LOOPBACK}:{pages.web_port}",
    }
    own = f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind {LOOPBACK}\n}}\n"
    (folder / "Caddyfile").write_text(own + (PROXY / "Caddyfile").read_text("utf-8"), "utf-8")
    command = ("caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile"))
    pages.processes.start("caddy", command, env=environment)


STARTS = {"nginx": start_nginx, "caddy": start_caddy}


@pytest.fixture(scope="module", params=sorted(STARTS))
def front(request: pytest.FixtureRequest, pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> Front:
    if shutil.which(request.param) is None:
        pytest.skip(f"NOT CHECKED: {request.param} is not installed (apt-get install {request.param})")
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    authority = make_authority(folder / "tls")
    STARTS[request.param](folder, pages, authority, port)
    found = Front(port, ssl.create_default_context(cafile=str(authority.ca_file)))
    pages.processes.wait_until(request.param, lambda: is_there(found), deadline_s=60)
    return found


def is_there(front: Front) -> bool:
    try:
        return front.status("/nothing") == 404
    except OSError:
        return False


def test_both_pages_are_shown_to_whoever_logs_in_and_to_nobody_else(front: Front) -> None:
    for page in ("/bakes/", "/flower/", "/flower/tasks"):
        assert front.status(page, LOGIN) == 200
        assert front.status(page) == 401
        assert front.status(page, "td:guess") == 401
    assert front.status("/") == 302


def test_what_flower_shows_to_everybody_is_closed(front: Front) -> None:
    for path in ("metrics", "healthcheck", "Metrics", "%6detrics", "/metrics", "metrics?x=1", "metrics/"):
        assert front.status(f"/flower/{path}", LOGIN) in (403, 404), path
    assert front.status("/flower/metrics", LOGIN) == front.status("/flower/healthcheck") == 403


def test_nothing_else_is_reached(front: Front) -> None:
    for path in ("/metrics", "/flower", "/api/workers", "/other", "/flower/../metrics"):
        assert front.status(path, LOGIN) in (301, 302, 308, 400, 403, 404), path


def test_flower_knows_the_name_by_which_people_reach_it(front: Front) -> None:
    """It refuses requests of pages from elsewhere by comparing their origin with the name that the proxy passes on."""
    own = {"Origin": f"https://localhost:{front.port}"}
    assert front.status("/flower/api/task/types", LOGIN, **own) == 200
