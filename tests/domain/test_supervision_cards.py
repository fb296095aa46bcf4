"""The life of a card in the file of its case: who may do what in which state, what ends it, and what never raises it twice (SUP-21)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest

from contracts import workflow
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import NotAllowed, Refusal
from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.picture import Picture
from services.supervision.domain.warnings import CardState, Finding, Ground, Level, RaisedWarning
from services.supervision.rules import RULES, VERSIONS, Detection, Rule, findings, rule
from tests.domain.supervision_stories import CALENDAR, DEPARTMENT, Story, at

SUPERVISOR = Actor("supervisor", "监察员", frozenset({Role.SUPERVISOR}), "bureau")
HANDLER = Actor("officer", "经办人", frozenset({Role.HANDLER}), DEPARTMENT)
LEADER = Actor("leader", "负责人", frozenset({Role.LEADER}), DEPARTMENT)
STRANGER = Actor("other", "外单位负责人", frozenset({Role.LEADER}), "health")


class Bureau:
    """The file of one story, asked as supervision asks it."""

    def __init__(self, story: Story, rules: tuple[Rule, ...] = RULES) -> None:
        self.file = CaseFile.open_file(UUID(int=1), story.facts[0].happened, story.facts[0].happened)
        self.story, self.rules = story, rules

    def look(self, moment: str) -> "Bureau":
        """Hear what was recorded by a moment, fact by fact, and ask the rules."""
        now = at(moment)
        versions = {one.code: one.version for one in self.rules}
        for fact in self.story.facts:
            if fact.recorded <= now and fact.evidence not in self.file.facts:
                self.file.hear(fact, now)
                self.file.retract(self._found(now), now, versions, shown_by=(fact.evidence,))
        found = self._found(now)
        self.file.raise_new(found, now)
        self.file.retract(found, now, versions)
        return self

    def _found(self, now: datetime) -> list[Finding]:
        return findings(self.file.picture, CALENDAR, now, self.rules)

    def opened(self, code: str, moment: str, fact: int = -1) -> UUID:
        """Open a card by hand on one of the facts."""
        shown = (self.story.facts[fact].evidence,)
        found = rule(code).found(self.file.picture, CALENDAR, f"hand:{shown[0]}", at(moment), shown, detail="查明的事实")
        return self.file.open_card(replace(found, by_hand=True), SUPERVISOR, at(moment))

    def cards(self, code: str = "") -> list[RaisedWarning]:
        """Give the cards, of a rule."""
        return [one for one in self.file.warnings.values() if one.finding.level is not Level.LIGHT and code in {"", one.finding.rule}]


def unwarranted() -> Bureau:
    """Give a case that nobody has to answer for yet."""
    return Bureau(Story().opened().taken("handle", "officer", "2 11:00")).look("2 12:00")


@pytest.mark.parametrize("code", [one.code for one in RULES if Detection.HAND in one.by])
def test_every_rule_that_a_supervisor_may_open_is_opened_once_reported_and_verified(code: str) -> None:
    """Given any rule that is opened by hand, its card stands on its evidence, is not issued again for it, and is mended as of the report (SUP-20, SUP-21)."""
    bureau = unwarranted()
    card = bureau.opened(code, "2 14:00")
    (issued,) = bureau.cards(code)
    assert (issued.state, issued.finding.level, issued.finding.officer) == (CardState.ISSUED, rule(code).level, "officer")
    assert issued.finding.rectify_by == date(2026, 3, 3)
    with pytest.raises(Refusal, match="不重复发牌"):
        bureau.opened(code, "2 15:00")
    bureau.opened(code, "2 15:00", fact=0)
    assert len(bureau.cards(code)) == 2, "another fact is another card"
    bureau.file.report(card, "已经改正", HANDLER, at("3 10:00"))
    bureau.file.verify(card, "属实", SUPERVISOR, at("6 10:00"), mended=True)
    mended = bureau.file.warnings[card]
    assert (mended.state, mended.rectified, mended.is_seen) == (CardState.RECTIFIED, at("3 10:00"), False)
    bureau.look("6 10:00")
    assert [one for one in bureau.cards("SUP-R02") if one.finding.key.endswith(issued.finding.key)] == []


Act = Callable[[CaseFile, UUID], None]
ACTS: Mapping[str, Act] = {
    "explain": lambda file, card: file.explain(card, "当时停电", HANDLER, at("3 10:00")),
    "report": lambda file, card: file.report(card, "已经改正", HANDLER, at("3 10:00")),
    "verify": lambda file, card: file.verify(card, "属实", SUPERVISOR, at("3 11:00"), mended=True),
    "reject": lambda file, card: file.verify(card, "没有改正", SUPERVISOR, at("3 11:00"), mended=False),
    "appeal": lambda file, card: file.appeal(card, Ground.FORCE_MAJEURE, "全区停电", LEADER, at("3 10:00")),
    "exempt": lambda file, card: file.decide_appeal(card, "属实", SUPERVISOR, at("3 11:00"), exempted=True),
    "uphold": lambda file, card: file.decide_appeal(card, "没有停电", SUPERVISOR, at("3 11:00"), exempted=False),
}
WAYS: Mapping[CardState, tuple[str, ...]] = {
    CardState.ISSUED: (),
    CardState.EXPLAINED: ("explain",),
    CardState.REPORTED: ("report",),
    CardState.APPEALED: ("appeal",),
    CardState.UPHELD: ("appeal", "uphold"),
    CardState.RECTIFIED: ("report", "verify"),
    CardState.EXEMPTED: ("appeal", "exempt"),
}
"""How a card gets into each state."""
_ANSWERED = {"explain": CardState.EXPLAINED, "report": CardState.REPORTED}
NEXT: Mapping[CardState, Mapping[str, CardState]] = {
    CardState.ISSUED: {**_ANSWERED, "appeal": CardState.APPEALED},
    CardState.EXPLAINED: {**_ANSWERED, "appeal": CardState.APPEALED},
    CardState.REPORTED: {"verify": CardState.RECTIFIED, "reject": CardState.EXPLAINED, "appeal": CardState.APPEALED},
    CardState.APPEALED: {"exempt": CardState.EXEMPTED, "uphold": CardState.UPHELD},
    # The decision of an appeal is final: no second one.
    CardState.UPHELD: _ANSWERED,
    CardState.RECTIFIED: {},
    CardState.EXEMPTED: {},
}
"""What each act makes of a card in each state; what is not listed is refused."""


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", WAYS)
def test_what_may_be_done_with_a_card_in_which_state(state: CardState, act: str) -> None:
    """Given a card in any state, each act leads on or is refused, as SUP-21 has it; a refused one changes nothing."""
    bureau = unwarranted()
    card = bureau.opened("SUP-Y12", "2 14:00")
    for step in WAYS[state]:
        ACTS[step](bureau.file, card)
    assert bureau.file.warnings[card].state is state
    after = NEXT[state].get(act)
    if after is None:
        before = bureau.file.warnings[card]
        with pytest.raises(Refusal):
            ACTS[act](bureau.file, card)
        assert bureau.file.warnings[card] == before
    else:
        ACTS[act](bureau.file, card)
        assert bureau.file.warnings[card].state is after
        assert bureau.file.warnings[card].stands is (after not in {CardState.RECTIFIED, CardState.EXEMPTED})


@pytest.mark.parametrize("ground", Ground)
def test_each_ground_exempts(ground: Ground) -> None:
    """Given an appeal on each of the three grounds, the exemption keeps the ground on record and takes the red card of the yellow one back (E 32)."""
    bureau = unwarranted()
    card = bureau.opened("SUP-Y12", "2 14:00")
    bureau.file.appeal(card, ground, "申请人隐瞒事实", LEADER, at("3 10:00"))
    bureau.look("5 00:00")
    (red,) = bureau.cards("SUP-R02")
    bureau.file.decide_appeal(card, "属实", SUPERVISOR, at("5 10:00"), exempted=True)
    bureau.look("5 10:00")
    known = bureau.file.warnings[card]
    assert (known.state, known.ground, known.is_void) == (CardState.EXEMPTED, ground, True)
    assert bureau.file.warnings[red.id].state is CardState.RETRACTED


def test_who_may_act() -> None:
    """Given a card, only its department answers, only the department's head or leader appeals, only a supervisor verifies and decides."""
    bureau = unwarranted()
    card = bureau.opened("SUP-Y12", "2 14:00")
    file = bureau.file
    wrong: tuple[Callable[[], None], ...] = (
        lambda: file.explain(card, "x", STRANGER, at("3")),
        lambda: file.report(card, "x", SUPERVISOR, at("3")),
        lambda: file.appeal(card, Ground.FRAUD, "x", HANDLER, at("3")),
        lambda: file.appeal(card, Ground.FRAUD, "x", STRANGER, at("3")),
        lambda: file.verify(card, "x", LEADER, at("3"), mended=True),
        lambda: file.decide_appeal(card, "x", LEADER, at("3"), exempted=True),
    )
    for act in wrong:
        with pytest.raises(NotAllowed):
            act()


