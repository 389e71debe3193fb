"""The Grafana dashboard and the alert rules: well formed, and every metric in them is one that is really shown."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.pipeline.measured import CATALOGUE
from flatiron_tasks.pipeline.measures import Histogram

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
DASHBOARD, RULES = DEPLOY / "grafana" / "flatiron.json", DEPLOY / "prometheus" / "flatiron-rules.yml"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")

FUNCTIONS = {
    "sum", "max", "min", "count", "rate", "increase", "histogram_quantile", "absent", "vector", "by", "on", "or", "and",
}  # fmt: skip
GAUGES = {
    "flatiron_redis_up": (),
    "flatiron_jobs": ("state",),
    "flatiron_passes": ("state",),
    "flatiron_front_desk_refusals_total": ("reason",),
    "flatiron_notifications_owed": (),
    "flatiron_queue_messages": ("queue",),
    "flatiron_queue_oldest_message_age_seconds": ("queue",),
    "flatiron_unacknowledged_messages": (),
    "flatiron_manager_up": ("manager",),
    "flatiron_share_nodes": ("verdict",),
}


def known() -> dict[str, tuple[str, ...]]:
    """Every series name that expressions may use, and its labels."""
    names = dict(GAUGES)
    for what in CATALOGUE:
        if isinstance(what, Histogram):
            names |= {f"{what.name}_bucket": (*what.labels, "le")}
            names |= dict.fromkeys((f"{what.name}_sum", f"{what.name}_count"), what.labels)
        else:
            names[what.name] = what.labels
    return names


def words(expression: str) -> set[str]:
    """The names in a PromQL expression, without texts, ranges, variables and labels."""
    bare = re.sub(r'"[^"]*"|\[[^]]*\]|\{[^}]*\}|\b(by|on)\s*\([^)]*\)', " ", expression)
    return set(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", bare))


def labels(expression: str) -> set[str]:
    """The labels that an expression asks for."""
    chosen = re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"", expression)
    grouped = [name for group in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression) for name in group.split(",")]
    return {name.strip() for name in [*chosen, *grouped] if name.strip()}


def panels() -> list[dict[str, Any]]:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    found: list[dict[str, Any]] = board["panels"]
    return found


def dashboard_expressions() -> Iterator[str]:
    for panel in panels():
        yield from (target["expr"] for target in panel.get("targets", ()))


def rule_expressions() -> Iterator[str]:
    """`expr:` of every rule, also folded over several lines."""
    text = RULES.read_text("utf-8")
    for found in re.finditer(r"(?m)^ +expr: (?:>-\n((?: {10,}.*\n)+)|(.+)\n)", text):
        yield found[1] or found[2]


EXPRESSIONS = [*dashboard_expressions(), *rule_expressions()]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_name_in_an_expression_is_shown_by_us(expression: str) -> None:
    used = words(expression) - FUNCTIONS - {"e6"}
    assert used
    assert used <= set(known())
    assert labels(expression) <= {label for name in used for label in known()[name]}


def test_a_name_that_nobody_shows_is_caught() -> None:
    assert words('sum by (x) (rate(flatiron_nothing_total{a="b"}[5m])) / 2') - FUNCTIONS == {"flatiron_nothing_total"}
    assert labels('sum by (x, y) (a{b="c", d=~"e"})') == {"x", "y", "b", "d"}


def test_the_dashboard_has_what_grafana_needs() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    assert board["schemaVersion"] >= 36
    assert (board["id"], board["uid"], board["title"]) == (None, "flatiron", "Flatiron")
    (variable,) = board["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
    numbers = [panel["id"] for panel in panels()]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_every_panel_is_placed_and_asks_the_chosen_data_source(panel: dict[str, Any]) -> None:
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24
    if panel["type"] == "row":
        return
    assert panel["type"] in ("stat", "timeseries")
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["targets"]
    references = [target["refId"] for target in panel["targets"]]
    assert len(references) == len(set(references))
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"]


def test_no_two_panels_cover_each_other() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels())
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))


def test_every_alert_says_what_to_do() -> None:
    text = RULES.read_text("utf-8")
    alerts = re.findall(r"- alert: (\w+)", text)
    assert {"FlatironJobFailed", "FlatironQueueOld", "FlatironNoSweep", "FlatironManagerAway"} <= set(alerts)
    for part in text.split("- alert: ")[1:]:
        assert {"severity:", "summary:", "description:"} <= set(part.split())


def promtool(*arguments: str) -> str:
    done = subprocess.run([PROMTOOL or "", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
def test_promtool_takes_the_rules() -> None:
    assert "SUCCESS" in promtool("check", "rules", str(RULES))


@needs_promtool
def test_promtool_takes_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
        for number, expression in enumerate(dashboard_expressions())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")  # JSON is YAML
    assert "SUCCESS" in promtool("check", "rules", str(file))


def alert_case(alert: str, series: dict[str, str], expected: list[dict[str, str]], at: str = "40m") -> dict[str, Any]:
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {"eval_time": at, "alertname": alert, "exp_alerts": [{"exp_labels": labels} for labels in expected]}
        ],
    }


_UP = {"flatiron_redis_up": "1x60"}
_BUSY = _UP | {'flatiron_jobs{state="rendering"}': "3x60"}
_SWEEPS = 'flatiron_sweep_duration_seconds_count{manager="farm:3234"}'
CASES = [
    alert_case("FlatironRedisAway", {"flatiron_redis_up": "0x60"}, [{"severity": "critical"}]),
    alert_case("FlatironMetricsAway", {}, [{"severity": "warning"}]),
    alert_case("FlatironNoSweep", _BUSY | {_SWEEPS: "5x60"}, [{"severity": "critical"}]),
    alert_case("FlatironNoSweep", _BUSY, [{"severity": "critical"}]),
    alert_case("FlatironNoSweep", _BUSY | {_SWEEPS: "0+3x60"}, []),
    alert_case("FlatironNoSweep", _UP | {'flatiron_jobs{state="done"}': "3x60", _SWEEPS: "5x60"}, []),
    alert_case(
        "FlatironJobFailed",
        {'flatiron_job_ends_total{state="failed"}': "0x34 1x20"},
        [{"state": "failed", "severity": "warning"}],
    ),
    alert_case("FlatironJobFailed", {'flatiron_job_ends_total{state="done"}': "0+1x60"}, []),
    alert_case(
        "FlatironQueueOld",
        {'flatiron_queue_oldest_message_age_seconds{queue="flatiron.merge"}': "0+60x60"},
        [{"queue": "flatiron.merge", "severity": "warning"}],
    ),
    alert_case(
        "FlatironManagerAway",
        {'flatiron_manager_up{manager="farm:3234"}': "0x60"},
        [{"manager": "farm:3234", "severity": "warning"}],
    ),
]


@needs_promtool
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["alert_rule_test"][0]["alertname"])
def test_an_alert_comes_when_it_should_and_only_then(case: dict[str, Any], tmp_path: Path) -> None:
    """The labels of the alerts are compared; their texts are in the rules and not repeated here."""
    stripped = re.sub(r"(?m)^ +annotations:\n(?: {10,}.*\n)+", "", RULES.read_text("utf-8") + "\n")
    (tmp_path / "rules.yml").write_text(stripped, encoding="utf-8")
    (tmp_path / "test.yml").write_text(
        json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [case]}), encoding="utf-8"
    )
    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "test.yml"))
