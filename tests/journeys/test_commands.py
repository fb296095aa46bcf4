"""What an operator does on the command line: rebuild views, admit a sender, look after dead letters; and what a machine without Python is told."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.chassis.bus.reception import Reception
from services.chassis.web.assets import REPOSITORY
from services.console import sample
from services.console.cli import application
from services.console.embedded import SERVICES
from services.console.local.process import free_port
from services.console.settings import Settings
from services.identity.accounts import Account, AccountStore, subject_of
from services.kernel.actor import Role
from tests.journeys.department import SYSTEM, event, way
from tests.journeys.doors import jws
from tests.journeys.test_kill import ONEWINDOW
from tests.patience import PATIENCE
from tests.world import HASHER, PASSWORD, World, at, world_at


@pytest.fixture(name="accounts")
def _accounts(tmp_path: Path) -> Iterator[AccountStore]:
    store = AccountStore(tmp_path / "identity.sqlite", HASHER)
    store.put(Account(username="clerk1", password=PASSWORD, name="窗口（示例）", roles=(Role.WINDOW_CLERK,), department="service-centre"))
    yield store
    store.close()


def every_row(world: World) -> dict[str, list[dict[str, object]]]:
    """Give every row of every view."""
    return {f"{name}.{view.name}": world.rows(name, view.name) for name, service in world.window.services.items() for view in service.database.views}


def full_bars(done: Result) -> list[str]:
    """Give the names of the progress bars that a command left on its error output, full to the end."""
    return re.findall(r"^(\w+) +━+ +100%", done.stderr, re.MULTILINE)


def test_long_work_tells_how_far_it_is(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given some history, commands that read all of it show a bar for each part of the work, beside their output."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        world.accepted()
    (tmp_path / "proposal.yaml").write_text("without: [SUP-R01]\n")
    for command in ("checkpoint", "verify"):
        assert full_bars(run.invoke(application(), [command])) == list(SERVICES)
    assert full_bars(run.invoke(application(), ["backtest", str(tmp_path / "proposal.yaml")])) == ["回放中"]


def test_replay_rebuilds_every_view_the_same(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given a decided case, `onewindow replay` makes every view anew from the streams, the same as before (AUD-03)."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        world.decided(world.accepted())
        before = every_row(world)
        for service in world.window.services.values():
            with service.database.engine.begin() as emptied:
                for view in service.database.views:
                    emptied.execute(view.delete())
        assert every_row(world) != before
    done = run.invoke(application(), ["replay"])
    assert done.exit_code == 0, done.output
    assert full_bars(done) == list(SERVICES)
    with world_at(tmp_path, at("2026-03-02 18:00"), again=True, **connection) as world:
        assert every_row(world) == before


def test_what_is_said_again_by_command_is_heard_once(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given `onewindow relay --from 0` for each service, everything is said again, and everybody drops what he knows."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        world.decided(world.accepted())
        names, before = list(world.window.services), every_row(world)
    for name in names:
        done = run.invoke(application(), ["relay", name, "--from", "0"])
        assert (done.exit_code, f"{'已' if connection else '将'}重新发出位置 0 之后" in done.output) == (0, True), done.output
        assert full_bars(done) == ([name] if connection else []), "without a bus, it is said at the next start"
    with world_at(tmp_path, at("2026-03-02 09:00"), again=True, **connection) as world:
        world.settle()
        newest = {name: service.recorder.max_notification_id() for name, service in world.window.services.items()}
        assert newest == {name: service.recorder.max_tracking_id("relay") for name, service in world.window.services.items()}
        assert every_row(world) == before
    assert run.invoke(application(), ["relay", "nobody", "--from", "0"]).exit_code == 1


def test_migrate_runs_twice(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given data, `onewindow migrate` changes nothing at a second run; without a broker and a database server it says what is missing."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        world.accepted()
        before = every_row(world)
    for _ in range(2):
        done = run.invoke(application(), ["migrate"])
        if not connection:
            assert (done.exit_code, "ONEWINDOW_KAFKA" in done.output) == (1, True)
            continue
        assert (done.exit_code, done.output.count("已就绪")) == (0, 5), done.output
        assert "重建" not in done.output
    with world_at(tmp_path, at("2026-03-02 09:00"), again=True, **connection) as world:
        assert every_row(world) == before


def test_a_sender_is_admitted_and_a_letter_is_replayed(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given a key that `onewindow sender` made, what it signs is taken; what came before the item was there is a letter, listed, and replayed."""
    with world_at(tmp_path, at("2026-03-02 16:00"), again=False, **connection):
        pass
    key = tmp_path / "housing.pem"
    assert run.invoke(application(), ["sender", SYSTEM, str(key)]).exit_code == 0
    assert key.stat().st_mode & 0o077 == 0
    assert run.invoke(application(), ["sender", SYSTEM, str(key)]).exit_code == 1, "a key is not overwritten"
    assert run.invoke(application(), ["sender", "nobody", str(tmp_path / "x.pem")]).exit_code == 1
    private = key.read_text()
    with world_at(tmp_path, at("2026-03-02 18:00"), again=True, **connection) as world:
        late = event("2026-0009", "application-received", "2026-03-02 20:00", way()[0]["data"])
        Reception(world.window.services["intake"], "departments", world.now).deliver([jws(SYSTEM, private, way()[0]), jws(SYSTEM, private, late)])
        assert len(world.rows("intake", "department_cases")) == 2
    listed = run.invoke(application(), ["deadletters"])
    assert "time-ahead" in listed.output
    replayed = run.invoke(application(), ["deadletters", "intake", "--replay"])
    assert "处理了 1 条" in replayed.output, "the hour has come meanwhile"
    assert full_bars(replayed) == ["重新处理中"]
    assert "没有暂存的消息" in run.invoke(application(), ["deadletters"]).output
    assert Role.DEPARTMENT.value in (tmp_path / "senders" / f"{SYSTEM}.json").read_text()


