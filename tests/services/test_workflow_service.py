"""Workflow as a service: it hears acceptances, checks granted authority, keeps the desk in order, says in public what happened, and rebuilds."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from contracts.envelope import from_bytes
from services.chassis.bus.relay import to_bytes
from services.chassis.http.preconditions import Stale
from services.chassis.rebuild import rebuild
from services.chassis.service import NotFound
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed
from services.kernel.clock import ClockState
from services.kernel.process import SpecialProcedure
from services.workflow import views
from services.workflow.domain.authority import EVERY_ITEM, authority_id
from services.workflow.domain.facts import CaseState
from tests.domain.workflow_cases import (
    APPLICANT,
    AT_ONCE,
    CLERK,
    ENVIRONMENT,
    HANDLER,
    HEAD,
    HEALTH,
    JOINT,
    LEADER,
    OTHER_HANDLER,
    SAFETY,
    at,
)
from tests.services.workflow_house import ADMINISTRATOR, House, house

pytestmark = pytest.mark.usefixtures("on_both")

PDF = b"%PDF-1.7\n%sample\n"


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path)
    yield made
    made.workflow.close()


def rows(home: House) -> dict[str, list[dict[str, Any]]]:
    """Give every row of every view."""
    with home.workflow.database.engine.connect() as connection:
        return {
            view.name: [dict(row) for row in connection.execute(select(view).order_by(*view.primary_key)).mappings()] for view in home.workflow.database.views
        }


def desk(home: House, actor: Actor, **filters: Any) -> list[tuple[UUID, str]]:
    """Give what lies on an officer's desk."""
    return [(row["case_id"], row["stage"]) for row in views.desk.waiting(home.workflow.database, actor, **filters)[0]]


def said(home: House) -> list[Any]:
    """Give the envelopes of everything said in public."""
    return [from_bytes(body) for one in home.workflow.recorder.select_notifications(None, 10_000) if (body := to_bytes(home.workflow, one))]


def test_an_acceptance_heard_twice_opens_one_case(home: House) -> None:
    """Given an acceptance said again under another position, the case stays as it is (effects happen once)."""
    case = home.accept()
    home.sign(case, ("handle", HANDLER))
    home.accept(case_id=case)
    assert list(home.workflow.case(case).open) == ["review"]


def test_what_a_case_needs_is_in_the_acceptance(home: House) -> None:
    """Given an acceptance, the case keeps the process of its revision, the account, and the sealed form for its officers."""
    case = home.workflow.case(home.accept())
    applicant, form = home.workflow.application_of(case)
    assert (case.account, applicant["name"], form["filled"]["项目名称"]) == ("zhang", "张三（示例）", "示例厂房")
    assert [stage.code for stage in case.item.process.stages] == ["handle", "review", "approve"]


# Authority (SEC-01, FLW-02)


def test_an_officer_without_a_grant_does_nothing(tmp_path: Path) -> None:
    """Given the role and the department but no grant, each command of a case is refused, whatever the token says."""
    home = house(tmp_path, granted=())
    case, now = home.accept(), home.now()
    acts: list[Callable[[], object]] = [
        lambda: home.workflow.take(case, "handle", "", HANDLER, now),
        lambda: home.workflow.sign(case, "handle", "同意", HANDLER, now, approves=True),
        lambda: home.workflow.roll_back(case, "handle", "handle", "理由", HANDLER, now),
        lambda: home.workflow.stop_clock(case, SpecialProcedure.HEARING, 5, "理由", HANDLER, now),
        lambda: home.workflow.resume_clock(case, "x", "结果", HANDLER, now),
        lambda: home.workflow.add_material(case, "报告", PDF, "理由", HANDLER, now),
        lambda: home.workflow.extend(case, 5, "理由", LEADER, now),
        lambda: home.workflow.assign(case, "handle", "handler", "理由", HEAD, now),
    ]
    for act in acts:
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.code == "authority-missing"
    assert home.workflow.case(case).version == 2
    home.workflow.close()


def test_a_grant_is_for_one_item_and_one_role(tmp_path: Path) -> None:
    """Given a grant for another item or another role, the signature is refused; given one for this item, it is taken."""
    home = house(tmp_path, granted=())
    case, now = home.accept(), home.now()
    home.workflow.grant("handler", "示例承办人", "planning", "other-item", Role.HANDLER, ADMINISTRATOR, now)
    home.workflow.grant("handler", "示例承办人", "planning", EVERY_ITEM, Role.SECTION_HEAD, ADMINISTRATOR, now)
    with pytest.raises(NotAllowed):
        home.sign(case, ("handle", HANDLER))
    home.workflow.grant("handler", "示例承办人", "planning", "planning-permit", Role.HANDLER, ADMINISTRATOR, now)
    home.sign(case, ("handle", HANDLER))
    assert list(home.workflow.case(case).open) == ["review"]
    home.workflow.close()


