"""The lights and cards of a life, found once more by a model that is as slow as the rules read: every clock counted day by day, every holder looked up."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from services.kernel.calendar import SHANGHAI
from tests.domain.card_model import Card, Clock, day_of, next_working_day
from tests.domain.clock_model import Fact
from tests.domain.lives import DAY, DEPARTMENT, ITEM, STOCK, TIMER, Life

NOON = 12
HALF_A_DAY_LATER, NEXT_MORNING = time(14), time(9, 30)


def responsible(life: Life, moment: datetime) -> tuple[str, str | None]:
    """Say who answers at a moment: whoever holds the open stage; after the decision whoever made it; else the department alone."""
    for one in life.passes:
        if one.entered <= moment and (one.ended is None or moment < one.ended):
            return one.stage.department, one.holder(moment)
    return DEPARTMENT, "leader" if life.decided is not None and life.decided <= moment else None


def midnight(day: date) -> datetime:
    """Give the first moment of a day."""
    return datetime.combine(day, time(), SHANGHAI)


def first_answer(life: Life, *, by: frozenset[str] | None = None) -> datetime | None:
    """Give when the applicant was first answered: by a notice, by acceptance or by refusal; `by` leaves some actors out."""
    answers = [(life.at(one.noticed, minute=10), f"notifier-{ordinal}") for ordinal, one in enumerate(life.rounds, 1)]
    actor = {"ACCEPTED": "accepter", "DEEMED": TIMER, "REFUSED": "refuser"}.get(life.answer)
    if actor is not None:
        answers.append((life.at(life.answered, minute=40), actor))
    return min((moment for moment, who in answers if by is None or who not in by), default=None)


def limits(life: Life) -> dict[str, Clock]:
    """Give the clocks of the case itself."""
    start = life.clock_start
    if start is None:
        return {}
    over = life.decided or life.gone
    extended = None if life.extended is None else life.at(life.answered + life.extended).date()
    extensions = ({"on": extended, "days": 4},) if extended is not None and extended >= start.date() else ()
    named = {"promised": ITEM.promised_limit, "statutory": ITEM.statutory_limit}
    return {name: Clock("SUP-R01", name, start, limit, over, over, stops(life), extensions) for name, limit in named.items()}


def stops(life: Life) -> tuple[Fact, ...]:
    """Give the stops as the slow clock wants them."""
    if life.stopped is None:
        return ()
    first, last = life.stopped
    return ({"from": first.date(), "to": None if last is None else last.date()},)


def other_clocks(life: Life) -> Iterator[Clock]:
    """Give all other clocks that count days."""
    if not life.window:
        pre_reviewed = None if life.pre_reviewed is None else life.at(life.pre_reviewed)
        met = min((one for one in (pre_reviewed, first_answer(life)) if one is not None), default=None)
        yield Clock("SUP-A01", "pre-review", life.received, 2, met or life.gone, met)
    for one in life.passes:
        yield Clock("SUP-A01", "stage", one.entered, one.stage.limit, one.ended, one.ended, stops(life))
    decided, start = life.decided, life.clock_start
    if start is not None and ITEM.preliminary_limit:
        forwarded = life.after(life.forwarded, decided, 10)
        met = forwarded or (decided if decided is not None and not life.granted else life.gone)
        yield Clock("SUP-Y06", "preliminary", start, ITEM.preliminary_limit, met, met, stops(life))
    if decided is None:
        return
    assert ITEM.publication_limit is not None and ITEM.certificate_limit is not None  # noqa: PT018 - as this item has them
    published = life.after(life.published, decided, 15)
    yield Clock("SUP-Y07", "publication", decided, ITEM.publication_limit, published, published)
    if life.granted:
        issued = life.after(life.issued, decided, 20)
        yield Clock("SUP-Y08", "certificate", decided, ITEM.certificate_limit, issued, issued)
    if (delivered := life.after(life.delivered, decided, 25)) is not None:
        archived = life.after(life.archived, delivered, 30)
        yield Clock("SUP-A01", "archiving", delivered, 1, archived, archived)


def expected_warnings(life: Life) -> dict[tuple[str, str], date]:
    """Give the lights and the cards of the case's own limits: level and clock, and the day."""
    answers = {name: clock.answer() for name, clock in limits(life).items()}
    if not answers:
        return {}
    warnings: dict[tuple[str, str], date] = {}
    if answers["promised"]["light_from"]:
        warnings["LIGHT", "promised"] = answers["promised"]["light_from"]
    for name in ("promised", "statutory"):
        if answers[name]["breached_at"]:
            warnings["RED", name] = answers[name]["due"] + DAY
    if are_both(answers):
        warnings.pop(("RED", "statutory"), None)
    return warnings


