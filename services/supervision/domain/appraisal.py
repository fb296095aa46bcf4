"""Appraisal (SUP-26) and accountability (SUP-27): what the lights and cards of a period cost, by criterion, and whom a month's violations flag."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

FLAGGED_FROM = 2
"""So many confirmed violations in a calendar month flag a department (E 31(4))."""
LIGHTS = 3
FULL = 100
VOID = frozenset({"RETRACTED", "EXEMPTED"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the criteria: its full score, and the rules whose cards cost of it."""

    code: str
    name: str
    weight: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """The weights in force from a day on; raises `ValueError` where they do not add up or a rule occurs twice.

    `by_reviews` is the criterion of which applicants' marks keep as much as the share of those who are satisfied, none where it is empty.
    """

    from_day: date
    yellow: int
    red: int
    three_lights: int
    criteria: tuple[Criterion, ...]
    by_reviews: str = ""

    def __post_init__(self) -> None:
        """Refuse weights that are no appraisal."""
        total = sum(one.weight for one in self.criteria)
        if total != FULL:
            msg = f"{self.from_day}: the weights add up to {total}, not {FULL}"
            raise ValueError(msg)
        listed = Counter(rule for one in self.criteria for rule in one.rules)
        if twice := sorted(rule for rule, times in listed.items() if times > 1):
            msg = f"{self.from_day}: {', '.join(twice)} cost twice"
            raise ValueError(msg)
        if self.by_reviews and self.by_reviews not in {one.code for one in self.criteria}:
            msg = f"{self.from_day}: there is no criterion {self.by_reviews}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Mark:
    """A light or card as the appraisal sees it. `self_corrected` says that it was mended before its limit (E 29).

    `is_further` says that it goes on about a violation that an earlier card already counts: the red card of a yellow one that was not rectified, or the
    passing of the statutory limit after that of the promised one.
    """

    id: str
    case_id: str
    number: str
    rule: str
    level: str
    state: str
    department: str
    officer: str | None
    day: date
    self_corrected: bool
    is_further: bool = False


@dataclass(slots=True)
class Score:
    """What a department or officer keeps of each criterion, and the marks that cost the rest."""

    key: str
    kept: dict[str, int] = field(default_factory=dict)
    deductions: list[tuple[str, int, str, tuple[Mark, ...]]] = field(default_factory=list)
    """Criterion, points, why, and the marks that show it."""

    @property
    def total(self) -> int:
        """The sum of what is kept."""
        return sum(self.kept.values())


def scheme_on(schemes: Sequence[Scheme], day: date) -> Scheme:
    """Give the scheme in force on a day, the first one before any."""
    return max((one for one in schemes if one.from_day <= day), key=lambda one: one.from_day, default=min(schemes, key=lambda one: one.from_day))


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """So many reviews of a period, and how many of them are satisfied."""

    reviews: int
    satisfied: int


def scores(scheme: Scheme, keys: Iterable[str], marks: Sequence[Mark], by: str, reviewed: Mapping[str, Satisfaction] | None = None) -> list[Score]:
    """Score departments or officers (`by`) by a period's marks and reviews: each starts with the full score, and no criterion falls below nothing."""
    reviewed = reviewed or {}
    of: Mapping[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        of[str(getattr(mark, by) or "")].append(mark)
    return [_score(scheme, key, of[key], reviewed.get(key)) for key in sorted({*keys, *of, *reviewed} - {""})]


def _score(scheme: Scheme, key: str, marks: Sequence[Mark], reviewed: Satisfaction | None) -> Score:
    score = Score(key, {one.code: one.weight for one in scheme.criteria})
    if scheme.by_reviews and reviewed is not None and (lost := _lost(score.kept[scheme.by_reviews], reviewed)):
        why = f"好差评 {reviewed.reviews} 次，满意 {reviewed.satisfied} 次"
        _deduct(score, scheme.by_reviews, lost, why, ())
    criterion_of = {rule: one.code for one in scheme.criteria for rule in one.rules}
    lights = sorted((mark for mark in marks if mark.level == "LIGHT"), key=lambda mark: (mark.day, mark.id))
    for first in range(0, len(lights) - LIGHTS + 1, LIGHTS):
        three = tuple(lights[first : first + LIGHTS])
        _deduct(score, criterion_of.get(three[0].rule), scheme.three_lights, "三次黄灯", three)
    for mark in sorted(marks, key=lambda mark: (mark.day, mark.id)):
        points = {"YELLOW": scheme.yellow, "RED": scheme.red}.get(mark.level, 0)
        if points and mark.state not in VOID:
            _deduct(score, criterion_of.get(mark.rule), points, mark.rule, (mark,))
    return score


def _lost(weight: int, reviewed: Satisfaction) -> int:
    """Give what the dissatisfied cost, in whole points, for the benefit of whoever was marked."""
    return weight * (reviewed.reviews - reviewed.satisfied) // reviewed.reviews


def _deduct(score: Score, criterion: str | None, points: int, why: str, marks: tuple[Mark, ...]) -> None:
    if criterion is None:
        return
    taken = min(points, score.kept[criterion])
    score.kept[criterion] -= taken
    score.deductions.append((criterion, taken, why, marks))


@dataclass(frozen=True, slots=True)
class Accountability:
    """A department's month: its confirmed violations, further cards about the same, those under appeal, exempted, mended by itself in time; is it flagged?"""

    department: str
    month: date
    confirmed: tuple[Mark, ...]
    further: tuple[Mark, ...]
    appealed: tuple[Mark, ...]
    exempted: tuple[Mark, ...]
    mitigated: tuple[Mark, ...]

    @property
    def is_flagged(self) -> bool:
        """Whether the department answers for the month (E 31(4))."""
        return len(self.confirmed) >= FLAGGED_FROM


def accountability(marks: Iterable[Mark]) -> list[Accountability]:
    """Give each department's months that have yellow or red cards, the newest first."""
    of: Mapping[tuple[date, str], list[Mark]] = defaultdict(list)
    for mark in marks:
        if mark.level in {"YELLOW", "RED"} and mark.state != "RETRACTED":
            of[mark.day.replace(day=1), mark.department].append(mark)
    found = []
    for (month, department), listed in sorted(of.items(), key=lambda pair: (-pair[0][0].toordinal(), pair[0][1])):
        exempted, appealed = (tuple(mark for mark in listed if mark.state == state) for state in ("EXEMPTED", "APPEALED"))
        counted = [mark for mark in listed if mark not in exempted and mark not in appealed]
        further, confirmed = (tuple(mark for mark in counted if mark.is_further is is_further) for is_further in (True, False))
        mitigated = tuple(mark for mark in confirmed if mark.self_corrected)
        found.append(Accountability(department, month, confirmed, further, appealed, exempted, mitigated))
    return found