def test_an_automatic_rule_does_not_repeat_a_card_by_hand() -> None:
    """Given a card by hand about a fact that the rule finds later, too, no second card is issued; given a card of the rule, none by hand (SUP-21)."""
    late = Story().opened().said("workflow", workflow.DecisionPublished(published_on=date(2026, 3, 3)), "3", recorded="5")
    bureau = Bureau(late)
    for fact in late.facts:
        bureau.file.hear(fact, at("5"))
    bureau.opened("SUP-Y10", "5 09:00")
    bureau.look("5 10:00")
    assert [one.finding.by_hand for one in bureau.cards("SUP-Y10")] == [True]
    other = Bureau(late).look("5 10:00")
    assert [one.finding.by_hand for one in other.cards("SUP-Y10")] == [False]
    with pytest.raises(Refusal, match="不重复发牌"):
        other.opened("SUP-Y10", "5 11:00")


def test_what_a_rule_sees_mended_closes_the_card_by_hand() -> None:
    """Given a card by hand about a fee that its rule finds, too, the refund closes it without anybody's word; a breach stays a card of its own."""
    story = Story().opened().charged("3", "资料费", 5000)
    bureau = Bureau(story)
    for fact in story.facts:
        bureau.file.hear(fact, at("3"))
    card = bureau.opened("SUP-R09", "3 10:00")
    bureau.opened("SUP-A01", "3 10:00", fact=2)
    story.said("workflow", workflow.FeeRefunded(fee="fee-1", reason="没有依据"), "4")
    bureau.look("5 10:00")
    assert (bureau.file.warnings[card].state, bureau.file.warnings[card].rectified) == (CardState.RECTIFIED, at("4"))
    assert [one.finding.by_hand for one in bureau.cards("SUP-A01")] == [True, False], "that a stage is late is another fact than that it was entered"


