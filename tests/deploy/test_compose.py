"""docker-compose.yml without a container engine: it obeys the schema, and every variable, port, volume, command and file that it names is there."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
import yaml

from services.chassis.web.assets import REPOSITORY
from services.console.cli import application
from services.console.local.kafka import Kafka
from services.console.local.postgres import Postgres, find_postgres
from services.console.local.process import free_port
from services.console.settings import Settings
from services.console.single import PORTS
from services.console.stream_commands import METRICS_PORT
from tests.missing import missing

OWN = ("intake", "workflow", "supervision", "certificates", "notification")
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)([:?\-][^}]*)?\}")


@cache
def text() -> str:
    """Give the file."""
    return (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")


@cache
def compose() -> Any:
    """Give the file as data."""
    return yaml.safe_load(text())


@cache
def example() -> dict[str, str]:
    """Give the variables of deploy/example.env."""
    lines = (REPOSITORY / "deploy" / "example.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_it_obeys_the_schema_of_compose_files() -> None:
    """Given the schema that Compose itself checks by, the file is a right one."""
    wheels = list((REPOSITORY / "var" / "compose").glob("docker_compose-*.whl"))
    if not wheels:
        missing("the schema is missing: make .venv/installed-tests")
    with zipfile.ZipFile(wheels[0]) as wheel:
        schema = json.loads(wheel.read("compose/config/compose_spec.json"))
    jsonschema.validate(compose(), schema)


def test_every_variable_is_in_the_example_and_every_secret_must_be_set() -> None:
    """Given the file, each variable is in deploy/example.env and in docs/operations.md, and there is no default for a secret."""
    used = {match[1]: match[2] or "" for match in VARIABLE.finditer(text())}
    assert set(used) == set(example())
    page = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name in used if f"`{name}`" not in page] == []
    assert [name for name, rule in used.items() if ("PASSWORD" in name or "SECRET" in name) and rule != ":?"] == []


def test_every_setting_is_one_of_ours() -> None:
    """Given the environment of our processes, each setting is one that `Settings` knows."""
    known = {f"ONEWINDOW_{name.upper()}" for name in Settings.model_fields}
    for name in (*OWN, "migrate", "catalogue", "stream1", "stream2"):
        assert set(compose()["services"][name]["environment"]) <= known, name


def test_every_volume_and_file_is_there() -> None:
    """Given each mount, its volume is declared or its file is in the repository; no declared volume is left over."""
    mounted = set()
    for service in compose()["services"].values():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (REPOSITORY / source).exists(), source
            else:
                mounted.add(source)
    assert mounted == set(compose()["volumes"])
    assert (REPOSITORY / compose()["services"]["intake"]["build"]["dockerfile"]).exists()


def known_commands() -> set[str]:
    """Give the commands that `onewindow` has, and their groups."""
    manual = application()
    commands = {command.name or command.callback.__name__ for command in manual.registered_commands if command.callback}
    return commands | {str(group.name) for group in manual.registered_groups}


def test_every_command_is_one_of_ours_and_every_port_its_own() -> None:
    """Given our processes, each runs a command that `onewindow` has, is asked for its health at its port, and reached there by the proxy."""
    commands = known_commands()
    services = compose()["services"]
    for name in (*OWN, "migrate", "catalogue", "stream1", "stream2"):
        assert services[name]["command"][0] in commands, name
    for name in OWN:
        assert services[name]["command"][:2] == ["serve", name]
        assert f"127.0.0.1:{PORTS[name]}/health/ready" in services[name]["healthcheck"]["test"][-1]
        assert services["proxy"]["environment"][name.upper()] == f"{name}:{PORTS[name]}"
    for name in ("stream1", "stream2"):
        assert f"127.0.0.1:{METRICS_PORT}/health/live" in services[name]["healthcheck"]["test"][-1]


def test_the_start_has_an_order_and_every_long_lived_part_is_watched() -> None:
    """Given what depends on what, each name is a service, only the proxy, the bus's outer door and the desk of figures are reached."""
    services = compose()["services"]
    for name, service in services.items():
        needed = service.get("depends_on", {})
        for other, rule in needed.items() if isinstance(needed, dict) else ((one, {}) for one in needed):
            assert other in services
            if rule.get("condition") == "service_healthy":
                assert "healthcheck" in services[other], f"{name} waits for {other}, which never says how it is"
    once = {"migrate", "catalogue"}
    assert {name for name, service in services.items() if "healthcheck" not in service} == once
    assert {name for name in once if services[name]["restart"] != "no"} == set()
    assert set(services["proxy"]["depends_on"]) == {*OWN, "keycloak"}, "nginx ends where it cannot find one of them"
    assert services["intake"]["depends_on"]["catalogue"]["condition"] == "service_completed_successfully"
    assert {name for name, service in services.items() if "ports" in service} == {"proxy", "grafana", "kafka"}
    assert [mapping.rpartition(":")[2] for mapping in services["kafka"]["ports"]] == ["9094"], "the listener for outside alone"
    assert services["grafana"]["ports"][0].startswith("127.0.0.1:")


