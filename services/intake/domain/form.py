"""What an applicant fills in and hands in, checked against the item's definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from services.intake.domain.item import FieldType, FormField, ItemRevision, MaterialFormat
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid
from services.kernel.plain_text import unprintable


@dataclass(frozen=True, slots=True)
class SubmittedMaterial:
    """A material as it was handed in (APP-04). Electronic ones have name, media type, size in bytes and digest; paper ones whether the original was seen."""

    code: str
    name: str
    paper: bool
    filename: str = ""
    media_type: str = ""
    size: int = 0
    digest: str | None = None
    original_checked: bool = False


def checked_form(item: ItemRevision, values: Mapping[str, str]) -> dict[str, str]:
    """Give the form's values in their normal form; raise `Invalid` with every field that is missing, unknown or wrong."""
    errors = dict.fromkeys(values.keys() - {field.code for field in item.form}, "表单没有这一项")
    form: dict[str, str] = {}
    for field in item.form:
        value = values.get(field.code, "").strip()
        if not value:
            if field.required:
                errors[field.code] = f"请填写{field.label}"
            continue
        if wrong := _wrong(field, value):
            errors[field.code] = wrong
        form[field.code] = value
    if errors:
        raise Invalid("form-wrong", "申请表填写有误：" + "；".join(errors.values()), "COR-01", errors)
    return form


def _wrong(field: FormField, value: str) -> str:
    if len(value) > field.max_length:
        return f"{field.label}不能超过 {field.max_length} 个字"
    if character := unprintable(value):
        return f"{field.label}中的 {character} 不能打印，请删去"
    if field.type is FieldType.NUMBER:
        try:
            number = Decimal(value)
        except InvalidOperation:
            return f"{field.label}应为数字"
        return "" if number.is_finite() and number >= 0 else f"{field.label}不能为负数"
    if field.type is FieldType.DATE:
        try:
            is_plain = date.fromisoformat(value).isoformat() == value
        except ValueError:
            is_plain = False
        if not is_plain:
            return f"{field.label}应为日期，如 2026-03-02"
    if field.type is FieldType.CHOICE and value not in field.choices:
        return f"{field.label}应在所列选项中选择"
    return ""


def checked_materials(item: ItemRevision, materials: Sequence[SubmittedMaterial], actor: Actor) -> tuple[SubmittedMaterial, ...]:
    """Give the materials in the item's order and by its names; raise `Invalid` for one that the item does not ask for, or in a form that it does not take.

    Only a window clerk can have held a copy against its original.
    """
    errors: dict[str, str] = {}
    by_code: dict[str, SubmittedMaterial] = {}
    for material in materials:
        definition = item.material(material.code)
        if definition is None:
            errors[material.code] = f"办事指南中没有材料 {material.code}"
        elif material.code in by_code:
            errors[material.code] = f"{definition.name}提交了两次"
        elif material.paper and definition.format is MaterialFormat.ELECTRONIC:
            errors[material.code] = f"{definition.name}应当提交电子文件"
        elif not material.paper and definition.format is MaterialFormat.PAPER:
            errors[material.code] = f"{definition.name}只收纸质材料"
        elif not material.paper and material.media_type not in definition.media_types:
            errors[material.code] = f"{definition.name}的文件类型不在可接受的范围（{'、'.join(definition.media_types)}）"
        elif material.original_checked and not actor.has(Role.WINDOW_CLERK):
            errors[material.code] = f"{definition.name}的原件只能由窗口工作人员当面核对"
        else:
            by_code[material.code] = replace(material, name=definition.name)
    if errors:
        raise Invalid("materials-wrong", "申请材料有误：" + "；".join(errors.values()), "APP-04", errors)
    return tuple(by_code[definition.code] for definition in item.materials if definition.code in by_code)


def missing_materials(item: ItemRevision, materials: Sequence[SubmittedMaterial]) -> tuple[str, ...]:
    """Give the codes of the required materials that were not handed in."""
    there = {material.code for material in materials}
    return tuple(definition.code for definition in item.materials if definition.required and definition.code not in there)


def printed_fields(item: ItemRevision, form: Mapping[str, str]) -> dict[str, str]:
    """Give label and value of what is printed on the result."""
    return {field.label: form[field.code] for field in item.form if field.printed and field.code in form}