def test_a_revoked_authority_signs_no_more(home: House) -> None:
    """Given a revocation, the officer's next signature is refused; what was signed before stays."""
    case = home.accept(JOINT)
    home.sign(case, ("handle", HANDLER), ("environment", ENVIRONMENT))
    home.workflow.revoke(authority_id("safety", EVERY_ITEM, Role.HANDLER), "调离", ADMINISTRATOR, home.now())
    with pytest.raises(NotAllowed):
        home.sign(case, ("safety", SAFETY))
    assert set(home.workflow.case(case).signed) == {"handle", "environment"}


def test_what_one_process_revokes_signs_in_no_other(home: House, tmp_path: Path) -> None:
    """Given two processes and an officer who signs at the one, a revocation at the other refuses the very next signature, and a new grant allows it."""
    other = house(tmp_path, granted=())
    first, second = home.accept(), home.accept()
    home.sign(first, ("handle", HANDLER))
    other.workflow.revoke(authority_id(HANDLER.subject, EVERY_ITEM, Role.HANDLER), "调离", ADMINISTRATOR, home.now())
    with pytest.raises(NotAllowed):
        home.sign(second, ("handle", HANDLER))
    other.grant(HANDLER)
    home.sign(second, ("handle", HANDLER))
    other.workflow.close()


def test_a_grant_for_one_item_signs_that_item_only(tmp_path: Path) -> None:
    """Given an officer with the authority for one item and none for all, cases of that item are signed, also with the answer that a look would give."""
    home = house(tmp_path, granted=(HEAD,))
    item, department = "planning-permit", HANDLER.department or ""
    home.workflow.grant(HANDLER.subject, HANDLER.name, department, "another-item", Role.HANDLER, ADMINISTRATOR, home.now())
    case = home.accept()
    with pytest.raises(NotAllowed):
        home.sign(case, ("handle", HANDLER))
    home.workflow.grant(HANDLER.subject, HANDLER.name, department, item, Role.HANDLER, ADMINISTRATOR, home.now())
    left = home.workflow.sign(case, "handle", "同意", HANDLER, home.now(), approves=True)
    read = home.workflow.case(case)
    assert (left.version, left.open, left.history, left.modified_on) == (read.version, read.open, read.history, read.modified_on)
    home.workflow.close()


def test_an_officer_who_moved_signs_no_more_by_the_old_grant(home: House) -> None:
    """Given a token of another department, the grant of the old one does not cover that department's stages."""
    moved = Actor("handler", "示例承办人", frozenset({Role.HANDLER}), "environment")
    case = home.accept(JOINT)
    home.sign(case, ("handle", OTHER_HANDLER))
    with pytest.raises(NotAllowed) as refused:
        home.sign(case, ("environment", moved))
    assert refused.value.code == "authority-missing"


def test_a_stage_is_given_to_those_who_may_sign_it_only(home: House) -> None:
    """Given an officer of another department or without the role, assigning is refused; a colleague takes it over at once."""
    case, now = home.accept(), home.now()
    for wrong in (HEALTH, HEAD):
        with pytest.raises(Invalid) as refused:
            home.workflow.assign(case, "handle", wrong.subject, "理由", HEAD, now)
        assert list(refused.value.fields) == ["officer"]
    home.workflow.assign(case, "handle", "other-handler", "承办人休假", HEAD, now)
    assert desk(home, OTHER_HANDLER, mine=True) == [(case, "handle")]


def test_a_stale_version_changes_nothing(home: House) -> None:
    """Given a version that somebody else has changed since, the command is refused."""
    case = home.accept()
    seen = home.workflow.case(case).version
    home.workflow.take(case, "handle", "", OTHER_HANDLER, home.now(), seen)
    with pytest.raises(Stale):
        home.workflow.take(case, "handle", "接办", HANDLER, home.now(), seen)
    assert home.workflow.case(case).open["handle"].officer == "other-handler"


def test_a_case_that_is_not_there_is_not_found(home: House) -> None:
    """Given an unknown id, or the id of an authority, there is no such case."""
    for wrong in (uuid4(), authority_id("handler", EVERY_ITEM, Role.HANDLER)):
        with pytest.raises(NotFound):
            home.workflow.take(wrong, "handle", "", HANDLER, home.now())


# The desk


