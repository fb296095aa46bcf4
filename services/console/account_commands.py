"""`onewindow account` looks after the accounts of the embedded identity provider: a new officer, a forgotten password, somebody who left (SEC-01)."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from services.chassis.departments import DepartmentFileError, read_departments
from services.chassis.timekeeping import system_now
from services.console.serve_commands import stop
from services.console.settings import Settings
from services.identity.account_files import OF_A_DEPARTMENT
from services.identity.accounts import Account, AccountStore, NoAccount, UsernameTaken, wrong_fields, wrong_password
from services.identity.provider import TOKEN_LIFE
from services.kernel.actor import Role

Username = Annotated[str, typer.Argument(help="用户名")]
Generate = Annotated[bool, typer.Option("--generate", help="由系统生成密码并显示一次；否则在提示后输入两次")]
MACHINES = (Role.KIOSK, Role.DEPARTMENT, Role.SERVICE)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    account = typer.Typer(help="账号：新增、改密码、停用、恢复（使用本系统的身份服务时）。", no_args_is_help=True)
    account.command("add")(add)
    account.command("password")(password)
    account.command("disable")(disable)
    account.command("enable")(enable)
    app.add_typer(account, name="account")


def add(
    username: Username,
    name: Annotated[str, typer.Option(help="姓名或名称")],
    role: Annotated[list[Role], typer.Option(help="角色，可以写多次")],
    department: Annotated[str, typer.Option(help="部门代码；窗口、承办、科室负责人、分管领导、监察和部门业务系统必填")] = "",
    email: Annotated[str, typer.Option(help="电子邮箱")] = "",
    *,
    generate: Generate = False,
) -> None:
    """新增一个账号。自助终端（KIOSK）和部门业务系统（DEPARTMENT）是程序用的账号，密码就是客户端密钥。"""
    with _accounts() as (accounts, settings):
        chosen = _new_password(generate=generate)
        values = {"username": username, "name": name.strip(), "email": email.strip()}
        errors = wrong_fields(values, chosen) | _wrong_department(settings, department, role)
        if 0 < sum(one in MACHINES for one in role) < len(role):
            errors["role"] = "程序用的账号不能同时是人员"
        if errors:
            stop("没有新增：" + "；".join(errors.values()) + "。")
        new = Account(
            username=username,
            password=chosen,
            name=values["name"],
            roles=tuple(dict.fromkeys(role)),
            department=department or None,
            email=values["email"] or None,
            service=role[0] in MACHINES,
        )
        try:
            accounts.add(new)
        except UsernameTaken:
            stop(f"没有新增：已经有账号 {username}。")
        typer.echo(f"已新增账号 {username}，标识 {new.subject}。签署权限由管理员在「审批权限」页面按这个标识授予。")


def password(username: Username, *, generate: Generate = False) -> None:
    """更换一个账号的密码，原来的立即不能再登录。"""
    with _accounts() as (accounts, _):
        chosen = _new_password(generate=generate)
        if wrong := wrong_password(chosen):
            stop(f"没有更换：{wrong['password']}。")
        accounts.change_password(username, chosen)
        typer.echo(f"已更换 {username} 的密码。")


def disable(username: Username) -> None:
    """停用一个账号：不能再登录；已经办理的事项仍以其姓名显示。签署权限请另在「审批权限」页面收回。"""
    with _accounts() as (accounts, _):
        accounts.disable(username, system_now())
        typer.echo(f"已停用 {username}。在此之前的登录最迟 {TOKEN_LIFE.seconds // 3600} 小时后失效。")


def enable(username: Username) -> None:
    """恢复一个停用的账号。"""
    with _accounts() as (accounts, _):
        accounts.enable(username)
        typer.echo(f"已恢复 {username}。")


@contextmanager
def _accounts() -> Iterator[tuple[AccountStore, Settings]]:
    """Open the accounts; say so where there is no such account."""
    settings = Settings()
    if settings.issuer:
        stop(f"账号由 {settings.issuer} 管理，请在那里办理。")
    accounts = AccountStore(settings.var / "identity.sqlite")
    try:
        yield accounts, settings
    except NoAccount as error:
        stop(f"没有这样的账号：{error}。")
    finally:
        accounts.close()


def _new_password(*, generate: bool) -> str:
    if generate:
        chosen = secrets.token_urlsafe(12)
        typer.echo(f"密码：{chosen}")
        return chosen
    return str(typer.prompt("新密码", hide_input=True, confirmation_prompt="再输一次"))


def _wrong_department(settings: Settings, department: str, roles: list[Role]) -> dict[str, str]:
    try:
        known = read_departments(settings.catalogue)
    except DepartmentFileError as error:
        stop(str(error))
    if department and department not in known:
        return {"department": f"没有部门 {department}，现有：{'、'.join(known)}"}
    return {"department": "这个角色应当写明部门"} if not department and not OF_A_DEPARTMENT.isdisjoint(roles) else {}
