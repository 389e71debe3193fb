"""No setting of the machine that runs the tests reaches them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FLATIRON_")]:
        monkeypatch.delenv(name)
    empty = tmp_path_factory.mktemp("nothing-here")
    monkeypatch.chdir(empty)
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: Path(empty))
