"""Accounts are kept with hashed passwords, and a file of accounts is read strictly (SEC-01, APP-01)."""

import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from services.chassis.departments import read_departments
from services.identity.account_files import AccountFileError, read_accounts
from services.identity.accounts import Account, AccountStore, UsernameTaken
from services.intake.catalogue_files import load_catalogue
from services.kernel.actor import Role
from tests.services.identity_sample import ACCOUNTS, PASSWORD, QUICK

DEPLOY = Path(__file__).parents[2] / "deploy"
GOOD = {"username": "clerk1", "password": "sample-2026", "name": "示例", "roles": ["WINDOW_CLERK"], "department": "health"}


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> AccountStore:
    store = AccountStore(tmp_path / "new" / "identity.sqlite", QUICK)
    store.put(*ACCOUNTS)
    return store


def test_passwords_are_kept_as_argon2_hashes(store: AccountStore, tmp_path: Path) -> None:
    """The file has no password in it, and only its owner may read it."""
    path = tmp_path / "new" / "identity.sqlite"
    content = path.read_bytes()
    assert PASSWORD.encode() not in content
    assert b"$argon2id$" in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert store.log_in("zhangsan", PASSWORD) is not None


def test_the_right_password_gives_the_account(store: AccountStore) -> None:
    """The account comes without its password; a wrong password, an empty one, or an unknown name give nothing."""
    found = store.log_in("health-handler", PASSWORD)
    assert found == Account(username="health-handler", password="", name="示例承办人", roles=(Role.HANDLER,), department="health")
    assert store.log_in("health-handler", PASSWORD + "x") is None
    assert store.log_in("health-handler", "") is None
    assert store.log_in("nobody", PASSWORD) is None


def test_a_subject_stays_the_same(store: AccountStore, tmp_path: Path) -> None:
    """The reference that events carry is the same on every machine and after every change of the account."""
    assert ACCOUNTS[0].subject == "bb31e14b-3bba-50f6-8a22-cf154010dd82"
    changed = msgspec.structs.replace(ACCOUNTS[0], name="张三三（示例）", password="another-2026")
    store.put(changed)
    assert store.name(ACCOUNTS[0].subject) == "张三三（示例）"
    assert store.log_in("zhangsan", PASSWORD) is None
    assert store.log_in("zhangsan", "another-2026") is not None
    again = AccountStore(tmp_path / "new" / "identity.sqlite", QUICK)
    assert again.name(ACCOUNTS[0].subject) == "张三三（示例）"
    assert not again.is_empty()


def test_the_directory_knows_names_and_addresses(store: AccountStore) -> None:
    """Names and addresses by subject; whoever is unknown is shown by the subject; the system has a name of its own."""
    assert (store.name(ACCOUNTS[0].subject), store.email(ACCOUNTS[0].subject)) == ("张三（示例）", "zhangsan@example.com")
    assert (store.name("s-1"), store.email("s-1")) == ("s-1", None)
    assert store.name("system") == "系统"


def test_of_two_who_want_a_name_one_gets_it(store: AccountStore) -> None:
    """When twenty sign up at once under one name, one password works, and nineteen are told."""

    def sign_up(number: int) -> bool:
        try:
            store.sign_up("wangwu", f"password-{number:02}", "王五（示例）", None)
        except UsernameTaken:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(sign_up, range(20)))
    assert sum(made) == 1
    assert [store.log_in("wangwu", f"password-{number:02}") is not None for number in range(20)] == made


def test_nobody_signs_up_as_an_officer_who_is_there(store: AccountStore) -> None:
    """Signing up under the name of an officer changes nothing of the officer's account."""
    with pytest.raises(UsernameTaken):
        store.sign_up("health-handler", "my-own-password", "他人", None)
    assert store.log_in("health-handler", "my-own-password") is None
    assert store.log_in("health-handler", PASSWORD) is not None


def read(folder: Path, *accounts: Mapping[str, object]) -> tuple[Account, ...]:
    """Write an accounts file and read it."""
    path = folder / "accounts.yaml"
    path.write_bytes(msgspec.yaml.encode({"accounts": accounts}))
    return read_accounts(path, {"health"})


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """An account as the file has it, with what is left out by default."""
    expected = Account(username="clerk1", password="sample-2026", name="示例", roles=(Role.WINDOW_CLERK,), department="health", email=None, service=False)
    assert read(tmp_path, GOOD) == (expected,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"username": "Clerk One"}, "$.accounts[1].username"),
        ({"username": "abc"}, "$.accounts[1].username"),
        ({"password": "short"}, "$.accounts[1].password"),
        ({"password": 20260101}, "$.accounts[1].password"),
        ({"name": ""}, "$.accounts[1].name"),
        ({"roles": []}, "$.accounts[1].roles"),
        ({"roles": ["EMPEROR"]}, "$.accounts[1].roles[0]"),
        ({"email": "nowhere"}, "$.accounts[1].email"),
        ({"departement": "health"}, "departement"),
        ({"username": "clerk1"}, "accounts[1] (clerk1): username occurs twice"),
        ({"department": "healht"}, "accounts[1] (clerk2): department healht is unknown"),
        ({"department": None}, "accounts[1] (clerk2): department is missing"),
    ],
    ids=str,
)
def test_a_mistake_is_said_with_its_place(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    """The error names the file, which account, and the field."""
    with pytest.raises(AccountFileError) as error:
        read(tmp_path, GOOD, {**GOOD, "username": "clerk2", **changes})
    assert str(error.value).startswith("accounts.yaml: ")
    assert message in str(error.value)


@pytest.mark.parametrize("content", [b"accounts: [", b"", b"- x", b"\xff\xfe", b"accounts: {}"])
def test_a_file_that_is_no_accounts_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """Broken YAML, an empty file, or one of another shape: an error that names the file, never a half-read one."""
    path = tmp_path / "accounts.yaml"
    path.write_bytes(content)
    with pytest.raises(AccountFileError, match=r"accounts\.yaml"):
        read_accounts(path, {"health"})


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(AccountFileError, match=r"absent\.yaml: not found"):
        read_accounts(tmp_path / "absent.yaml", set())


def test_the_sample_has_everybody_whom_the_sample_catalogue_needs() -> None:
    """Every stage of every item has an officer with the role, in the department; every role has an account; all are marked as samples."""
    departments = read_departments(DEPLOY / "catalogue")
    accounts = read_accounts(DEPLOY / "accounts" / "sample.yaml", departments)
    assert {role for account in accounts for role in account.roles} == set(Role) - {Role.SERVICE}
    assert all("示例" in account.name for account in accounts)
    machines = {Role.KIOSK, Role.DEPARTMENT}
    assert {account.username for account in accounts if account.service} == {one.username for one in accounts if machines.intersection(one.roles)}
    officers = {(account.department, role) for account in accounts for role in account.roles}
    for item in load_catalogue(DEPLOY / "catalogue").items:
        for stage in item.process.stages:
            at_window = stage.role is Role.WINDOW_CLERK
            assert ("service-centre" if at_window else stage.department, stage.role) in officers, f"{item.code} {stage.code}"
