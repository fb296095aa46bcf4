"""Loads the sample: accounts, catalogue, and the officers' authorities. What is there already is left as it is."""

from collections.abc import Callable
from datetime import datetime

from services.console.embedded import OneWindow
from services.console.settings import Settings
from services.identity.account_files import read_accounts
from services.identity.accounts import Account, AccountStore
from services.intake.application import Intake
from services.intake.catalogue_files import load_catalogue
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Refusal
from services.workflow.application import Workflow
from services.workflow.domain.authority import EVERY_ITEM

_SIGNING = (Role.WINDOW_CLERK, Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)


def load(window: OneWindow, settings: Settings, tell: Callable[[str], None] = lambda _: None) -> list[Account]:
    """Load accounts, items and authorities in the name of the sample's first administrator; give the accounts."""
    accounts = list(read_accounts(settings.accounts, window.parts.departments))
    load_accounts(window.accounts, accounts, tell)
    intake, workflow = window.services["intake"], window.services["workflow"]
    assert isinstance(intake, Intake) and isinstance(workflow, Workflow)  # noqa: PT018, S101 - as composed
    load_catalogue_into(intake, workflow, accounts, settings, window.parts.now(), tell)
    return accounts


def load_accounts(store: AccountStore, accounts: list[Account], tell: Callable[[str], None]) -> None:
    """Load the accounts where no person has one yet."""
    if store.is_empty():
        tell(f"载入 {len(accounts)} 个示例账号……")
        store.put(*accounts)


def load_catalogue_into(intake: Intake, workflow: Workflow, accounts: list[Account], settings: Settings, now: datetime, tell: Callable[[str], None]) -> None:
    """Load the items, and for each officer the authority of his role."""
    administrator = next(account for account in accounts if Role.ADMINISTRATOR in account.roles)
    actor = Actor(administrator.subject, administrator.name, frozenset(administrator.roles), administrator.department)
    catalogue = load_catalogue(settings.catalogue)
    for item in catalogue.items:
        try:
            intake.publish_item(item, actor, now)
        except Refusal as refusal:
            # The file was changed without a revision of its own, or an administrator went on from it: what is published stands.
            tell(f"{item.code}：目录文件与已公布的不同，没有载入。{refusal.message}")
    for account in accounts:
        for role in account.roles:
            if role in _SIGNING and account.department is not None:
                workflow.grant(account.subject, account.name, account.department, EVERY_ITEM, role, actor, now)
    tell(f"事项目录：{len(catalogue.items)} 个事项，{len(catalogue.departments)} 个部门。")
