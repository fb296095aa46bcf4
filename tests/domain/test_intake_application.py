"""An application from its receipt to its acceptance or refusal: corrections, deemed acceptance, withdrawal, and who may do what."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from services.intake.domain.application import Application
from services.intake.domain.facts import ApplicationState, Channel, ClockEffect, Defect, Progress
from services.intake.domain.form import SubmittedMaterial
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.calendar import start_of
from services.kernel.clock import reckon
from tests.domain.intake_samples import (
    AT_WINDOW,
    CALENDAR,
    CLERK,
    HANDLER,
    HEAD,
    KIOSK,
    LI,
    MATERIALS,
    MONDAY,
    PAPER_FORM,
    PLAN,
    STRANGER,
    SUPERVISOR,
    ZHANG,
    at,
    at_window,
    received,
)

NO_PLAN = (Defect("plan", "平面图", "没有提交"),)
NEW_PLAN = SubmittedMaterial("plan", "平面图", False, "新图.pdf", "application/pdf", 90, "b" * 64)  # noqa: FBT003 - as the event has it


def notified(application: Application, now: datetime, actor: Actor = HANDLER, defects: tuple[Defect, ...] = NO_PLAN, justification: str = "") -> None:
    """Tell what is to be corrected."""
    application.issue_correction_notice("BZ-1", defects, justification, actor, now, CALENDAR)


def corrected(now: datetime) -> Application:
    """Give an application whose plan was asked for on its first day, and handed in at `now`."""
    application = received(materials=(PAPER_FORM,))
    notified(application, MONDAY)
    application.submit_corrections((NEW_PLAN,), ZHANG, now)
    return application


def last_event(application: Application) -> Any:
    """Give the newest event of an application."""
    return application.collect_events()[-1]


def code_of(act: Callable[[], object]) -> str:
    """Give the code of the refusal that an act meets."""
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_what_is_handed_in_says_who_when_and_by_which_way() -> None:
    """Given a submission late in the evening, it is received on that local day, in the name of its actor (APP-02, APP-03, SEC-03)."""
    application = received(at(3, 2, 23, 59))
    event = last_event(application)
    assert (event.actor, event.happened, event.received_on, event.channel) == ("zhang", at(3, 2, 23, 59), date(2026, 3, 2), Channel.ONLINE)
    assert application.state is ApplicationState.RECEIVED
    assert application.acceptance_due(CALENDAR) == date(2026, 3, 9)


@pytest.mark.parametrize("channel", [Channel.ONLINE, Channel.KIOSK])
def test_a_commitment_is_given_at_the_window_alone(channel: Channel) -> None:
    """Given another channel, a 受理承诺单 is refused: nobody shortens the department's limit for himself (APP-03, COR-01)."""
    assert code_of(lambda: received(actor=KIOSK, channel=channel, commitment=True, acceptance_limit=3)) == "commitment-elsewhere"
    assert at_window().acceptance_due(CALENDAR) == date(2026, 3, 5)


def test_acceptance_starts_the_clock_on_its_own_day() -> None:
    """Given complete materials, the clock of the case starts on the day of acceptance (COR-06)."""
    application = received()
    application.accept(HANDLER, at(3, 4), CALENDAR)
    event = last_event(application)
    assert (event.deemed, event.clock_start, event.actor) == (False, date(2026, 3, 4), "handler")
    assert application.state is ApplicationState.ACCEPTED


def test_after_corrections_the_clock_starts_on_the_day_they_arrived() -> None:
    """Given corrections of Wednesday accepted on Friday, the clock starts on Wednesday, and their acceptance is due five days after it (COR-07)."""
    application = corrected(at(3, 4))
    assert application.acceptance_due(CALENDAR) == date(2026, 3, 11)
    application.accept(HANDLER, at(3, 6), CALENDAR)
    assert application.clock_start == date(2026, 3, 4)
    assert application.materials == (PAPER_FORM, NEW_PLAN)