def logged_in(world: World, username: str, password: str) -> bool:
    """Say whether an account can log in."""
    form = {"grant_type": "password", "client_id": "onewindow-trial", "username": username, "password": password}
    return httpx.post(f"{world.address}/identity/token", data=form, timeout=PATIENCE).is_success


def test_an_operator_looks_after_accounts_while_the_product_runs(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given a new officer, a forgotten password, and somebody who leaves and comes back, each can log in when the operator says so, and only then (SEC-01)."""

    def told(*command: str, typed: str = "") -> str:
        done = run.invoke(application(), ["account", *command], input=typed)
        assert done.exit_code == 0, done.output
        return done.output

    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        said = told("add", "new-handler", "--name", "新承办人（示例）", "--role", "HANDLER", "--department", "market-regulation", "--generate")
        first = re.search(r"密码：(\S+)", said)
        assert first is not None
        assert logged_in(world, "new-handler", first[1])
        subject = subject_of("new-handler")
        assert subject in said
        assert world.window.accounts.name(subject) == "新承办人（示例）"
        told("password", "new-handler", typed="another-2026\nanother-2026\n")
        assert [logged_in(world, "new-handler", one) for one in (first[1], "another-2026")] == [False, True]
        told("disable", "new-handler")
        assert not logged_in(world, "new-handler", "another-2026")
        assert world.window.accounts.name(subject) == "新承办人（示例）", "what it did stands under its name"
        told("enable", "new-handler")
        assert logged_in(world, "new-handler", "another-2026")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["add", "clerk1", "--name", "甲", "--role", "AUDITOR"], "已经有账号"),
        (["add", "new one", "--name", "甲", "--role", "AUDITOR"], "用户名为"),
        (["add", "new-one", "--name", " ", "--role", "AUDITOR"], "姓名"),
        (["add", "new-one", "--name", "甲", "--role", "AUDITOR", "--email", "nowhere"], "电子邮箱"),
        (["add", "new-one", "--name", "甲", "--role", "HANDLER"], "写明部门"),
        (["add", "new-one", "--name", "甲", "--role", "HANDLER", "--department", "moon"], "没有部门 moon"),
        (["add", "new-one", "--name", "甲", "--role", "KIOSK", "--role", "AUDITOR"], "不能同时"),
        (["password", "nobody"], "没有这样的账号"),
        (["disable", "nobody"], "没有这样的账号"),
        (["enable", "clerk1"], "没有这样的账号"),
    ],
)
def test_an_account_that_cannot_be_is_refused(run: CliRunner, accounts: AccountStore, command: list[str], why: str) -> None:
    """Given a name that is taken or wrong, a department that is missing or unknown, or nobody of that name, the command says why and changes nothing."""
    generated = ["--generate"] if command[0] in {"add", "password"} else []
    done = run.invoke(application(), ["account", *command, *generated])
    assert done.exit_code == 1
    assert why in done.output
    assert accounts.by_subject(subject_of("new-one")) is None
    assert accounts.log_in("clerk1", PASSWORD) is not None


def test_a_short_password_is_refused(run: CliRunner, accounts: AccountStore) -> None:
    """Given a password that is too short, the old one stays."""
    done = run.invoke(application(), ["account", "password", "clerk1"], input="short\nshort\n")
    assert (done.exit_code, "10 至 128 位" in done.output) == (1, True)
    assert accounts.log_in("clerk1", PASSWORD) is not None


def test_a_busy_port_is_told_before_anything_is_promised(tmp_path: Path) -> None:
    """Given a port that somebody has, `onewindow run` says so in one line and ends, with nothing started and nothing stored."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [ONEWINDOW, "run", "--var", str(tmp_path / "var"), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603 - our own command
    assert done.returncode == 1
    assert "启动：" not in done.stdout
    (told,) = done.stderr.strip().splitlines()
    assert str(port) in told
    assert "占用" in told
    assert not list((tmp_path / "var").glob("*.sqlite"))


@pytest.mark.slow
def test_the_welcome_says_where_to_go_and_as_whom(tmp_path: Path) -> None:
    """Given `onewindow run`, what it prints leads to a page that answers and to accounts that can log in; Ctrl-C ends it in good order."""
    port = free_port()
    command = [ONEWINDOW, "run", "--var", str(tmp_path), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as running:  # noqa: S603 - our own command
        assert running.stdout is not None
        told = ""
        while "Ctrl-C" not in told:
            line = running.stdout.readline()
            assert line, told
            told += line
        address = re.search(r"http://\S+", told)
        assert address is not None
        assert address[0] == f"http://127.0.0.1:{port}"
        assert httpx.get(f"{address[0]}/intake/", timeout=PATIENCE).is_success
        password = re.search(r"密码都是 (\S+)）", told)
        assert password is not None
        usernames = re.findall(r"^  ([a-z0-9-]+)  |\s{8}(admin)  ", told, re.MULTILINE)
        assert len(usernames) >= 8
        for username in (one or other for one, other in usernames):
            form = {"grant_type": "password", "client_id": "onewindow-trial", "username": username, "password": password[1]}
            assert httpx.post(f"{address[0]}/identity/token", data=form, timeout=PATIENCE).is_success, username
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 0


def test_a_changed_file_without_a_revision_of_its_own_changes_nothing(tmp_path: Path, connection: dict[str, str]) -> None:
    """Given data that are there and a catalogue of which one file was changed, the start goes on, says which, and what is published stands (CAT-03)."""
    with world_at(tmp_path / "var", at("2026-03-02 09:00"), again=False, **connection) as world:
        settings = Settings(var=tmp_path / "var", catalogue=tmp_path / "catalogue")
        shutil.copytree(Settings().catalogue, settings.catalogue)
        changed = settings.catalogue / "food-operation-licence.yaml"
        changed.write_text(changed.read_text(encoding="utf-8").replace("promised_limit: 5", "promised_limit: 4"), encoding="utf-8")
        told: list[str] = []
        sample.load(world.window, settings, told.append)
        assert [line for line in told if "没有载入" in line and line.startswith("food-operation-licence")]
        assert world.do(None, "GET", "/intake/api/items/food-operation-licence")["promised_limit"] == 5


PYTHON = str(REPOSITORY / "deploy" / "setup" / "python.sh")


@pytest.mark.parametrize("answers", ["", "exit 1"], ids=["none", "too old, or without venv"])
def test_a_machine_without_a_python_that_will_do_is_told_what_to_install(tmp_path: Path, answers: str) -> None:
    """Given no Python, one that is too old, or one without venv, `make run` says in one line what to install."""
    for name in ("python3", "python3.11", "python3.12", "python3.13") if answers else ():
        (tmp_path / name).write_text(f"#!/bin/sh\n{answers}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": str(tmp_path), "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(["/bin/sh", PYTHON], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert done.returncode == 1
    (told,) = done.stderr.strip().splitlines()
    assert "python3-venv" in told
    assert "3.11" in told


def test_a_machine_without_a_way_to_the_packages_is_told_of_mirrors(tmp_path: Path) -> None:
    """Given an index that cannot be reached, `make run` ends, and its last line but make's own says what to do."""
    for name in ("Makefile", "pyproject.toml", "deploy/setup/python.sh"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    unreachable = {**os.environ, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(["make", "run"], cwd=tmp_path, env=unreachable, capture_output=True, text=True, check=False)  # noqa: S607 - the machine's make
    assert done.returncode != 0
    assert "PIP_INDEX_URL" in done.stderr.splitlines()[-2]
    assert not (tmp_path / ".venv" / "installed").exists(), "the next try begins anew"


def test_the_first_python_that_will_do_is_taken(tmp_path: Path) -> None:
    """Given a newer Python that lacks venv and an older one that has it, the older one is taken; what `make run` asks of it is true of ours."""
    for name, code in (("python3.13", "exit 1"), ("python3.12", f'exec "{sys.executable}" "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{code}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(["/bin/sh", PYTHON], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)  # noqa: S603 - our own script
    assert done.stdout.strip() == "python3.12"
