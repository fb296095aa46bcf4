"""What was asked for, and how intake answered: from its receipt to acceptance, refusal or withdrawal."""

from datetime import date

from services.kernel.aggregate import SYSTEM
from services.kernel.calendar import local_day
from services.supervision.domain.facts import Fact
from services.supervision.domain.picture import Picture
from services.supervision.domain.seeing.stages import end_stages, enter


def _received(picture: Picture, fact: Fact) -> None:
    data = fact.data
    if fact.reported is not None and picture.received is not None:
        picture.contradict(fact, "同一办件收到了两次")
    picture.number, picture.item, picture.channel, picture.window = data["number"], data["item"], data["channel"], data.get("window")
    picture.applicant = data["applicant"]["reference"]
    picture.received, picture.received_on = fact.happened, date.fromisoformat(data["received_on"])
    picture.acceptance_limit, picture.commitment = data["acceptance_limit"], data["commitment"]
    picture.has_paper = any(material["paper"] for material in data["materials"])
    if fact.reported is not None and picture.accepted is not None:
        enter(picture, fact)


def _pre_reviewed(picture: Picture, fact: Fact) -> None:
    picture.pre_reviewed = picture.pre_reviewed or fact.happened


def _paper_signed(picture: Picture, fact: Fact) -> None:
    picture.paper_signed = picture.paper_signed or fact.happened


def _noticed(picture: Picture, fact: Fact) -> None:
    picture.notices.append(fact)
    _answered(picture, fact)


def _corrected(picture: Picture, fact: Fact) -> None:
    picture.corrected.append(fact.happened)


def _accepted(picture: Picture, fact: Fact) -> None:
    data = fact.data
    picture.number, picture.channel = data["number"], data["channel"]
    if fact.reported is None:
        picture.item, picture.clock_start = data["item"], date.fromisoformat(data["clock_start"])
    else:
        if picture.received is None:
            picture.contradict(fact, "没有收到接件的记录就已受理")
        if picture.accepted is not None:
            picture.contradict(fact, "同一办件受理了两次")
        picture.clock_start = local_day(picture.corrected[-1] if picture.corrected else fact.happened)
    picture.accepted, picture.deemed = fact.happened, data["deemed"]
    _answered(picture, fact)
    if fact.reported is not None:
        enter(picture, fact)


def _refused(picture: Picture, fact: Fact) -> None:
    picture.refused, picture.refusal = fact.happened, fact
    _answered(picture, fact)


def _withdrawn(picture: Picture, fact: Fact) -> None:
    picture.withdrawn, picture.withdrawn_on = fact.happened, local_day(fact.happened)
    end_stages(picture, fact)


def _report_refused(picture: Picture, fact: Fact) -> None:
    picture.refused_reports.setdefault(fact.data["report"], fact)
    picture.number, picture.reporter = picture.number or fact.data["number"], fact.data["department"]


def _answered(picture: Picture, fact: Fact) -> None:
    picture.answers.append(fact.happened)
    if picture.answered_by_department is None and fact.actor not in {SYSTEM.subject, picture.window}:
        picture.answered_by_department = fact.happened


SEEN = {
    "application-received": _received,
    "pre-review-completed": _pre_reviewed,
    "paper-signed-for": _paper_signed,
    "correction-notice-issued": _noticed,
    "corrections-submitted": _corrected,
    "application-accepted": _accepted,
    "acceptance-refused": _refused,
    "application-withdrawn": _withdrawn,
    "report-refused": _report_refused,
    "case-withdrawn": _withdrawn,
}