def test_what_is_due_first_lies_on_top(home: House) -> None:
    """Given three cases, the desk shows them by the case's due day; one whose clock stands comes last."""
    late, early, standing = (home.accept(clock_start=day) for day in (date(2026, 3, 2), date(2026, 2, 26), date(2026, 2, 25)))
    home.workflow.stop_clock(standing, SpecialProcedure.HEARING, 5, "听证", HANDLER, home.now())
    assert [case for case, _ in desk(home, HANDLER)] == [early, late, standing]
    home.workflow.resume_clock(standing, home.workflow.case(standing).stops[0].id, "听证结束", HANDLER, home.now())
    assert [case for case, _ in desk(home, HANDLER)] == [standing, early, late]


def test_each_officer_sees_the_stages_that_wait_for_him(home: House) -> None:
    """Given a joint case with open branches, each department sees its own; those who take no part see nothing (SEC-02)."""
    case = home.accept(JOINT)
    assert desk(home, HANDLER) == [(case, "handle")]
    home.sign(case, ("handle", HANDLER))
    assert (desk(home, ENVIRONMENT), desk(home, SAFETY)) == ([(case, "environment")], [(case, "safety")])
    assert [desk(home, actor) for actor in (HANDLER, HEAD, LEADER, HEALTH, CLERK, APPLICANT)] == [[]] * 6


def test_heads_see_their_whole_department(home: House) -> None:
    """Given stages of handlers, the head sees them when asking for the whole department; a handler asking so sees no more than before."""
    case = home.accept()
    assert (desk(home, HEAD), desk(home, HEAD, whole=True)) == ([], [(case, "handle")])
    home.sign(case, ("handle", HANDLER))
    assert desk(home, HANDLER, whole=True) == []
    assert desk(home, HEALTH, whole=True) == []


def test_instant_items_lie_at_every_window(home: House) -> None:
    """Given an instant item of civil affairs, a clerk of the service centre sees it and decides it."""
    case = home.accept(AT_ONCE)
    assert desk(home, CLERK) == [(case, "decide")]
    home.sign(case, ("decide", CLERK))
    assert (desk(home, CLERK), home.workflow.case(case).state) == ([], CaseState.DECIDED)


def test_the_desk_is_filtered(home: House) -> None:
    """Given filters for item, role, holder and text, only what fits is listed."""
    first, second = home.accept(), home.accept()
    home.workflow.take(second, "handle", "", HANDLER, home.now())
    number = home.workflow.case(first).number
    assert desk(home, HANDLER, mine=True) == [(second, "handle")]
    assert desk(home, HANDLER, text=number) == [(first, "handle")]
    assert len(desk(home, HANDLER, text="规划许可")) == 2
    assert (desk(home, HANDLER, item="other"), desk(home, HANDLER, role="LEADER"), desk(home, HANDLER, text="没有")) == ([], [], [])
    assert views.desk.items(home.workflow.database, HANDLER) == [("planning-permit", "建设工程规划许可")]


def test_the_desk_has_pages_without_gaps(home: House) -> None:
    """Given more stages than a page holds, the pages together hold each once, in order."""
    cases = {home.accept(clock_start=date(2026, 2, 9 + n % 3)) for n in range(53)}
    first, cursor = views.desk.waiting(home.workflow.database, HANDLER)
    second, end = views.desk.waiting(home.workflow.database, HANDLER, cursor=cursor or "")
    found = [row["case_id"] for row in (*first, *second)]
    assert (len(first), len(second), end, set(found)) == (50, 3, None, cases)
    assert [row["due"] for row in (*first, *second)] == sorted(row["due"] for row in (*first, *second))


def test_a_row_is_folded_anew_when_it_is_read(home: House) -> None:
    """Given a case of Monday 2 March with 10 days, the same row says 10 left that day, lit on the 13th, breached on the 17th (CLK-04)."""
    home.accept()
    [row] = views.desk.waiting(home.workflow.database, HANDLER)[0]
    looks = [views.desk.clocks(row, home.workflow.calendar, date(2026, 3, day))[1] for day in (2, 13, 16, 17)]
    assert [(look.left, look.is_lit, look.state) for look in looks] == [
        (10, False, ClockState.RUNNING),
        (1, True, ClockState.RUNNING),
        (0, True, ClockState.RUNNING),
        (-1, False, ClockState.BREACHED),
    ]


