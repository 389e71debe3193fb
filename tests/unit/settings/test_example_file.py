"""deploy/flatiron.example.toml is complete, loads, and shows the defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from flatiron_tasks.notification_settings import NotificationSettings
from flatiron_tasks.settings import (
    FlowerSettings,
    PathRuleSetting,
    Settings,
    WebSettings,
    load_settings,
)

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "flatiron.example.toml"


def _names(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name in model.model_fields:
        yield above + name
    if model is Settings:
        yield from _names(FlowerSettings, "flower.")
        yield from _names(WebSettings, "web.")
        yield from _names(NotificationSettings, "notifications.")


def test_the_example_loads_and_shows_the_defaults() -> None:
    assert load_settings(EXAMPLE) == Settings()


@pytest.mark.parametrize("name", list(_names(Settings)))
def test_the_example_lists_every_setting_and_its_variable(name: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    key = name.rsplit(".", 1)[-1]
    assert re.search(rf"(?m)^(# )?({key} = |\[+{key}\]+$)", text)
    assert f"FLATIRON_{name.replace('.', '__').upper()}" in text


def test_the_example_stays_valid_when_its_commented_lines_are_switched_on(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    switched = [re.sub(r'^# (\[\[|\w+ = ")', r"\1", line) for line in lines]
    tables = [line for line in switched if line not in lines]
    path = tmp_path / "all.toml"
    path.write_text("\n".join(switched), encoding="utf-8")
    settings = load_settings(path)
    assert len(tables) == 18
    assert (len(settings.path_rules), len(settings.node_path_rules)) == (1, 1)
    assert settings.flower.basic_auth is not None
    assert settings.web.read_only_auth is not None


@pytest.mark.parametrize("model", [Settings, FlowerSettings, NotificationSettings, PathRuleSetting, WebSettings])
def test_every_setting_is_described(model: type[BaseModel]) -> None:
    assert [name for name, info in model.model_fields.items() if not info.description] == []
