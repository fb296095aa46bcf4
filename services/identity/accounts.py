"""Accounts with hashed passwords, in a database of their own; loaded from YAML or signed up by applicants."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import JSON, Column, MetaData, Row, String, Table, create_engine, select
from sqlalchemy.dialects.sqlite import insert

from services.kernel.actor import Role


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may log in. `subject` is the stable reference; a kiosk is a service account, its password is a client secret."""

    username: str
    password: str
    name: str
    roles: tuple[Role, ...]
    department: str | None = None
    email: str | None = None

    @property
    def subject(self) -> str:
        """The reference that tokens and events carry."""
        return subject_of(self.username)


class _AccountFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    accounts: tuple[Account, ...]


class AccountFileError(ValueError):
    """An accounts file that cannot be used; says where and why."""


class UsernameTaken(ValueError):  # noqa: N818 - said of the name
    """Somebody else has this username."""


def subject_of(username: str) -> str:
    """Give the subject of a username."""
    return str(uuid5(NAMESPACE_URL, f"urn:onewindow:account:{username}"))


_metadata = MetaData()
_accounts = Table(
    "accounts",
    _metadata,
    Column("username", String, primary_key=True),
    Column("subject", String, nullable=False, unique=True),
    Column("password_hash", String, nullable=False),
    Column("name", String, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("department", String),
    Column("email", String),
)


class AccountStore:
    """The accounts in an SQLite file."""

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}")
        self._hasher = hasher or PasswordHasher()
        # Whoever asks for an account that is not there waits as long as for one that is.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        _metadata.create_all(self._engine)

    def put(self, *accounts: Account) -> None:
        """Add accounts, or bring those that are there up to date. A password that still fits is not hashed again."""
        with self._engine.begin() as connection:
            kept = {row.username: row.password_hash for row in connection.execute(select(_accounts.c.username, _accounts.c.password_hash))}
            hashed: dict[str, str] = {}
            for account in accounts:
                old = kept.get(account.username)
                if old is None or not self._fits(old, account.password):
                    # The sample accounts share one password: hashing it once keeps the first start short.
                    old = hashed.get(account.password) or self._hasher.hash(account.password)
                    hashed[account.password] = old
                values = {
                    "username": account.username,
                    "subject": account.subject,
                    "password_hash": old,
                    "name": account.name,
                    "roles": [role.value for role in account.roles],
                    "department": account.department,
                    "email": account.email,
                }
                statement = insert(_accounts).values(values)
                connection.execute(statement.on_conflict_do_update(index_elements=["username"], set_=values))

    def is_empty(self) -> bool:
        """Say whether there is no account yet."""
        with self._engine.connect() as connection:
            return connection.execute(select(_accounts.c.username).limit(1)).first() is None

    def sign_up(self, username: str, password: str, name: str, email: str | None) -> Account:
        """Add an applicant's account; raise `UsernameTaken`."""
        account = Account(username=username, password=password, name=name, roles=(Role.APPLICANT,), email=email)
        if self._row(username) is not None:
            raise UsernameTaken(username)
        self.put(account)
        return account

    def log_in(self, username: str, password: str) -> Account | None:
        """Give the account where the password is right."""
        row = self._row(username)
        fits = self._fits(row.password_hash if row is not None else self._nobody, password)
        return _account(row) if row is not None and fits else None

    def by_subject(self, subject: str) -> Account | None:
        """Give the account of a subject, without its password."""
        with self._engine.connect() as connection:
            row = connection.execute(select(_accounts).where(_accounts.c.subject == subject)).first()
        return _account(row) if row is not None else None

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _row(self, username: str) -> Row[Any] | None:
        with self._engine.connect() as connection:
            return connection.execute(select(_accounts).where(_accounts.c.username == username)).first()

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False


def _account(row: Row[Any]) -> Account:
    return Account(username=row.username, password="", name=row.name, roles=tuple(Role(role) for role in row.roles), department=row.department, email=row.email)


def read_accounts(path: Path) -> Sequence[Account]:
    """Read an accounts file; raise `AccountFileError` that names the file and the field."""
    try:
        accounts = msgspec.yaml.decode(path.read_bytes(), type=_AccountFile).accounts
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise AccountFileError(f"{path.name}: {error}") from error
    seen: set[str] = set()
    for account in accounts:
        if account.username in seen:
            raise AccountFileError(f"{path.name}: username {account.username} occurs twice")
        if not account.roles:
            raise AccountFileError(f"{path.name}: {account.username} has no role")
        seen.add(account.username)
    return accounts
