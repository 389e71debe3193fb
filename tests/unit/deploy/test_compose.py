"""compose.yaml names commands, accounts and files that exist, pins its images and mounts nothing of the host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.deploy.deploy_files import DEPLOY, understood, variables

yaml = pytest.importorskip("yaml", reason="compose.yaml NOT CHECKED: no PyYAML")
COMPOSE: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def sources(service: Mapping[str, Any], kind: str) -> set[str]:
    return {item if isinstance(item, str) else item["source"] for item in service.get(kind, ())}


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_runs_a_command_that_our_program_understands(name: str) -> None:
    understood(OURS[name]["command"])  # raises
    (file,) = OURS[name]["env_file"]
    account = file.removeprefix("secrets/").removesuffix(".env")
    assert variables(account)["FLATIRON_REDIS_URL"].startswith(f"rediss://{account}:")


def test_all_roles_are_served_and_the_front_desk_by_an_account_of_its_own() -> None:
    roles = {
        role.value: service["env_file"]
        for service in OURS.values()
        if service["command"][0] == "worker"
        for role in understood(service["command"])["queues"]
    }
    assert set(roles) == {"front-desk", "dispatch", "poll", "merge", "deliver"}
    assert [role for role, files in roles.items() if files == ["secrets/front-desk.env"]] == ["front-desk"]
    assert sum(service["command"][0] == "sweep" for service in OURS.values()) == 1


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_what_there_is_and_nothing_of_the_host(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":\d+\.\d+", service["image"]), "an image without a version changes under one's feet"
    assert sources(service, "configs") <= set(COMPOSE["configs"])
    assert sources(service, "secrets") <= set(COMPOSE["secrets"])
    assert {item.split(":")[0] for item in service.get("volumes", ())} <= set(COMPOSE["volumes"])
    assert set(service.get("depends_on", ())) <= set(SERVICES)
    assert service["cap_drop"] == ["ALL"]


def test_its_files_are_there_or_are_made_by_the_guide() -> None:
    guide = (DEPLOY / "README.md").read_text("utf-8")
    for entry in (*COMPOSE["configs"].values(), *COMPOSE["secrets"].values()):
        file = entry["file"]
        assert (DEPLOY / file).is_file() or file.removeprefix("secrets/") in guide, file


def test_only_redis_and_the_proxy_can_be_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"redis", "proxy"}


def test_the_image_runs_our_program_and_not_as_root() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    assert 'ENTRYPOINT ["flatiron"]' in lines
    assert [line for line in lines if line.startswith("USER ")] == ["USER flatiron"]
    copied = {line.split()[1] for line in lines if line.startswith("COPY ") and "pyproject" not in line}
    assert copied == {"flatiron_tasks", "workers", "max_submitter"}
    assert all((DEPLOY.parent / name).is_dir() for name in copied)