def test_a_withdrawal_names_the_fact_that_shows_it() -> None:
    """Given a red card, and a decision in time that is told late, the card is withdrawn by exactly this fact; the lights that it puts out are, too."""
    bureau = Bureau(Story().opened()).look("10 00:00")
    (red,) = bureau.cards("SUP-R01")
    bureau.story.through("9 10:00")
    for number, fact in enumerate(bureau.story.facts):
        bureau.story.facts[number] = replace(fact, recorded=max(fact.recorded, at("10 09:00")) if number > 2 else fact.recorded)
    bureau.look("10 09:00")
    (withdrawn,) = [event for event in bureau.file.pending_events if isinstance(event, CaseFile.CardWithdrawn) and event.warning == red.id]
    assert withdrawn.evidence == (bureau.story.facts[-1].evidence,)
    assert withdrawn.reason == "事后得知的事实表明没有在这一天超期，予以撤销"


# Versions of a rule


def later(code: str, day: date) -> tuple[Rule, ...]:
    """Give the rules with a second version of one, which finds what the first found, in force from a day on."""
    first = rule(code)

    def find(picture: Picture, calendar: WorkingDayCalendar, now: datetime) -> Iterator[Finding]:
        yield from (replace(found, version=2) for found in first.find(picture, calendar, now)) if first.find else ()

    return tuple(replace(one, version=2, in_force=day, find=find) if one is first else one for one in RULES)


def milder(code: str, day: date) -> tuple[Rule, ...]:
    """Give the rules with a second version of one that finds nothing any more."""
    return tuple(replace(one, version=2, in_force=day, find=lambda *_: ()) if one.code == code else one for one in RULES)


TOLD_AGAIN = ("3 09:00", 2, " ")


def test_a_later_version_does_not_judge_what_was_before_it() -> None:
    """Given a second version in force from the 4th, it finds nothing of the 3rd, and what happened on the 4th."""
    story = Story().received().noticed("2 10:00").noticed(*TOLD_AGAIN)
    assert [card.finding.version for card in Bureau(story, later("SUP-Y04", date(2026, 3, 3))).look("5").cards("SUP-Y04")] == [2]
    assert Bureau(story, later("SUP-Y04", date(2026, 3, 4))).look("5").cards("SUP-Y04") == []


def test_a_card_keeps_the_version_under_which_it_was_issued() -> None:
    """Given a card of the first version that the second would find, too, it stays as it is, and is not issued again."""
    bureau = Bureau(Story().received().noticed("2 10:00").noticed(*TOLD_AGAIN)).look("3")
    bureau.rules = later("SUP-Y04", date(2026, 3, 4))
    bureau.look("4 09:00")
    assert [(card.finding.version, card.state) for card in bureau.cards("SUP-Y04")] == [(1, CardState.ISSUED)]


def test_an_open_card_that_a_later_version_no_longer_finds_is_withdrawn_by_name() -> None:
    """Given a milder second version, an open card of the first is withdrawn and says so; one that was mended stays as it was."""
    opened, mended = (Bureau(Story().received().noticed("2 10:00").noticed(*TOLD_AGAIN)).look("3 10:00") for _ in range(2))
    (card,) = mended.cards("SUP-Y04")
    mended.file.report(card.id, "不再要求", HANDLER, at("3 11:00"))
    mended.file.verify(card.id, "属实", SUPERVISOR, at("3 12:00"), mended=True)
    for bureau in (opened, mended):
        bureau.rules = milder("SUP-Y04", date(2026, 3, 4))
        bureau.look("4 09:00")
    (withdrawn,) = opened.cards("SUP-Y04")
    assert (withdrawn.state, withdrawn.reason) == (CardState.RETRACTED, "按第 2 版规则（发出时为第 1 版）没有这一违规，予以撤销")
    assert [one.state for one in mended.cards("SUP-Y04")] == [CardState.RECTIFIED]


def test_only_later_versions_say_from_when_they_hold() -> None:
    """Given the rules as they are, a first version holds from the beginning, a later one names its day."""
    assert all((one.version > 1) is (one.in_force is not None) for one in RULES)
    assert {one.code: one.version for one in RULES} == VERSIONS
