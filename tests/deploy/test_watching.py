"""Prometheus and Grafana ask for figures that the services really give; promtool accepts the configuration; each alert is explained."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml

from services.chassis.web.assets import REPOSITORY
from services.console.single import PORTS
from services.console.stream_commands import METRICS_PORT
from services.supervision import stream
from tests.missing import missing
from tests.patience import PATIENCE
from tests.world import World, at, world_at

PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
PLAYED = Path(__file__).parent / "alerts_test.yml"
DASHBOARDS = REPOSITORY / "deploy" / "grafana" / "dashboards"
NAME = re.compile(r"\bonewindow_[a-z_]+\b")
BY_WORKERS = {stream.FLOW}
"""What the stream workers alone give."""


@pytest.fixture(name="exposed", scope="module")
def _exposed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00")) as world:
        world.accepted()
        world.window.bus.start()
        return _names(world)


def _names(world: World) -> set[str]:
    text = httpx.get(f"{world.address}/metrics", timeout=PATIENCE).text
    return set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)) | set(re.findall(r"^(\w+)[{ ]", text, re.MULTILINE))


def queries() -> dict[str, str]:
    """Give every query of alerts and dashboards by where it stands."""
    alerts = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))
    found = {f"alert {rule['alert']}": rule["expr"] for group in alerts["groups"] for rule in group["rules"]}
    for path in DASHBOARDS.glob("*.json"):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            found |= {f"{path.stem} {panel['title']} {target['refId']}": target["expr"] for target in panel["targets"]}
    return found


def test_every_figure_that_is_asked_for_is_given(exposed: set[str]) -> None:
    """Given the queries of dashboards and alerts, each of their figures is exposed by a running district."""
    asked = {where: set(NAME.findall(query)) for where, query in queries().items()}
    assert {where: names - exposed - BY_WORKERS for where, names in asked.items() if names - exposed - BY_WORKERS} == {}


def test_every_figure_of_ours_is_shown(exposed: set[str]) -> None:
    """Given our own figures, each is on a dashboard: what nobody looks at need not be counted."""
    shown = " ".join(queries().values())
    ours = {re.sub("_(bucket|sum|count|created|total)$", "", name) for name in exposed if name.startswith("onewindow_")}
    assert {name for name in ours if name not in shown} == set()


def test_open_clocks_are_counted_by_light(tmp_path: Path) -> None:
    """Given one case in hand, its light is counted; and the live stream's viewers are, while they watch."""
    with world_at(tmp_path, at("2026-03-02 09:00")) as world:
        world.accepted()
        headers = {"Authorization": f"Bearer {world.token('supervisor1')}"}
        before = httpx.get(f"{world.address}/metrics", timeout=PATIENCE).text
        with httpx.stream("GET", f"{world.address}/supervision/api/live?since=0", headers=headers, timeout=PATIENCE) as answer:
            # Kept: with it, the connection would go.
            lines = answer.iter_lines()
            assert next(lines)
            watched = httpx.get(f"{world.address}/metrics", timeout=PATIENCE).text
    assert 'onewindow_open_clocks{light="GREEN"} 1.0' in before
    assert "onewindow_live_viewers 0.0" in before
    assert "onewindow_live_viewers 1.0" in watched


def test_every_process_is_scraped() -> None:
    """Given the processes that serve figures, each is a target."""
    (job,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    own = {f"{name}:{port}" for name, port in PORTS.items() if name != "identity"}
    assert set(job["static_configs"][0]["targets"]) == own | {f"stream{number}:{METRICS_PORT}" for number in (1, 2)}


def test_promtool_accepts_the_configuration() -> None:
    """Given Prometheus' own tool, configuration and rules are right."""
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("no promtool: install the package prometheus")
    done = subprocess.run([promtool, "check", "config", str(PROMETHEUS / "prometheus.yml")], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


def test_alerts_come_when_they_should_and_not_before() -> None:
    """Given figures as they come minute by minute, Prometheus' own tool tells each alert when it should and for whom, and none otherwise."""
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("no promtool: install the package prometheus")
    done = subprocess.run([promtool, "test", "rules", str(PLAYED)], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    played = yaml.safe_load(PLAYED.read_text(encoding="utf-8"))["tests"]
    told = {f"alert {one['alertname']}" for test in played for one in test["alert_rule_test"] if one["exp_alerts"]}
    assert told == {where for where in queries() if where.startswith("alert ")}, "each alert is played"


def test_promtool_understands_every_query_of_the_dashboards(tmp_path: Path) -> None:
    """Given the queries of the dashboards, written down as rules, Prometheus' own tool finds each of them right."""
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("no promtool: install the package prometheus")
    asked = [query for where, query in queries().items() if not where.startswith("alert ")]
    rules = [{"record": f"asked:{number}", "expr": re.sub(r"\$__\w+", "5m", query)} for number, query in enumerate(asked)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    done = subprocess.run([promtool, "check", "rules", str(tmp_path / "rules.yml")], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(asked)} rules found" in done.stdout


def test_each_alert_says_what_to_do() -> None:
    """Given each alert, docs/operations.md has a section that says what to do."""
    page = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    alerts = [where.removeprefix("alert ") for where in queries() if where.startswith("alert ")]
    assert [name for name in alerts if f"`{name}`" not in page] == []
