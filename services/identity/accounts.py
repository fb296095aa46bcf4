"""Accounts with hashed passwords, in a database of their own: brought by a file, or signed up by applicants."""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import JSON, Boolean, Column, MetaData, Row, String, Table, create_engine, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from services.kernel.actor import Role
from services.kernel.aggregate import SYSTEM

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
USERNAME = "^[a-z0-9][a-z0-9_-]{3,31}$"
"""What may be a username; capitals are the same as small letters, so that nobody looks like somebody else."""
EMAIL = r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$"
LONGEST_EMAIL = 254
LONGEST_NAME = 60

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
_Password = Annotated[str, msgspec.Meta(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may log in. A `service` (a kiosk, a department's own system) has a client secret for a password and gets no login page."""

    username: Annotated[str, msgspec.Meta(pattern=USERNAME)]
    password: _Password
    name: _Name
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1)]
    department: str | None = None
    email: Annotated[str, msgspec.Meta(pattern=EMAIL, max_length=LONGEST_EMAIL)] | None = None
    service: bool = False

    @property
    def subject(self) -> str:
        """The reference that tokens and events carry."""
        return subject_of(self.username)


class UsernameTaken(ValueError):  # noqa: N818 - said of the name
    """Somebody else has this username."""


class NoAccount(LookupError):  # noqa: N818 - said of the name
    """Nobody has this username."""


def wrong_fields(values: Mapping[str, str], password: str) -> dict[str, str]:
    """Say what is wrong with which field of a new account: `username`, `name`, `email`, and the password."""
    errors = {}
    if not re.fullmatch(USERNAME, values["username"]):
        errors["username"] = "用户名为 4 至 32 位小写字母、数字、连字符或下划线，以字母或数字开头"
    if not values["name"] or not values["name"].isprintable():
        errors["name"] = "请填写姓名或单位名称"
    elif len(values["name"]) > LONGEST_NAME:
        errors["name"] = f"姓名或单位名称最多 {LONGEST_NAME} 个字"
    if values["email"] and not (len(values["email"]) <= LONGEST_EMAIL and re.fullmatch(EMAIL, values["email"])):
        errors["email"] = "电子邮箱格式不正确"
    return errors | wrong_password(password)


def wrong_password(password: str) -> dict[str, str]:
    """Say what is wrong with a new password."""
    return {} if SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD else {"password": f"密码为 {SHORTEST_PASSWORD} 至 {LONGEST_PASSWORD} 位"}


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
    Column("service", Boolean, nullable=False),
)

# A table of its own: files of earlier programs have none, and get it.
_disabled = Table("disabled", _metadata, Column("username", String, primary_key=True), Column("since", String, nullable=False))


class AccountStore:
    """The accounts in an SQLite file that only its owner reads. It is the `Directory` of the embedded edition."""

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._engine = create_engine(f"sqlite:///{path}")
        self._hasher = hasher or PasswordHasher()
        # Whoever asks for an account that is not there waits as long as for one that is.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        _metadata.create_all(self._engine)

    def put(self, *accounts: Account) -> None:
        """Add accounts, or bring those that are there up to date. A password that still fits is not hashed again."""
        # The sample accounts share one password: hashing and checking it once keeps the start short.
        hashed, fits = cache(self._hasher.hash), cache(self._fits)
        with self._engine.begin() as connection:
            kept = {row.username: row.password_hash for row in connection.execute(select(_accounts.c.username, _accounts.c.password_hash))}
            for account in accounts:
                old = kept.get(account.username)
                values = _values(account, old if old and fits(old, account.password) else hashed(account.password))
                connection.execute(insert(_accounts).values(values).on_conflict_do_update(index_elements=["username"], set_=values))

    def is_empty(self) -> bool:
        """Say whether no person has an account yet."""
        with self._engine.connect() as connection:
            return connection.execute(select(_accounts.c.username).where(_accounts.c.service.is_(False)).limit(1)).first() is None

    def sign_up(self, username: str, password: str, name: str, email: str | None) -> Account:
        """Add an applicant's account (APP-01); raise `UsernameTaken`."""
        account = Account(username=username, password=password, name=name, roles=(Role.APPLICANT,), email=email)
        self.add(account)
        return account

    def add(self, account: Account) -> None:
        """Add a new account; raise `UsernameTaken`, also where two ask for the name at once."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_accounts).values(_values(account, self._hasher.hash(account.password))))
        except IntegrityError as error:
            raise UsernameTaken(account.username) from error

    def change_password(self, username: str, password: str) -> None:
        """Set another password; raise `NoAccount`."""
        with self._engine.begin() as connection:
            changed = connection.execute(_accounts.update().where(_accounts.c.username == username).values(password_hash=self._hasher.hash(password)))
            if not changed.rowcount:
                raise NoAccount(username)

    def disable(self, username: str, now: datetime) -> None:
        """Let nobody log in with an account any more; its name stays known, for what it did stands. Raise `NoAccount`."""
        with self._engine.begin() as connection:
            if connection.execute(select(_accounts.c.username).where(_accounts.c.username == username)).first() is None:
                raise NoAccount(username)
            connection.execute(insert(_disabled).values(username=username, since=now.isoformat()).on_conflict_do_nothing())

    def enable(self, username: str) -> None:
        """Let an account that was disabled log in again; raise `NoAccount` where none was."""
        with self._engine.begin() as connection:
            if not connection.execute(_disabled.delete().where(_disabled.c.username == username)).rowcount:
                raise NoAccount(username)

    def log_in(self, username: str, password: str) -> Account | None:
        """Give the account where the password is right, unless it is disabled."""
        open_ = _accounts.c.username.not_in(select(_disabled.c.username))
        with self._engine.connect() as connection:
            row = connection.execute(select(_accounts).where(_accounts.c.username == username, open_)).first()
        fits = self._fits(row.password_hash if row is not None else self._nobody, password)
        return _account(row) if row is not None and fits else None

    def by_subject(self, subject: str) -> Account | None:
        """Give the account of a subject, without its password."""
        with self._engine.connect() as connection:
            row = connection.execute(select(_accounts).where(_accounts.c.subject == subject)).first()
        return _account(row) if row is not None else None

    def name(self, subject: str) -> str:
        """Give the name to show for a subject; the subject itself where it is not known."""
        if subject == SYSTEM.subject:
            return SYSTEM.name
        account = self.by_subject(subject)
        return account.name if account else subject

    def email(self, subject: str) -> str | None:
        """Give the e-mail address of a subject, None where it has none."""
        account = self.by_subject(subject)
        return account.email if account else None

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False


def _values(account: Account, password_hash: str) -> dict[str, Any]:
    return {
        "username": account.username,
        "subject": account.subject,
        "password_hash": password_hash,
        "name": account.name,
        "roles": [role.value for role in account.roles],
        "department": account.department,
        "email": account.email,
        "service": account.service,
    }


def _account(row: Row[Any]) -> Account:
    roles = tuple(Role(role) for role in row.roles)
    return Account(username=row.username, password="", name=row.name, roles=roles, department=row.department, email=row.email, service=row.service)
