"""What comes in and goes out over HTTP, as pydantic models."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.intake.domain.applicant import ApplicantDetails, ApplicantKind
from services.intake.domain.offline import OfflineCause
from services.intake.domain.review import ReviewStage, ReviewTag


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ApplicantIn(_Body):
    """An applicant in person, with id number or credit code."""

    kind: ApplicantKind
    name: str = Field(max_length=200)
    number: str = Field(max_length=40)
    phone: str = Field(max_length=40)
    email: str = Field("", max_length=200)
    agent_name: str = Field("", max_length=200)
    agent_number: str = Field("", max_length=40)

    def details(self) -> ApplicantDetails:
        """Give the domain's form."""
        return ApplicantDetails(**self.model_dump())


class MaterialIn(_Body):
    """A material: on paper, or an uploaded file by its digest."""

    code: str
    paper: bool = False
    filename: str = Field("", max_length=200)
    digest: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    original_checked: bool = False

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.paper == (self.digest is not None):
            raise ValueError("应当或者是纸质（paper），或者是已上传文件的摘要（digest），二者居其一")
        return self


class ApplicationIn(_Body):
    """An application. `applicant` is the id of a registered one, or at windows and kiosks the applicant in person."""

    item: str
    applicant: UUID | ApplicantIn
    form: dict[str, str] = Field(max_length=200)
    materials: list[MaterialIn] = Field([], max_length=100)
    commitment: bool = False


class ReasonIn(_Body):
    """Why."""

    reason: str = Field(max_length=2000)


class NoticeIn(_Body):
    """What is to be corrected: material codes with what is wrong with each."""

    defects: dict[str, str] = Field(max_length=100)
    justification: str = Field("", max_length=2000)


class CorrectionsIn(_Body):
    """The corrected materials."""

    materials: list[MaterialIn] = Field(max_length=100)


class PreReviewIn(_Body):
    """What came of a pre-review."""

    passed: bool
    opinion: str = Field(max_length=2000)


class OfflineIn(_Body):
    """An approval given outside the system: of an item by its code, or by its name where the catalogue has none."""

    item: str = Field("", max_length=100)
    item_name: str = Field("", max_length=200)
    department: str = Field("", max_length=60)
    approved_on: date
    cause: OfflineCause
    reason: str = Field("", max_length=2000)


class ReviewIn(_Body):
    """A mark for a stage of the service, and what it is about."""

    stage: ReviewStage
    level: int = Field(ge=1, le=5)
    tags: list[ReviewTag] = Field([], max_length=5)


class FollowIn(_Body):
    """What stands on the receipt."""

    number: str = Field(max_length=60)
    secret: str = Field(max_length=60)


class Receipt(BaseModel):
    """What the applicant gets at once (APP-03)."""

    id: UUID
    number: str
    secret: str
    item: str
    received_on: date
    promised_limit: int
    acceptance_due: date | None


class CalendarDay(BaseModel):
    """A day of the calendar: `reason` and `label` say why it is worked or not; a provisional one is not covered by a notice yet."""

    day: date
    working: bool
    reason: str
    label: str
    provisional: bool


class CalendarIn(BaseModel):
    """A version of the calendar to publish, and the notice that it rests on."""

    id: str = Field(pattern=r"^cn-\d{4}\.\d{1,3}$")
    notice: str = Field(max_length=200)
    first: date
    last: date
    known_through: date
    rest: dict[date, str]
    moved: dict[date, str]


class CalendarOut(BaseModel):
    """Days of a calendar version, and which other versions there are."""

    id: str
    versions: list[str]
    known_through: date
    days: list[CalendarDay]
