"""The history of an application in sentences, for its applicant and for those who handle it (APP-06, AUD-01)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.chassis.web.pages import day
from services.chassis.web.words import word
from services.intake.domain.application import Application
from services.intake.domain.facts import ClockEffect, Progress

STEPS = ("提交申请", "受理", "审批", "制证", "领取")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history, as `ui.timeline` shows it. `address` leads to the document of the step."""

    when: datetime
    title: str
    text: str = ""
    who: str = ""
    tone: str = ""
    address: str = ""


Said = tuple[str, str, str, str]
"""Title, text, tone, and the name of the document."""


def tell(events: Sequence[Any], letters: str, name: Callable[[str], str] | None = None) -> list[Entry]:
    """Tell the events, the newest first. `letters` is the address of the documents, empty for whoever may not open them.

    `name` gives the name of a subject; applicants are told without the names of officers.
    """
    entries = []
    for event in events:
        if isinstance(event, Application.ProgressNoted):
            entries.append(_progress(event.progress))
            continue
        title, text, tone, letter = _sentence(event)
        address = f"{letters}/{letter}" if letters and letter else ""
        who = name(event.actor) if name is not None and event.actor != "system" else ""
        entries.append(Entry(event.happened, title, text, who, tone, address))
    return sorted(entries, key=lambda entry: entry.when)[::-1]


def _progress(progress: Progress) -> Entry:
    title, _, text = progress.text.partition("：")
    tone = {ClockEffect.STOPS: "standing", ClockEffect.ENDS: "warning"}.get(progress.effect, "") if progress.effect else ""
    return Entry(progress.happened, title, text, tone=tone)


def _sentence(event: Any) -> Said:  # noqa: ANN401, PLR0911 - any of an application's events; one line for each
    match event:
        case Application.Received():
            title = "收到申请，出具受理承诺单" if event.commitment else "收到申请，出具接件凭证"
            return title, f"{word(event.channel)}提交，编号 {event.number}，材料 {len(event.materials)} 份", "", ""
        case Application.CorrectionNoticeIssued():
            listed = "\n".join(f"{defect.name}：{defect.reason}" for defect in event.defects)
            because = f"\n再次要求的理由：{event.justification}" if event.justification else ""
            title = "再次告知补正" if event.ordinal > 1 else "当场一次性告知补正" if event.at_once else "一次性告知补正"
            return title, listed + because, "warning", f"notice-{event.ordinal}"
        case Application.CorrectionsSubmitted():
            return "补正材料齐全", "、".join(material.name for material in event.materials), "", ""
        case Application.Accepted():
            said = f"办理时限自 {day(event.clock_start)} 起算，当日不计"
            return ("逾期未答复，依法视为受理" if event.deemed else "受理"), said, "", "acceptance"
        case Application.AcceptanceRefused():
            return "不予受理", event.reasons, "warning", "refusal"
        case Application.PreReviewed():
            return f"网上预审：{'通过' if event.passed else '不通过'}", event.opinion, "" if event.passed else "warning", ""
        case Application.PaperSignedFor():
            return "承办部门签收纸质材料", f"材料接收凭证 {event.receipt}", "", ""
        case Application.Withdrawn():
            return "申请人撤回申请", event.reason, "warning", ""
        case Application.Reviewed():
            return f"申请人评价「{word(f'REVIEW_{event.stage}')}」", word(f"LEVEL_{event.level}"), "", ""
        case Application.DeadlineRecomputed(before=before, after=after):
            moved = f"答复期限由 {day(before)} 改为 {day(after)}" if before != after else "答复期限不变"
            return f"按新公布的工作日历 {event.calendar} 重新计算", moved, "", ""
    raise AssertionError(event)


def step_of(application: Application) -> int:
    """Give which of `STEPS` is under way; all are done once the result was delivered."""
    heard = {step.kind for step in application.progress}
    for kind, step in (("result-delivered", 5), ("certificate-issued", 4), ("case-decided", 3)):
        if kind in heard:
            return step
    return 2 if application.clock_start is not None else 1


def to_collect(application: Application) -> Entry | None:
    """Give where the result lies for its applicant to collect, and what to bring; none before it is there and once it was delivered."""
    if application.reached != "TO_COLLECT":
        return None
    return _progress([step for step in application.progress if step.kind == "pickup-notice-issued"][-1])
