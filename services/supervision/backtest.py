"""A rule set is tried on the recorded history before it is enacted: which cards it would have raised or spared, by department; nothing is written."""

import re
import runpy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import msgspec

from services.chassis.rebuild import Progress, begun, folded, read, untold
from services.kernel.calendar import WorkingDayCalendar
from services.supervision.application import Supervision
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.picture import Picture
from services.supervision.domain.seeing import picture_of
from services.supervision.domain.warnings import Finding, Level
from services.supervision.rules import RULES, findings
from services.supervision.rules.unit import Rule

ANY = "*"
OF_ITEM = ("promised_limit", "statutory_limit", "publication_limit", "certificate_limit", "preliminary_limit")
OF_CASE = ("acceptance_limit", "pre_review_limit", "archiving_limit", "complaint_limit")
LIMITS = Literal[
    "promised_limit",
    "statutory_limit",
    "publication_limit",
    "certificate_limit",
    "preliminary_limit",
    "acceptance_limit",
    "pre_review_limit",
    "archiving_limit",
    "complaint_limit",
]
_DAY_OF_BREACH = re.compile(r":\d{4}-\d\d-\d\d$")


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What would change: rules left out, limits in working days by item (`*` for all), those of stages, and more rules from a Python file.

    `stages` are by item and stage, each of which may be `*`. The file defines `RULES`.
    """

    without: tuple[str, ...] = ()
    limits: Mapping[str, Mapping[LIMITS, int]] = {}
    stages: Mapping[str, Mapping[str, int]] = {}
    rules: str = ""


class ProposalError(ValueError):
    """A proposal that cannot be tried; says why."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A card that the proposal would have raised, or spared."""

    case: UUID
    number: str
    department: str
    rule: str
    day: date
    raised: bool


@dataclass(slots=True)
class Outcome:
    """What came of a trial. `counts` are by department, rule, and whether raised (True) or spared."""

    cases: int = 0
    facts: int = 0
    cards_before: int = 0
    cards_after: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def counts(self) -> Mapping[tuple[str, str, bool], int]:
        """Count the differences."""
        return Counter((one.department, one.rule, one.raised) for one in self.differences)


def read_proposal(text: bytes, folder: Path | None = None) -> tuple[Proposal, tuple[Rule, ...]]:
    """Read a proposal (YAML) and give it with the rules that would hold; raise `ProposalError`. Python files are read from the folder alone."""
    try:
        proposal = msgspec.yaml.decode(text or b"{}", type=Proposal)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ProposalError(str(error)) from error
    codes = {rule.code for rule in RULES}
    if unknown := [code for code in proposal.without if code not in codes]:
        raise ProposalError(f"没有这些规则：{'、'.join(unknown)}")
    changed: tuple[Mapping[str, Mapping[Any, int]], ...] = (proposal.limits, proposal.stages)
    if wrong := [f"{item}.{name}" for by_item in changed for item, limits in by_item.items() for name, days in limits.items() if days < 0]:
        raise ProposalError(f"时限不能为负：{'、'.join(wrong)}")
    rules = [rule for rule in RULES if rule.code not in proposal.without]
    if proposal.rules:
        if folder is None:
            raise ProposalError("规则文件只能在命令行使用")
        more: Sequence[Rule] = runpy.run_path(str(folder / proposal.rules)).get("RULES", ())
        replaced = {rule.code for rule in more}
        # Whenever it is to be in force: the trial asks what it would have found before.
        rules = [*(rule for rule in rules if rule.code not in replaced), *(replace(rule, in_force=None) for rule in more)]
    return proposal, tuple(rules)


def backtest(
    supervision: Supervision, proposal: Proposal, rules: Sequence[Rule], first: date, last: date, now: datetime, progress: Progress = untold
) -> Outcome:
    """Try a proposal on every recorded case: cards of the days from `first` to `last`, by all that is known by `now`."""
    outcome = Outcome()
    with supervision.database.reading.connect() as connection:
        cases = begun(connection, supervision)
    done = 0
    for some in read(supervision, cases):
        for file, _ in folded(supervision, some):
            if isinstance(file, CaseFile):
                _try(file, proposal, rules, first, last, now, supervision.calendar, outcome)
        done += len(some)
        progress(done, len(cases))
    return outcome


def _try(
    file: CaseFile, proposal: Proposal, rules: Sequence[Rule], first: date, last: date, now: datetime, calendar: WorkingDayCalendar, outcome: Outcome
) -> None:
    outcome.cases += 1
    outcome.facts += len(file.facts)
    before = _cards(file.picture, RULES, calendar, now, first, last)
    after = _cards(_changed(file, proposal), rules, calendar, now, first, last)
    outcome.cards_before += len(before)
    outcome.cards_after += len(after)
    for is_raised, one, other in ((True, after, before), (False, before, after)):
        for key in sorted(one.keys() - other.keys()):
            finding = one[key]
            outcome.differences.append(Difference(file.id, file.picture.number, finding.department, finding.rule, finding.day, is_raised))


def _changed(file: CaseFile, proposal: Proposal) -> Picture:
    picture = picture_of(file.facts.values())
    picture.complaints, picture.cards = file.complaints, file.warnings
    code = str(picture.item.get("code", ""))
    changed: Mapping[Any, int] = {**proposal.limits.get(ANY, {}), **proposal.limits.get(code, {})}
    if picture.item:
        picture.item = {**picture.item, **{name: days for name, days in changed.items() if name in OF_ITEM}}
    for name in OF_CASE:
        setattr(picture, name, changed.get(name, getattr(picture, name)))
    of_stages = {**proposal.stages.get(ANY, {}), **proposal.stages.get(code, {})}
    for stage in picture.stages:
        stage.limit = of_stages.get(stage.code, of_stages.get(ANY, stage.limit))
    return picture


def _cards(picture: Picture, rules: Sequence[Rule], calendar: WorkingDayCalendar, now: datetime, first: date, last: date) -> dict[tuple[str, str], Finding]:
    found = findings(picture, calendar, now, rules)
    # A breach of another day is the same card of the same clock: what counts is whether the clock has one.
    return {(one.rule, _DAY_OF_BREACH.sub("", one.key)): one for one in found if one.level is not Level.LIGHT and not one.by_hand and first <= one.day <= last}