def test_nobody_answered_in_time() -> None:
    """Given no answer, it counts as accepted from the day of receipt; it happened when the limit ended, whenever that was found out (COR-02)."""
    application = received()
    due = start_of(date(2026, 3, 10))
    application.deem_accepted(due, at(3, 12))
    event = last_event(application)
    assert (event.deemed, event.clock_start, event.happened, event.timestamp, event.actor) == (True, date(2026, 3, 2), due, at(3, 12), "system")
    application.deem_accepted(due, at(3, 13))
    assert application.collect_events() == [], "a timer that fires twice changes nothing"


def test_corrections_that_nobody_answers_count_from_the_day_they_arrived() -> None:
    """Given corrections without an answer, they count as accepted from the day on which the materials were complete (COR-02, COR-07)."""
    application = corrected(at(3, 4))
    application.deem_accepted(start_of(date(2026, 3, 12)), at(3, 12))
    assert (application.deemed, application.clock_start) == (True, date(2026, 3, 4))


def test_an_acceptance_after_the_limit_is_the_deemed_one() -> None:
    """Given an officer who accepts before the timer has fired, but after the limit, the clock starts on the day of receipt all the same (COR-02)."""
    application = received()
    application.accept(HANDLER, at(3, 10, 0, 1), CALENDAR)
    event = last_event(application)
    assert (event.deemed, event.clock_start, event.happened) == (True, date(2026, 3, 2), start_of(date(2026, 3, 10)))


def test_on_the_last_day_everything_can_be_answered_and_after_it_nothing() -> None:
    """Given the last minute of the limit, a notice and a refusal hold; a minute later they are refused, because it was accepted (COR-01, COR-02)."""
    last, late = at(3, 9, 23, 59), at(3, 10, 0, 0)
    notified(on_time := received(), last)
    assert on_time.state is ApplicationState.CORRECTION
    refused = received()
    refused.refuse("BYSL-1", "不属于本机关职权", HANDLER, last, CALENDAR)
    assert (refused.state, refused.reasons) == (ApplicationState.NOT_ACCEPTED, "不属于本机关职权")
    assert code_of(lambda: notified(received(), late)) == "deemed-accepted"
    assert code_of(lambda: received().refuse("BYSL-2", "理由", HANDLER, late, CALENDAR)) == "deemed-accepted"


def test_a_notice_lists_everything_with_reasons() -> None:
    """Given an empty list, an empty reason, or a material beyond the guide, no notice is issued (COR-01, COR-04)."""
    application = received()
    assert code_of(lambda: notified(application, MONDAY, defects=())) == "defects-missing"
    assert code_of(lambda: notified(application, MONDAY, defects=(Defect("plan", "平面图", " "),))) == "defects-missing"
    assert code_of(lambda: notified(application, MONDAY, defects=(Defect("tax", "完税证明", "缺"),))) == "defects-unknown"
    assert application.state is ApplicationState.RECEIVED
    notified(application, MONDAY)
    assert (application.defects, application.asked_by) == (NO_PLAN, "handler")


def test_a_second_notice_is_about_the_corrections_alone_and_justified() -> None:
    """Given corrected materials, a second notice may not ask for what the first forgot, and says why it is needed (COR-03)."""
    application = corrected(at(3, 4))
    forgotten = (Defect("form", "申请表", "没有签名"),)
    assert code_of(lambda: notified(application, at(3, 5), defects=forgotten, justification="补正后发现")) == "second-notice"
    again = (Defect("plan", "平面图", "新图没有标注面积"),)
    assert code_of(lambda: notified(application, at(3, 5), defects=again)) == "justification-missing"
    notified(application, at(3, 5), defects=again, justification="新提交的图与原图不一致")
    event = last_event(application)
    assert (event.ordinal, event.justification, event.at_once) == (2, "新提交的图与原图不一致", False)


