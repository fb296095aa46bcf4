"""Loads the sample: accounts, catalogue, and the officers' authorities. What is there already is left as it is."""

from collections.abc import Callable

from services.console.embedded import OneWindow
from services.console.settings import Settings
from services.identity.account_files import read_accounts
from services.identity.accounts import Account
from services.intake.application import Intake
from services.intake.catalogue_files import load_catalogue
from services.kernel.actor import Actor, Role
from services.workflow.application import Workflow
from services.workflow.domain.authority import EVERY_ITEM

_SIGNING = (Role.WINDOW_CLERK, Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)


def load(window: OneWindow, settings: Settings, tell: Callable[[str], None] = lambda _: None) -> list[Account]:
    """Load accounts, items and authorities in the name of the sample's first administrator; give the accounts."""
    now = window.parts.now()
    accounts = list(read_accounts(settings.accounts, window.parts.departments))
    if window.accounts.is_empty():
        tell(f"载入 {len(accounts)} 个示例账号……")
        window.accounts.put(*accounts)
    administrator = next(account for account in accounts if Role.ADMINISTRATOR in account.roles)
    actor = Actor(administrator.subject, administrator.name, frozenset(administrator.roles), administrator.department)
    intake, workflow = window.services["intake"], window.services["workflow"]
    assert isinstance(intake, Intake) and isinstance(workflow, Workflow)  # noqa: PT018, S101 - as composed
    catalogue = load_catalogue(settings.catalogue)
    for item in catalogue.items:
        intake.publish_item(item, actor, now)
    for account in accounts:
        for role in account.roles:
            if role in _SIGNING and account.department is not None:
                workflow.grant(account.subject, account.name, account.department, EVERY_ITEM, role, actor, now)
    tell(f"事项目录：{len(catalogue.items)} 个事项，{len(catalogue.departments)} 个部门。")
    return accounts
