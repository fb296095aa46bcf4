"""An accounts file is read strictly: whatever is wrong in it is said with the file, the place and the field, before anybody can log in."""

from collections.abc import Collection
from pathlib import Path

import msgspec

from services.identity.accounts import Account
from services.kernel.actor import Role

OF_A_DEPARTMENT = frozenset({Role.WINDOW_CLERK, Role.HANDLER, Role.SECTION_HEAD, Role.LEADER, Role.SUPERVISOR, Role.DEPARTMENT})
"""Whoever has one of these roles belongs to a department (SEC-01)."""


class AccountFileError(ValueError):
    """An accounts file that cannot be used; says where and why."""


class _AccountFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    accounts: tuple[Account, ...]


def read_accounts(path: Path, departments: Collection[str]) -> tuple[Account, ...]:
    """Read an accounts file; raise `AccountFileError`. Every officer belongs to one of the `departments` (their codes, SEC-01)."""
    try:
        accounts = msgspec.yaml.decode(path.read_bytes(), type=_AccountFile).accounts
    except FileNotFoundError as error:
        raise AccountFileError(f"{path.name}: not found in {path.parent}") from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise AccountFileError(f"{path.name}: {error}") from error
    seen: set[str] = set()
    for place, account in enumerate(accounts):
        here = f"{path.name}: accounts[{place}] ({account.username})"
        if account.username in seen:
            raise AccountFileError(f"{here}: username occurs twice")
        if account.department is None and not OF_A_DEPARTMENT.isdisjoint(account.roles):
            raise AccountFileError(f"{here}: department is missing")
        if account.department is not None and account.department not in departments:
            raise AccountFileError(f"{here}: department {account.department} is unknown")
        seen.add(account.username)
    return accounts
