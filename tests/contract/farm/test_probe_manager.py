"""`flatiron probe-manager` against the local farm: every assumption that it can show holds there, too."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from tests.contract.farm.local_farm import LocalFarm, Scripts
from workers.cli.app import app

_NOT_ALWAYS_SEEN = ("A21", "A22")  # a task must run at this moment; a document must hold more than ASCII


def test_the_local_farm_confirms_every_assumption(local_farm: LocalFarm, scripts: Scripts, tmp_path: Path) -> None:
    # [W2] [W4] [W13] [A1] [A2] [A3] [A4] [A5] [A6] [A7] [A8] [A9] [A10]
    local_farm.start_server("node-1")
    handle = local_farm.farm.submit(scripts.job("probed", "pass", ("a task",)))
    out = tmp_path / "probe.json"
    result = CliRunner().invoke(app, ["probe-manager", f"127.0.0.1:{local_farm.port}", "--mask", "--out", str(out)])

    assert result.exit_code == 0, result.output
    document = json.loads(out.read_text(encoding="ascii"))
    found = document["findings"]
    shown = {number: verdict for number, verdict in found.items() if number not in _NOT_ALWAYS_SEEN}
    assert set(shown.values()) == {"confirmed"}, result.output
    assert all(found[number] != "refuted" for number in _NOT_ALWAYS_SEEN), result.output
    assert {"get mgrinfo", f"get jobinfo {handle}"} <= {exchange["request"] for exchange in document["exchanges"]}
    assert document["manager"] == "HOST"
    assert "probed" not in out.read_text(encoding="ascii")


def test_a_manager_that_is_away_is_an_error_and_no_file(tmp_path: Path) -> None:
    out = tmp_path / "probe.json"
    result = CliRunner().invoke(app, ["probe-manager", "127.0.0.1:1", "--out", str(out)])

    assert result.exit_code == 5
    assert not out.exists()
