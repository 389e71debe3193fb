"""Each fault of the doctor's table is injected once into a real installation: it is found, and nothing else is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from flatiron_tasks.pipeline.share_probe.health import NodeHealth, NodeVerdict
from tests.integration.doctor import acting_report
from tests.integration.doctor.clinic import LEAST_FREE_MB, Clinic, faults, read_only
from workers.cli.exit_codes import ExitCode
from workers.doctor.doctor import health_report
from workers.doctor.finding import HealthReport, State
from workers.embedded.ports import free_port

_MIB = 1 << 20


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FLATIRON_REDIS_URL", raising=False)
        with Clinic(tmp_path_factory.mktemp("clinic")) as clinic:
            yield clinic


def sentence(report: HealthReport, check: str) -> str:
    return next(item.sentence for item in report.findings if item.check == check)


def test_a_sound_installation_has_no_fault_and_everything_was_looked_at(clinic: Clinic) -> None:
    report = clinic.examine()
    assert faults(report) == set()
    assert report.state is State.OK
    not_seen = [item.check for item in report.findings if item.state is State.NOT_LOOKED_AT]
    assert not_seen == ["render nodes"]  # no job has been there yet
    assert sentence(report, "workers").startswith("3 workers")
    assert sentence(report, clinic.folder_check).startswith("3 workers can write")


def test_looking_leaves_nothing_behind(clinic: Clinic) -> None:
    before = set(clinic.share.iterdir())
    clinic.examine()
    assert set(clinic.share.iterdir()) == before
    assert all(0 < clinic.redis.ttl(key) <= 120 for key in clinic.redis.scan_iter("flatiron:doctor:*"))


def test_a_redis_that_does_not_answer_is_one_fault(clinic: Clinic) -> None:
    nowhere = clinic.settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    assert faults(clinic.examine(settings=nowhere)) == {"Redis"}
    assert faults(health_report(nowhere)) == {"Redis"}


def test_a_redis_that_throws_keys_away_is_found(clinic: Clinic) -> None:
    with clinic.configured("maxmemory-policy", "allkeys-lru"):
        assert faults(clinic.examine()) == {"Redis eviction"}
        assert faults(health_report(clinic.settings)) == {"Redis eviction"}


def test_a_redis_that_forgets_is_found(clinic: Clinic) -> None:
    with clinic.configured("appendonly", "no"):
        assert faults(clinic.examine()) == {"Redis persistence"}


def test_a_redis_that_is_nearly_full_is_found(clinic: Clinic) -> None:
    clinic.redis.set("ballast", "x" * (64 * _MIB))
    used = int(clinic.redis.info("memory")["used_memory"])
    with clinic.configured("maxmemory", int(used / 0.95)):
        found = faults(clinic.examine())
    clinic.redis.delete("ballast")
    assert found == {"Redis memory"}


def test_an_account_without_rights_is_found(clinic: Clinic) -> None:
    rules = ("on", ">poor-password-of-a-test", "~*", "&*", "+@all", "-script|exists")
    clinic.redis.execute_command("ACL", "SETUSER", "poor", *rules)
    address = clinic.settings.redis_url.rpartition("@")[2]
    poor = clinic.settings.model_copy(update={"redis_url": f"redis://poor:poor-password-of-a-test@{address}"})
    report = clinic.examine(settings=poor)
    assert faults(report) == {"Redis rights"}
    assert "SCRIPT EXISTS" in sentence(report, "Redis rights")


def test_a_role_without_a_worker_is_found(clinic: Clinic) -> None:
    with clinic.stopped("merge"):
        assert faults(clinic.examine()) == {"queue merge"}


def test_a_clock_of_sweeps_that_stands_is_found(clinic: Clinic) -> None:
    with clinic.no_beat():
        assert faults(clinic.examine()) == {"sweep"}


def test_a_manager_that_does_not_answer_is_found(clinic: Clinic) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    assert faults(clinic.examine(manager=nobody)) == {f"manager {nobody}"}


def test_a_share_that_workers_may_not_write_to_is_found(clinic: Clinic) -> None:
    with read_only(clinic.share, is_mounted=clinic.is_mounted):
        report = clinic.examine()
    assert faults(report) == {clinic.folder_check}
    assert "cannot use it: " in sentence(report, clinic.folder_check)


def test_a_full_share_is_found(clinic: Clinic) -> None:
    if not clinic.is_mounted:
        pytest.skip("only root may mount a small file system")
    ballast = clinic.share / "ballast"
    ballast.write_bytes(b"x" * ((8 - LEAST_FREE_MB) * _MIB + _MIB // 2))
    report = clinic.examine()
    ballast.unlink()
    assert faults(report) == {clinic.folder_check}
    assert "full" in sentence(report, clinic.folder_check)


@pytest.mark.parametrize(
    ("lie", "check", "words"),
    [
        (acting_report.CLOCK, "worker clocks", "deliver@clinic is 600 s ahead"),
        (acting_report.VERSION, "versions", "celery is 5.4.0 on deliver@clinic"),
        (acting_report.FORMATS, "image formats", "exr cannot be read"),
        (acting_report.NO_FOLDERS, "network folders", "deliver@clinic has no network folder"),
    ],
)
def test_one_worker_that_differs_is_found(clinic: Clinic, lie: str, check: str, words: str) -> None:
    with clinic.lying(lie):
        report = clinic.examine()
    assert faults(report) == {check}
    assert words in sentence(report, check)


def test_a_server_that_sees_another_folder_is_a_warning_and_all_of_them_are_wrong(clinic: Clinic) -> None:
    clinic.redis.sadd("flatiron:managers", clinic.manager)
    report, now = {}, time.time()
    clinic.redis.hset(f"flatiron:manager:{clinic.manager}", "answered_at", now)  # or the sweep forgets it meanwhile
    for count, verdict in ((1, NodeVerdict.OK), (2, NodeVerdict.OTHER_FOLDER)):
        clinic.store.probes.keep(
            NodeHealth(clinic.manager, "/bakes", f"node-{count}", verdict, "It sees another.", now)
        )
        report[count] = clinic.examine()
    kept = (f"flatiron:{kind}:{clinic.manager}" for kind in ("manager", "nodes"))
    clinic.redis.delete("flatiron:managers", *kept)
    assert faults(report[1]) == set()
    assert faults(report[2]) == {"render nodes"}
    assert not report[2].is_wrong


def test_refused_messages_are_a_warning(clinic: Clinic) -> None:
    clinic.store.artists.count_refusal("malformed message")
    report = clinic.examine()
    clinic.redis.delete("flatiron:refusals", "flatiron:refused-at")
    assert faults(report) == {"refused messages"}
    assert not report.is_wrong


def test_the_command_tells_programs_and_its_exit_code_says_whether_anything_is_wrong(clinic: Clinic) -> None:
    command = (sys.executable, "-m", "workers.cli", "--config", str(clinic.stack.config), "doctor", "--json")
    fine = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    with clinic.configured("maxmemory-policy", "allkeys-lru"):
        bad = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (fine.returncode, json.loads(fine.stdout)["state"]) == (0, "ok")
    assert (bad.returncode, json.loads(bad.stdout)["state"]) == (ExitCode.UNHEALTHY, "wrong")


def test_the_cheap_report_sees_that_nobody_sweeps(clinic: Clinic) -> None:
    assert faults(health_report(clinic.settings)) == set()
    with clinic.no_beat():
        assert faults(health_report(clinic.settings)) == {"sweep"}