def test_the_proxys_template_and_its_environment_name_the_same() -> None:
    """Given the template of the proxy's configuration, each of its variables is set, and none is set for nothing."""
    template = (REPOSITORY / "deploy" / "nginx" / "onewindow.conf.template").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)\}", template)) == set(compose()["services"]["proxy"]["environment"])


GUARDING = ("listener.name.outside", "authorizer", "super.users", "listener.security.protocol.map", "auto.create")


def test_the_brokers_outer_door_is_guarded_as_in_the_tests(tmp_path: Path) -> None:
    """Given the broker's environment, what guards it is set as at the local broker, with which the tests try who gets in."""
    local = Kafka(tmp_path / "jars", tmp_path / "kafka", free_port())
    local.write_settings()
    tried = dict(line.split("=", 1) for line in (tmp_path / "kafka" / "server.properties").read_text().splitlines())
    environment = compose()["services"]["kafka"]["environment"]
    # As the image does it.
    named = {name.removeprefix("KAFKA_").replace("___", "-").replace("_", ".").lower(): value for name, value in environment.items()}

    def guarding(settings: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in settings.items() if name.startswith(GUARDING)}

    assert guarding(named) == guarding(tried)
    assert len(guarding(named)) == len(GUARDING) + 1
    assert environment["KAFKA_LISTENERS"].split(",")[-1] == "OUTSIDE://:9094"


def test_the_image_runs_without_root() -> None:
    """Given the Dockerfile, what runs at the end is no root, and nothing of the build is left but the application."""
    lines = [line.split() for line in (REPOSITORY / "deploy" / "Dockerfile").read_text(encoding="utf-8").splitlines() if line and line[0] not in "# "]
    assert [words[1] for words in lines if words[0] == "USER"] == ["onewindow"]
    for words in lines:
        if words[0] == "COPY" and not words[1].startswith("--from"):
            assert all((REPOSITORY / source).exists() for source in words[1:-1]), words


def test_the_image_can_back_up_the_database() -> None:
    """Given the database server's version, the image has the client programs of the same one: an older pg_dump refuses."""
    dockerfile = (REPOSITORY / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    (client,) = re.findall(r"postgresql-client-(\d+)", dockerfile)
    assert compose()["services"]["postgres"]["image"] == f"postgres:{client}"


def test_backups_need_the_client_programs_alone(tmp_path: Path) -> None:
    """Given a machine with PostgreSQL's client programs and no server, they are found, the newest first."""
    for version in ("9", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "pg_dump").touch()
    assert find_postgres("pg_dump", tmp_path) == tmp_path / "17" / "bin"


@pytest.mark.connected
def test_each_database_has_its_owner_and_nobody_else() -> None:
    """Given a new server, the script makes a database for each service and for Keycloak; its owner works in it, and no other role gets in."""
    with new_server() as (server, port):
        with server.connection() as connection:
            superuser = connection.info.user
        surroundings = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "POSTGRES_USER": superuser, "DATABASE_PASSWORD": "it's secret"}
        script = [shutil.which("sh") or "sh", str(REPOSITORY / "deploy" / "postgres" / "create.sh")]
        done = subprocess.run(script, env={**os.environ, **surroundings}, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr
        for name in (*OWN, "keycloak"):
            with psycopg.connect(host="127.0.0.1", port=port, user=name, dbname=name) as own:
                own.execute("CREATE TABLE things (id integer)")
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(host="127.0.0.1", port=port, user=name, dbname="intake" if name != "intake" else "workflow")


@contextmanager
def new_server() -> Iterator[tuple[Postgres, int]]:
    """Start a database server with nothing in it."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        # The server runs as a user of its own.
        folder.chmod(0o755)
        server = Postgres(folder / "postgres", port, fsync="off")
        server.start()
        try:
            yield server, port
        finally:
            server.stop()


def test_every_command_of_the_operators_page_is_there() -> None:
    """Given docs/operations.md, each `onewindow` command that it names exists, and what it stops for a restore is whatever serves."""
    commands = known_commands()
    page = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`onewindow|/onewindow|--rm migrate) ([a-z]+)", page)) <= commands
    (stopped,) = re.findall(r'^services="(.+)"$', page, re.MULTILINE)
    serving = {name for name, one in compose()["services"].items() if one.get("command", [""])[0] in {"serve", "stream"}}
    assert set(stopped.split()) == serving
