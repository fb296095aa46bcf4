"""A real-name applicant (APP-01): a person, or a legal person with the agent who acts for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, RecordedAggregate
from services.kernel.calendar import local_day
from services.kernel.identity_numbers import credit_code, id_number
from services.kernel.plain_text import unprintable


class ApplicantKind(StrEnum):
    """Who applies."""

    PERSON = "PERSON"
    LEGAL_PERSON = "LEGAL_PERSON"


@dataclass(frozen=True, slots=True)
class ApplicantDetails:
    """What is known of an applicant. `number` is the id number of a person, the credit code of a legal person; the agent's own is an id number."""

    kind: ApplicantKind
    name: str
    number: str
    phone: str
    email: str = ""
    agent_name: str = ""
    agent_number: str = ""


def checked(details: ApplicantDetails, now: datetime) -> ApplicantDetails:
    """Give the details in their normal form; raise `Invalid` with every field that is wrong."""
    today = local_day(now)
    errors: dict[str, str] = {}
    if not details.name.strip():
        errors["name"] = "请填写姓名或单位名称"
    for field in ("name", "agent_name"):
        if character := unprintable(getattr(details, field)):
            errors[field] = f"{character} 不能打印，请删去"
    phone = details.phone.strip()
    if not (7 <= len(phone.replace("-", "")) <= 15 and phone.replace("-", "").removeprefix("+").isdigit()):  # noqa: PLR2004 - E.164
        errors["phone"] = "请填写可以联系的电话号码"
    if details.email and ("@" not in details.email or " " in details.email.strip()):
        errors["email"] = "电子邮箱格式不正确"
    is_person = details.kind is ApplicantKind.PERSON
    number = _collect(errors, "number", lambda: id_number(details.number, today) if is_person else credit_code(details.number))
    agent_number = ""
    if not is_person:
        if not details.agent_name.strip():
            errors["agent_name"] = "单位申请应当有经办的委托代理人"
        agent_number = _collect(errors, "agent_number", lambda: id_number(details.agent_number, today))
    if errors:
        raise Invalid("applicant-wrong", "申请人信息有误：" + "；".join(errors.values()), "APP-01", errors)
    return ApplicantDetails(details.kind, details.name.strip(), number, phone, details.email.strip(), details.agent_name.strip(), agent_number)


def _collect(errors: dict[str, str], field: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except Invalid as error:
        errors[field] = error.message
        return ""


def applicant_id(number: str) -> UUID:
    """Give the id of the applicant with this number: nobody is registered twice."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:applicant:{number}")


class Applicant(RecordedAggregate):
    """A registered applicant and the accounts that may act for it."""

    TOPIC = "intake.Applicant"

    class Registered(RecordedAggregate.Created):
        """The real name was registered, by an account or at a window."""

        details: ApplicantDetails
        account: str | None

    class AccountLinked(RecordedAggregate.Event):
        """An account may act for the applicant."""

        account: str

        def apply(self, aggregate: "Applicant") -> None:
            """Add the account."""
            aggregate.accounts |= {self.account}

    class DetailsChanged(RecordedAggregate.Event):
        """Name, contact or agent changed; the number stays."""

        details: ApplicantDetails

        def apply(self, aggregate: "Applicant") -> None:
            """Take the new details."""
            aggregate.details = self.details

    def __init__(self, details: ApplicantDetails, account: str | None) -> None:
        self.details = details
        self.accounts: frozenset[str] = frozenset({account} if account else ())

    @classmethod
    def register(cls, details: ApplicantDetails, account: str | None, actor: Actor, now: datetime) -> "Applicant":
        """Register an applicant by checked details."""
        return cls.begin(cls.Registered, applicant_id(details.number), actor, now, details=details, account=account)

    def update(self, details: ApplicantDetails, account: str | None, actor: Actor, now: datetime) -> None:
        """Bring the details up to date, and let an account act for the applicant."""
        if details != self.details:
            self.record(self.DetailsChanged, actor, now, details=details)
        if account and account not in self.accounts:
            self.record(self.AccountLinked, actor, now, account=account)