def test_corrections_are_complete_or_not_taken() -> None:
    """Given two defects, one material alone is refused by name, one that nobody asked for too; both together are taken (COR-01, COR-05)."""
    application = received()
    notified(application, MONDAY, defects=(*NO_PLAN, Defect("form", "申请表", "没有签名")))
    with pytest.raises(Invalid) as refused:
        application.submit_corrections((NEW_PLAN,), ZHANG, at(3, 3))
    assert refused.value.fields == {"form": "请提交申请表"}
    model = SubmittedMaterial("model", "样品", paper=True)
    assert code_of(lambda: application.submit_corrections((PAPER_FORM, NEW_PLAN, model), ZHANG, at(3, 3))) == "corrections-unasked"
    application.submit_corrections((PAPER_FORM, NEW_PLAN), ZHANG, at(3, 3))
    assert (application.state, application.complete_on) == (ApplicationState.CORRECTED, date(2026, 3, 3))
    assert code_of(lambda: application.submit_corrections((PAPER_FORM, NEW_PLAN), ZHANG, at(3, 3))) == "nothing-to-correct"


def test_while_the_applicant_corrects_no_clock_runs_against_the_department() -> None:
    """Given a notice, nothing is accepted or deemed until the corrections are there (COR-01)."""
    application = received(materials=(PAPER_FORM,))
    notified(application, MONDAY)
    application.deem_accepted(start_of(date(2026, 3, 10)), at(3, 10))
    assert application.state is ApplicationState.CORRECTION
    assert code_of(lambda: application.accept(HANDLER, at(3, 10), CALENDAR)) == "not-waiting"


def test_a_clerk_tells_at_once_whatever_department_accepts() -> None:
    """Given an application at a window, its clerk tells what is missing the same day; the next day only the department does (COR-01)."""
    application = at_window(materials=(PAPER_FORM,))
    notified(application, at(3, 2, 11), CLERK)
    assert last_event(application).at_once
    assert code_of(lambda: notified(at_window(), at(3, 3), CLERK)) == "no-authority-to-accept"
    assert code_of(lambda: notified(received(), MONDAY, CLERK)) == "no-authority-to-accept"


def test_only_whom_the_item_names_accepts() -> None:
    """Given an item of a department, only its own handlers accept or refuse; given one of the windows, any clerk does and no handler (FLW-02)."""
    for actor in (CLERK, STRANGER, HEAD, ZHANG, SUPERVISOR):
        assert code_of(lambda actor=actor: received().accept(actor, MONDAY, CALENDAR)) == "no-authority-to-accept"  # type: ignore[misc]
        assert code_of(lambda actor=actor: received().refuse("BYSL-1", "理由", actor, MONDAY, CALENDAR)) == "no-authority-to-accept"  # type: ignore[misc]
    assert code_of(lambda: at_window(item=AT_WINDOW).accept(HANDLER, MONDAY, CALENDAR)) == "no-authority-to-accept"
    application = at_window(item=AT_WINDOW)
    application.accept(CLERK, MONDAY, CALENDAR)
    assert application.state is ApplicationState.ACCEPTED


def test_a_refusal_needs_reasons_and_ends_it() -> None:
    """Given blanks for reasons, nothing is refused; afterwards neither acceptance nor another refusal is possible (COR-06)."""
    application = received()
    assert code_of(lambda: application.refuse("BYSL-1", "  ", HANDLER, MONDAY, CALENDAR)) == "reasons-missing"
    application.refuse("BYSL-1", "不需要许可", HANDLER, MONDAY, CALENDAR)
    assert code_of(lambda: application.accept(HANDLER, MONDAY, CALENDAR)) == "not-waiting"
    assert code_of(lambda: application.refuse("BYSL-2", "再次", HANDLER, MONDAY, CALENDAR)) == "not-waiting"


def test_it_is_accepted_once() -> None:
    """Given an accepted application, a second acceptance is refused."""
    application = received()
    application.accept(HANDLER, MONDAY, CALENDAR)
    assert code_of(lambda: application.accept(HANDLER, MONDAY, CALENDAR)) == "not-waiting"


