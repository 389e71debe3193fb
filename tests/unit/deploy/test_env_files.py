"""The environment files of services: complete, private, and what people changed in them stays."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from flatiron_tasks.settings import load_settings
from tests.unit.deploy.deploy_files import DEPLOY
from workers.redis_accounts.acl_file import accounts, new_passwords


def run(folder: Path, passwords: dict[str, str]) -> None:
    given = folder / "redis.json"
    given.write_text(json.dumps(passwords))
    script = str(DEPLOY / "write_env_files.py")
    command = [sys.executable, script, str(given), "--redis-host", "redis.example", "--folder", str(folder / "etc")]
    subprocess.run(command, check=True, timeout=60, capture_output=True)


def read(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())


def test_every_service_gets_its_own_account_and_settings_that_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = new_passwords(accounts(["Ann"]), {})
    run(tmp_path, passwords)
    files = sorted((tmp_path / "etc").iterdir())
    assert [path.stem for path in files] == ["flower", "front-desk", "sweep", "td", "web", "worker"]
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with monkeypatch.context() as patch:
            for name, value in read(path).items():
                patch.setenv(name, value)
            settings = load_settings(empty)
        assert settings.redis_url.startswith(f"rediss://{path.stem}:{passwords[path.stem]}@redis.example:6379/0")


def test_new_passwords_change_the_address_and_nothing_else(tmp_path: Path) -> None:
    run(tmp_path, new_passwords(accounts([]), {}))
    web, flower = tmp_path / "etc" / "web.env", tmp_path / "etc" / "flower.env"
    before = read(web)
    flower.write_text(flower.read_text("utf-8") + "FLATIRON_FLOWER__READ_ONLY=false\n")
    run(tmp_path, new_passwords(accounts([]), {}))
    after = read(web)
    assert after["FLATIRON_REDIS_URL"] != before["FLATIRON_REDIS_URL"]
    assert after["FLATIRON_WEB__BASIC_AUTH"] == before["FLATIRON_WEB__BASIC_AUTH"]
    assert read(flower)["FLATIRON_FLOWER__READ_ONLY"] == "false"
    assert read(flower)["FLATIRON_FLOWER__BASIC_AUTH"] == after["FLATIRON_WEB__BASIC_AUTH"]
