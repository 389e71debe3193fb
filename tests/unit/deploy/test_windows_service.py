"""The Windows service starts a command that our program understands."""

from __future__ import annotations

from defusedxml import ElementTree

from tests.unit.deploy.deploy_files import DEPLOY, understood


def test_the_service_runs_the_roles_that_talk_to_the_manager() -> None:
    service = ElementTree.parse(DEPLOY / "windows" / "flatiron-worker.xml").getroot()
    assert service is not None
    assert service.tag == "service"
    config, path, *arguments = str(service.findtext("arguments")).split()
    assert (config, path.endswith("flatiron.toml")) == ("--config", True)
    assert [role.value for role in understood(arguments)["queues"]] == ["dispatch", "poll"]
    assert str(service.findtext("executable")).endswith("flatiron.exe")
