"""The blank application form of an item as PDF, to fill in by hand: set from the form and the materials of its guide (CAT-02, CAT-05)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.chassis.documents.typesetting import typeset
from services.chassis.web.words import word
from services.intake.domain.item import FieldType, FormField, ItemRevision

_TEMPLATE = Path(__file__).parent / "blank_form.typ"
_APPLICANT = (
    ("姓名或者名称", ""),
    ("证件号码", "居民身份证号码，或者统一社会信用代码"),
    ("联系电话", ""),
    ("电子邮箱", "可不填"),
    ("委托代理人", "单位或者委托他人的填写：姓名、居民身份证号码"),
)


def blank_form(item: ItemRevision, department: Callable[[str], str]) -> bytes:
    """Give the form; the same revision gives the same bytes."""
    content: dict[str, Any] = {
        "title": f"{item.name}申请表",
        "department": department(item.department),
        "revision": f"{item.code} 第 {item.revision} 版，{item.effective_from} 起使用",
        "applicant": [{"label": label, "hint": hint, "choices": [], "lines": 1} for label, hint in _APPLICANT],
        "fields": [_field(one) for one in item.form],
        "materials": [
            {
                "name": one.name,
                "needed": "必要" if one.required else "选交",
                "form": word(one.format.value),
                "copies": str(one.copies),
                "note": "；".join(filter(None, (one.sample, "核对原件" if one.original_check else ""))),
            }
            for one in item.materials
        ],
        "limits": f"法定时限 {item.statutory_limit} 个工作日，" + (f"承诺 {item.promised_limit} 个工作日办结。" if item.promised_limit else "承诺当日办结。"),
        "window": f"{item.window.address}，{item.window.hours}；咨询 {item.consultation_phone}",
    }
    return typeset(_TEMPLATE, content, item.effective_from)


def _field(field: FormField) -> dict[str, Any]:
    hints = {FieldType.NUMBER: "填数字", FieldType.DATE: "年　月　日"}
    hint = "；".join(filter(None, (field.hint, hints.get(field.type, ""), "" if field.required else "可不填")))
    return {"label": field.label, "hint": hint, "choices": list(field.choices), "lines": 4 if field.type is FieldType.LONG_TEXT else 1}