def are_both(answers: dict[str, dict[str, Any]]) -> bool:
    """Say whether both limits end on one day: one card tells of both."""
    return bool(answers["promised"]["due"] == answers["statutory"]["due"])


def cards_of_life(life: Life) -> set[Card]:
    """Give every card of a life, but those that follow from a yellow one."""
    return {*_of_limits(life), *_of_clocks(life), *_of_paper(life), *_of_words(life), *_of_fees(life), *_of_results(life)}


def _of_limits(life: Life) -> Iterator[Card]:
    clocks = limits(life)
    both = bool(clocks) and are_both({name: clock.answer() for name, clock in clocks.items()})
    for (level, name), day in expected_warnings(life).items():
        if level == "RED":
            yield Card("SUP-R01", name, day, *responsible(life, midnight(day)), both or name == "statutory", day_of(clocks[name].mended))


def _of_clocks(life: Life) -> Iterator[Card]:
    for clock in other_clocks(life):
        answer = clock.answer()
        if not answer["breached_at"]:
            continue
        day = answer["due"] + DAY
        who = responsible(life, midnight(day))
        if clock.name == "stage":
            # A stage has one who answers for it, also where another is open beside it.
            one = next(one for one in life.passes if one.entered == clock.start)
            who = one.stage.department, one.holder(midnight(day))
        yield Card(clock.rule, clock.name, day, *who, mended=day_of(clock.mended))


def _of_paper(life: Life) -> Iterator[Card]:
    """By the hour: what came in the morning is signed for by 14:00, later by 9:30 of the next working day (HAL-04)."""
    if not life.window:
        return
    day = life.received.date()
    is_morning = life.received.hour < NOON
    ends = datetime.combine(day if is_morning else next_working_day(day), HALF_A_DAY_LATER if is_morning else NEXT_MORNING, SHANGHAI)
    signed = None if life.paper_signed is None else life.at(0, 9) + life.paper_signed
    answered = first_answer(life, by=frozenset({TIMER}))
    met = min((one for one in (signed, answered) if one is not None), default=None) or life.gone
    if met is None or met > ends:
        yield Card("SUP-A01", "handover", ends.date(), *responsible(life, ends), mended=day_of(met))
    for one, signed in life.handovers:
        # Stages are signed in the evening.
        ends = datetime.combine(next_working_day(one.entered.date()), NEXT_MORNING, SHANGHAI)
        met = signed or one.ended
        if met is None or met > ends:
            yield Card("SUP-A01", "handover", ends.date(), one.stage.department, one.holder(ends), mended=day_of(met))


def _of_words(life: Life) -> Iterator[Card]:
    """What a notice, a refusal or a decision says (SUP-Y04, SUP-Y05, SUP-R05)."""
    for ordinal, one in enumerate(life.rounds, 1):
        moment = life.at(one.noticed, minute=10)
        department, _ = responsible(life, moment)
        if ordinal > 2 or (ordinal == 2 and one.justification == ""):
            yield Card("SUP-Y04", "", moment.date(), department, f"notifier-{ordinal}")
        if one.beyond:
            yield Card("SUP-R05", "", moment.date(), department, f"notifier-{ordinal}")
    refused = [(life.at(life.answered, minute=40), "refuser")] if life.answer == "REFUSED" else []
    if life.decided is not None and not life.granted:
        refused.append((life.decided, "leader"))
    for moment, who in refused:
        if life.reasons == STOCK:
            yield Card("SUP-Y05", "", moment.date(), responsible(life, moment)[0], who)


def _of_fees(life: Life) -> Iterator[Card]:
    charged = life.after(life.charged, life.accepted, 0)
    if charged is not None:
        refunded = life.after(life.refunded, charged, 5)
        yield Card("SUP-R09", "", charged.date(), responsible(life, charged)[0], "cashier", mended=day_of(refunded))


def _of_results(life: Life) -> Iterator[Card]:
    """A result that is no longer as it was signed; revoking it afterwards mends it (CER-07)."""
    issued = life.after(life.issued, life.decided, 20)
    altered, revoked = life.after(life.altered, issued, 35), life.after(life.revoked, issued, 40)
    if altered is not None:
        mended = revoked if revoked is not None and revoked > altered else None
        yield Card("SUP-R08", "", altered.date(), *responsible(life, altered), mended=day_of(mended))
