"""`onewindow serve` runs one service in a process of its own; `migrate` prepares databases and topics before; `load` brings the sample."""

import asyncio
import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from aiokafka.errors import KafkaError

from services.chassis.bus.kafka.topics import WrongTopic, all_topics, check_topics, make_topics, topic_for
from services.chassis.bus.senders import Senders
from services.chassis.storage.schema import SchemaOutdated
from services.chassis.timekeeping import system_now
from services.chassis.tracing import configure_logging
from services.console import listening, sample
from services.console.bars import bars
from services.console.embedded import SERVICES, refresh
from services.console.parts import shared_parts
from services.console.settings import Settings
from services.console.single import PORTS, Single, compose_identity, compose_single
from services.identity.account_files import read_accounts
from services.identity.accounts import AccountStore
from services.intake.application import Intake
from services.workflow.application import Workflow

logger = logging.getLogger(__name__)


class Name(StrEnum):
    """What runs in a process of its own."""

    INTAKE = "intake"
    WORKFLOW = "workflow"
    SUPERVISION = "supervision"
    CERTIFICATES = "certificates"
    NOTIFICATION = "notification"
    IDENTITY = "identity"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve")(serve)
    app.command("migrate")(migrate)
    app.command("load")(load)


def serve(
    service: Annotated[Name, typer.Argument(help="要启动的服务")],
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口；0 表示该服务的默认端口")] = 0,
) -> None:
    """在单独的进程里启动一个服务（需要 ONEWINDOW_DATABASE、ONEWINDOW_KAFKA）。"""
    configure_logging()
    settings = Settings()
    if service == Name.IDENTITY:
        listening.serve(compose_identity(settings, system_now), listening.listen(host, port or PORTS[service]))
        return
    need_real_parts(settings)
    single = prepared(settings, service)
    try:
        taken = listening.listen(host, port or PORTS[service])
        single.bus.start()
        listening.serve(single.app, taken)
    finally:
        single.close()


def migrate() -> None:
    """准备数据库表和消息主题；可以重复运行，只向前升级。

    换了新程序后，先运行它，再启动服务。
    """
    settings = Settings()
    need_real_parts(settings)
    try:
        asyncio.run(make_topics(settings.kafka, _topics(settings), replicas=settings.replicas))
        store = AccountStore(settings.var / "identity.sqlite")
        parts = shared_parts(settings, system_now, lambda _provider, _secrets: store)
        with bars() as bar:
            for name, module in SERVICES.items():
                service, _ = module.create(parts)
                if service.database.stale:
                    typer.echo(f"{name}：表的形式有变化，由事件流重建视图……")
                    with bar(name) as told:
                        refresh(service, told)
                service.close()
                typer.echo(f"{name}：数据库已就绪。")
    except (SchemaOutdated, WrongTopic) as error:
        stop(str(error))


def load(accounts: Annotated[Path | None, typer.Option(help="账号文件，默认示例账号")] = None) -> None:
    """载入事项目录、示例账号和示例授权；已有的不改动。"""
    settings = Settings(**({"accounts": accounts} if accounts else {}))  # type: ignore[arg-type]
    store = AccountStore(settings.var / "identity.sqlite")
    parts = shared_parts(settings, system_now, lambda _provider, _secrets: store)
    read = list(read_accounts(settings.accounts, parts.departments))
    sample.load_accounts(store, read, typer.echo)
    intake, _ = SERVICES["intake"].create(parts)
    workflow, _ = SERVICES["workflow"].create(parts)
    assert isinstance(intake, Intake) and isinstance(workflow, Workflow)  # noqa: PT018, S101 - as created
    sample.load_catalogue_into(intake, workflow, read, settings, system_now(), typer.echo)
    intake.close()
    workflow.close()
    store.close()


def need_real_parts(settings: Settings) -> None:
    """Stop where the settings name no broker or no database."""
    if not (settings.database and settings.kafka):
        stop("请设置 ONEWINDOW_DATABASE 和 ONEWINDOW_KAFKA；不用消息总线的单进程版本用 onewindow run 启动。")


def _topics(settings: Settings) -> list[str]:
    departments = sorted(Senders(settings.var / "senders").hearing())
    return [*all_topics(settings.topics), *[topic_for(settings.topics, one) for one in departments]]


def prepared(settings: Settings, service: str) -> Single:
    """Put one service together; stop where tables or topics are not as this program needs them."""
    try:
        asyncio.run(check_topics(settings.kafka, _topics(settings)))
    except WrongTopic as error:
        stop(str(error))
    except (KafkaError, TimeoutError) as error:
        # It works without for a while; the relay looks again before it says anything.
        logger.warning("the broker does not say which topics it has: %s", error)
    try:
        return compose_single(settings, service, system_now)
    except SchemaOutdated as error:
        stop(str(error))


def stop(reason: str) -> NoReturn:
    """Say why, and end with a failure."""
    typer.echo(reason, err=True)
    raise typer.Exit(1)