def test_figures_count_what_waits(home: House) -> None:
    """Given one case overdue, one due today, one with time and one standing, the figures say so."""
    home.accept(clock_start=date(2026, 2, 5))
    home.accept(clock_start=date(2026, 2, 6))
    home.accept()
    standing = home.accept()
    home.workflow.stop_clock(standing, SpecialProcedure.HEARING, 5, "听证", HANDLER, home.now())
    today = date(2026, 2, 27)
    dues = sorted(row["due"] for row in views.desk.waiting(home.workflow.database, HANDLER)[0])
    assert dues[0] < today == dues[1] < dues[2] < views.desk.NEVER == dues[3]
    assert views.desk.figures(home.workflow.database, HANDLER, home.workflow.calendar, today) == {"all": 4, "breached": 1, "soon": 1, "standing": 1}


def test_officers_to_choose_from_hold_the_authority(home: House) -> None:
    """Given the officers of a department, those with an authority for such stages that holds are offered."""
    home.workflow.revoke(authority_id("other-handler", EVERY_ITEM, Role.HANDLER), "调离", ADMINISTRATOR, home.now())
    assert [one["officer"] for one in views.authorities.officers(home.workflow.database, "planning", "planning-permit", "HANDLER")] == ["handler"]


# Materials, events, rebuild


@pytest.mark.parametrize(("content", "code"), [(b"MZ executable", "file-type-wrong"), (b"", "file-type-wrong"), (PDF + b"x" * (20 << 20), "file-too-large")])
def test_a_file_of_a_wrong_kind_is_not_taken(home: House, content: bytes, code: str) -> None:
    """Given a file that is too large or of another type by its content, nothing is stored."""
    case = home.accept()
    with pytest.raises(Invalid) as refused:
        home.workflow.add_material(case, "报告.pdf", content, "补充", HANDLER, home.now())
    assert refused.value.code == code
    assert len(home.workflow.case(case).materials) == 1


def test_an_added_material_is_kept_by_its_content(home: House) -> None:
    """Given a PDF, its bytes are there under the digest that the event carries."""
    case = home.accept()
    home.workflow.add_material(case, "专家意见", PDF, "论证形成", HANDLER, home.now())
    added = home.workflow.case(case).materials[-1]
    assert added.digest is not None
    assert (added.code, added.media_type, home.workflow.files.get(added.digest)) == ("added-1", "application/pdf", PDF)


def test_everything_is_said_in_public_without_the_applicant(home: House) -> None:
    """Given a whole case, each step is said with its actor; name, number and form are nowhere in clear (SEC-02)."""
    case = home.accept()
    home.workflow.stop_clock(case, SpecialProcedure.HEARING, 5, "听证", HANDLER, home.now())
    home.workflow.resume_clock(case, home.workflow.case(case).stops[0].id, "听证结束", HANDLER, home.now())
    home.workflow.extend(case, 5, "情况复杂", LEADER, home.now())
    home.sign(case, ("handle", HANDLER), ("review", HEAD), ("approve", LEADER))
    envelopes = [one for one in said(home) if one.subject == case]
    assert [(one.type.split(".")[3], one.actor) for one in envelopes] == [
        ("case-opened", "system"),
        ("stage-entered", "system"),
        ("clock-stopped", "handler"),
        ("clock-resumed", "handler"),
        ("limit-extended", "leader"),
        ("officer-assigned", "handler"),
        ("stage-signed", "handler"),
        ("stage-entered", "system"),
        ("officer-assigned", "head"),
        ("stage-signed", "head"),
        ("stage-entered", "system"),
        ("officer-assigned", "leader"),
        ("stage-signed", "leader"),
        ("case-decided", "leader"),
    ]
    everything = "".join(str(one) for one in envelopes)
    for secret in ("张三", "110101199003074610", "示例厂房"):
        assert secret not in everything


def test_a_rebuild_gives_the_same_views(home: House) -> None:
    """Given cases in every state, views that somebody spoilt are made as they were (AUD-03)."""
    decided, withdrawn, returned, _ = home.accept(), home.accept(), home.accept(JOINT), home.accept(AT_ONCE)
    home.sign(decided, ("handle", HANDLER), ("review", HEAD), ("approve", LEADER))
    home.workflow.withdraw(withdrawn, "不办了", APPLICANT, home.now())
    home.sign(returned, ("handle", HANDLER))
    home.workflow.roll_back(returned, "safety", "handle", "地址有误", SAFETY, at(3, 3))
    home.workflow.stop_clock(returned, SpecialProcedure.HEARING, 5, "听证", HANDLER, at(3, 3))
    home.workflow.revoke(authority_id("building", EVERY_ITEM, Role.HANDLER), "调离", ADMINISTRATOR, at(3, 3))
    before = rows(home)
    assert len(before["desk"]) == 2
    with home.workflow.database.engine.begin() as connection:
        connection.execute(home.workflow.database.table("desk").delete())
    rebuild(home.workflow)
    assert rows(home) == before