def test_the_applicant_withdraws_before_acceptance() -> None:
    """Given any state before acceptance, the applicant or a clerk in his presence withdraws; nobody else, and not afterwards (APP-08)."""
    for actor in (ZHANG, CLERK):
        application = received()
        application.withdraw("不办了", actor, at(3, 3))
        assert application.state is ApplicationState.WITHDRAWN
        application.deem_accepted(start_of(date(2026, 3, 10)), at(3, 10))
        assert application.state is ApplicationState.WITHDRAWN
    notified(waiting := received(), MONDAY)
    waiting.withdraw("", ZHANG, at(3, 3))
    for actor in (LI, HANDLER):
        with pytest.raises(NotAllowed):
            received().withdraw("", actor, MONDAY)
    accepted = received()
    accepted.accept(HANDLER, MONDAY, CALENDAR)
    assert code_of(lambda: accepted.withdraw("", ZHANG, at(3, 3))) == "not-withdrawable"


@pytest.mark.parametrize(
    ("actor", "sees"),
    [(ZHANG, True), (LI, False), (CLERK, True), (HANDLER, True), (HEAD, True), (STRANGER, False), (SUPERVISOR, True), (KIOSK, False)],
    ids=lambda value: getattr(value, "subject", value),
)
def test_who_may_see_it(actor: Actor, sees: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Only the applicant, windows, supervision, and the departments of the item's process see an application (SEC-02)."""
    assert received().may_see(actor) is sees


def test_the_clock_of_the_case_follows_what_was_heard_of_it() -> None:
    """Given a stop, its end and an extension, the promised limit is reckoned as workflow does; after a withdrawal there is no clock (FLW-06, FLW-07)."""
    application = received(materials=MATERIALS)
    assert application.promised_clock() is None
    application.accept(HANDLER, MONDAY, CALENDAR)
    heard = [
        Progress("clock-stopped", at(3, 3), "暂停", ClockEffect.STOPS, date(2026, 3, 3), stop="1", procedure="TESTING"),
        Progress("clock-resumed", at(3, 5), "恢复", ClockEffect.RESUMES, date(2026, 3, 5), stop="1"),
        Progress("limit-extended", at(3, 6), "延期", ClockEffect.EXTENDS, date(2026, 3, 6), days=3),
        Progress("stage-signed", at(3, 6), "签署"),
    ]
    for step in heard[:1]:
        application.note(step, step.happened)
    assert reckon(_clock(application), CALENDAR, date(2026, 3, 4)).due is None
    for step in heard[1:]:
        application.note(step, step.happened)
    # Ten days from 3 March, without the 4th and the 5th, and three more.
    assert reckon(_clock(application), CALENDAR, date(2026, 3, 6)).due == date(2026, 3, 23)
    application.note(Progress("case-decided", at(3, 9), "决定", ClockEffect.DECIDES, date(2026, 3, 9)), at(3, 9))
    assert reckon(_clock(application), CALENDAR, date(2026, 4, 1)).state.value == "DECIDED"
    application.note(Progress("case-withdrawn", at(3, 10), "撤回", ClockEffect.ENDS, date(2026, 3, 10)), at(3, 10))
    assert application.promised_clock() is None


def test_its_applicant_sees_how_far_it_is() -> None:
    """Given what was heard of the case, in any order, the applicant sees the farthest that it came to, and before acceptance its state (APP-06)."""
    application = received(materials=MATERIALS)
    assert application.reached == "RECEIVED"
    application.accept(HANDLER, MONDAY, CALENDAR)
    seen = [application.reached]
    for kind in ("stage-entered", "clock-stopped", "clock-resumed", "pickup-notice-issued", "case-decided", "result-delivered"):
        application.note(Progress(kind, at(3, 3), "一步"), at(3, 3))
        seen.append(application.reached)
    assert seen == ["OPEN", "OPEN", "STANDING", "OPEN", "TO_COLLECT", "TO_COLLECT", "DELIVERED"]


def _clock(application: Application) -> Any:
    return application.promised_clock()


def test_the_plan_stays_where_nobody_asked_for_it() -> None:
    """Given a correction of the form, the plan that was there stays as it was (COR-05)."""
    application = received()
    notified(application, MONDAY, defects=(Defect("form", "申请表", "没有签名"),))
    application.submit_corrections((PAPER_FORM,), ZHANG, at(3, 3))
    assert set(application.materials) == {PLAN, PAPER_FORM}
