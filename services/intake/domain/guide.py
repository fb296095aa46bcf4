"""What a guide「两清单一图表」must say before it is published (CAT-02); every mistake is told at once.

It is checked where an item is published, never where it is read: what was published under older rules stays readable.
"""

from collections.abc import Iterable, Iterator

from services.intake.domain.item import ACCEPTANCE_DEFAULT, FieldType, ItemKind, ItemRevision
from services.kernel.actor import Role
from services.kernel.aggregate import Invalid

UNSAID = "未填写"
_TEXTS = ("name", "summary", "department", "handling_method", "decision_authority", "consultation_phone", "complaint_phone")
_LISTS = ("legal_basis", "conditions", "materials", "form", "responsibilities", "accountability")
_PARTS = {"legal_basis": ("law", "article"), "materials": ("code", "name"), "form": ("code", "label"), "fees": ("name", "standard", "basis")}
"""What each entry of a list must say; the entries of the other lists are texts themselves."""


def check_complete(item: ItemRevision) -> None:
    """Raise `Invalid`, with every field that is wrong, where the guide is incomplete or a limit is not lawful."""
    if wrong := dict(_wrong_fields(item)):
        listed = "；".join(f"{name}：{why}" for name, why in wrong.items())
        raise Invalid("guide-incomplete", f"事项 {item.code} 的办事指南不能公布——{listed}", "CAT-02", wrong)


def _wrong_fields(item: ItemRevision) -> Iterable[tuple[str, str]]:
    yield from _unsaid(item)
    if not item.code or not item.code.replace("-", "").isalnum() or item.code != item.code.lower():
        yield "code", "应为小写字母、数字和连字符"
    if item.revision < 1:
        yield "revision", "版本号从 1 开始"
    yield from _wrong_limits(item)
    if item.online_grade.grade not in {"A", "B", "C", "D"}:
        yield "online_grade", "上网等级为 A、B、C、D"
    if item.online_grade.delayed_reason and not item.online_grade.schedule:
        yield "online_grade", "暂缓上网的事项应写明时间安排"
    for part in ("materials", "form"):
        codes = [entry.code for entry in getattr(item, part)]
        if len(set(codes)) != len(codes):
            yield part, "编码重复"
    for number, fee in enumerate(item.fees):
        if fee.amount < 0:
            yield f"fees[{number}]", "收费不得为负数"
    for number, field in enumerate(item.form):
        if (field.type is FieldType.CHOICE) != bool(field.choices):
            yield f"form[{number}]", "选择项应当、且只有选择项可以列出选项"


def _unsaid(item: ItemRevision) -> Iterator[tuple[str, str]]:
    for name in (*_TEXTS, *_LISTS):
        value = getattr(item, name)
        if not (value.strip() if isinstance(value, str) else value):
            yield name, UNSAID
    for name in (*_LISTS, "fees"):
        for number, entry in enumerate(getattr(item, name)):
            parts = [getattr(entry, part) for part in _PARTS[name]] if name in _PARTS else [entry]
            if not all(part.strip() for part in parts):
                yield f"{name}[{number}]", UNSAID
    for number, material in enumerate(item.materials):
        if material.required and not material.sample.strip():
            yield f"materials[{number}]", "必要材料应写明样式：在哪里取空表、照什么样子写，或者不需要样式"
    if not item.result.name.strip():
        yield "result", "应写明办理结果的名称"
    if not item.window.address.strip() or not item.window.hours.strip():
        yield "window", "应写明窗口地址和办理时间"


def _wrong_limits(item: ItemRevision) -> Iterable[tuple[str, str]]:
    if item.promised_limit > item.statutory_limit:
        yield "promised_limit", "承诺时限不得长于法定时限"
    if min(item.promised_limit, item.statutory_limit) < 0:
        yield "promised_limit", "时限不得为负数"
    if not 0 < item.acceptance_limit <= ACCEPTANCE_DEFAULT:
        yield "acceptance_limit", "受理时限为 1 至 5 个工作日"
    if item.kind is ItemKind.INSTANT and item.promised_limit > 1:
        yield "promised_limit", "即办件当日办结"
    if item.kind is ItemKind.JOINT and len(item.departments) == 1:
        yield "process", "联办件应有两个以上部门参加"
    if item.kind is ItemKind.ESCALATED and item.preliminary_limit is None:
        yield "preliminary_limit", "上报件应写明初审时限"
    if item.process.accepted_by not in {Role.WINDOW_CLERK, Role.HANDLER}:
        yield "process", "受理由窗口人员或承办人办理"
