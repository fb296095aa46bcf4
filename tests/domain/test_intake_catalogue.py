"""Items and their revisions: complete or not published, one after the other, never overwritten; and the forms and materials checked against them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.intake.domain.form import SubmittedMaterial, checked_form, checked_materials, missing_materials, printed_fields
from services.intake.domain.item import Fee, FieldType, FormField, ItemKind, LegalBasis, OnlineGrade, ResultDefinition, WindowAddress
from services.intake.domain.service_item import ServiceItem
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.process import ProcessDefinition, StageDefinition
from tests.domain.intake_samples import ADMINISTRATOR, CLERK, FORM, HANDLER, ITEM, KIOSK, MATERIALS, MONDAY, PAPER_FORM, PLAN, ZHANG, at

SECOND = replace(ITEM, revision=2, effective_from=date(2026, 4, 1), promised_limit=8)


def fields_of(**changes: Any) -> set[str]:
    """Give the fields for which a changed item is refused."""
    with pytest.raises(Invalid) as refused:
        ServiceItem.publish(replace(ITEM, **changes), ADMINISTRATOR, MONDAY)
    assert refused.value.code == "guide-incomplete"
    return set(refused.value.fields)


@pytest.mark.parametrize(
    "element",
    ["name", "summary", "department", "handling_method", "decision_authority", "consultation_phone", "complaint_phone"],
)
def test_a_guide_without_one_of_its_texts_is_refused(element: str) -> None:
    """Given a guide that lacks a text, it cannot be published, and the refusal names the field (CAT-02)."""
    assert fields_of(**{element: ""}) == fields_of(**{element: " \u3000"}) == {element}


@pytest.mark.parametrize("element", ["legal_basis", "conditions", "materials", "form", "responsibilities", "accountability"])
def test_a_guide_without_one_of_its_lists_is_refused(element: str) -> None:
    """Given a guide that lacks a list, it cannot be published, and the refusal names the field (CAT-02)."""
    assert fields_of(**{element: ()}) == {element}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"legal_basis": (*ITEM.legal_basis, LegalBasis("", ""))}, "legal_basis[1]"),
        ({"legal_basis": (LegalBasis("行政许可法", " "),)}, "legal_basis[0]"),
        ({"conditions": ("",)}, "conditions[0]"),
        ({"responsibilities": (" ",)}, "responsibilities[0]"),
        ({"accountability": (*ITEM.accountability, "")}, f"accountability[{len(ITEM.accountability)}]"),
        ({"materials": (replace(ITEM.materials[0], name=""),)}, "materials[0]"),
        ({"materials": (replace(ITEM.materials[0], sample=" "),)}, "materials[0]"),
        ({"form": (FormField("place", ""),)}, "form[0]"),
        ({"fees": (Fee(" ", "每证 10 元", 1000, "示例依据"),)}, "fees[0]"),
        ({"result": ResultDefinition("")}, "result"),
        ({"window": WindowAddress(" ", "工作日")}, "window"),
    ],
)
def test_a_guide_with_an_empty_entry_is_refused(changes: dict[str, Any], named: str) -> None:
    """Given a basis without a law, a blank condition, a required material without a name or a sample, a result without a name, it is named (CAT-02)."""
    assert fields_of(**changes) == {named}


def test_a_revision_is_as_complete_as_the_first() -> None:
    """Given a later revision that lacks something, it is refused, and what was published stays (CAT-02, CAT-03)."""
    item = ServiceItem.publish(ITEM, ADMINISTRATOR, MONDAY)
    with pytest.raises(Invalid):
        item.revise(replace(SECOND, conditions=("",)), ADMINISTRATOR, MONDAY)
    assert item.revisions == (ITEM,)


def test_limits_are_lawful() -> None:
    """Given a promise beyond the law, an acceptance limit beyond five days, or an instant item that takes longer, the item is refused (CAT-02, COR-01)."""
    assert fields_of(promised_limit=21) == {"promised_limit"}
    assert fields_of(promised_limit=-1) == {"promised_limit"}
    assert fields_of(acceptance_limit=6) == fields_of(acceptance_limit=0) == {"acceptance_limit"}
    assert fields_of(kind=ItemKind.INSTANT) == {"promised_limit"}


def test_kinds_say_what_they_must() -> None:
    """Given a joint item of one department, an escalated one without a preliminary limit, or a delayed one without a schedule, it is refused (CAT-01)."""
    alone = ProcessDefinition(ITEM.process.accepted_by, (StageDefinition("one", "办结", ITEM.department, ITEM.process.accepted_by, 1),))
    assert fields_of(kind=ItemKind.JOINT, process=alone) == {"process"}
    assert fields_of(kind=ItemKind.ESCALATED) == {"preliminary_limit"}
    assert fields_of(online_grade=OnlineGrade("E")) == {"online_grade"}
    assert fields_of(online_grade=OnlineGrade("D", "系统建设中")) == {"online_grade"}


def test_fees_windows_and_fields_are_whole() -> None:
    """Given a fee without basis, a window without hours, a choice without choices, or a code twice, the item is refused (CAT-02)."""
    assert fields_of(fees=(Fee("工本费", "每证 10 元", 1000, ""),)) == {"fees[0]"}
    assert fields_of(window=WindowAddress("示例路", "")) == {"window"}
    assert fields_of(form=(FormField("shape", "业态", FieldType.CHOICE),)) == {"form[0]"}
    assert fields_of(materials=(*ITEM.materials, ITEM.materials[0])) == {"materials"}
    assert fields_of(code="Sample Licence") == {"code"}


def test_every_mistake_is_told_at_once() -> None:
    """Given several mistakes, the refusal names them all."""
    assert fields_of(name="", promised_limit=21, materials=()) == {"name", "promised_limit", "materials"}


def test_revisions_follow_one_another() -> None:
    """Given a revision with a later date, each day has its own; the same one again changes nothing (CAT-03)."""
    item = ServiceItem.publish(ITEM, ADMINISTRATOR, MONDAY)
    item.revise(SECOND, ADMINISTRATOR, MONDAY)
    item.revise(ITEM, ADMINISTRATOR, MONDAY)
    item.revise(SECOND, ADMINISTRATOR, MONDAY)
    assert len(item.collect_events()) == 2
    assert [item.on(day).promised_limit for day in (date(2026, 3, 31), date(2026, 4, 1))] == [10, 8]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"effective_from": ITEM.effective_from}, "revision-too-early"),
        ({"revision": 3}, "revision-out-of-order"),
        ({"revision": 1}, "revision-out-of-order"),
    ],
)
def test_a_revision_takes_the_place_of_no_other(changes: dict[str, Any], code: str) -> None:
    """Given the date or the number of one that is there, or a gap, the revision is refused: what was published stays as it was (CAT-03)."""
    item = ServiceItem.publish(ITEM, ADMINISTRATOR, MONDAY)
    with pytest.raises(Refusal) as refused:
        item.revise(replace(SECOND, **changes), ADMINISTRATOR, MONDAY)
    assert refused.value.code == code
    assert item.revisions == (ITEM,)


def test_before_its_first_day_and_after_its_last_an_item_is_not_offered() -> None:
    """Given a first and a last day, both are still days of the item, and those around them are not (CAT-03)."""
    item = ServiceItem.publish(ITEM, ADMINISTRATOR, MONDAY)
    item.withdraw(date(2026, 3, 31), "依据被废止", ADMINISTRATOR, MONDAY)
    assert item.on(date(2026, 1, 1)) == item.on(date(2026, 3, 31)) == ITEM
    for day, code in ((date(2025, 12, 31), "item-not-in-force"), (date(2026, 4, 1), "item-withdrawn")):
        with pytest.raises(Refusal) as refused:
            item.on(day)
        assert refused.value.code == code


def test_a_withdrawal_has_reasons_and_lies_ahead() -> None:
    """Given no reason, a day in the past, or a second withdrawal, it is refused (CAT-03)."""
    item = ServiceItem.publish(ITEM, ADMINISTRATOR, MONDAY)
    for day, reason, code in ((date(2026, 3, 31), " ", "reason-missing"), (date(2026, 3, 1), "废止", "last-day-past")):
        with pytest.raises(Invalid) as refused:
            item.withdraw(day, reason, ADMINISTRATOR, MONDAY)
        assert refused.value.code == code
    item.withdraw(date(2026, 3, 2), "废止", ADMINISTRATOR, MONDAY)
    with pytest.raises(Refusal):
        item.withdraw(date(2026, 3, 31), "废止", ADMINISTRATOR, at(3, 3))


def test_a_commitment_shortens_the_acceptance_limit() -> None:
    """Given a 受理承诺单, it is three days, or the promised limit where that is shorter (COR-01)."""
    assert [ITEM.limit_to_accept(commitment=given) for given in (False, True)] == [5, 3]
    assert replace(ITEM, promised_limit=2).limit_to_accept(commitment=True) == 2
    assert replace(ITEM, acceptance_limit=2).limit_to_accept(commitment=True) == 2


def test_a_form_is_checked_field_by_field() -> None:
    """Given values of wrong kinds, all are named at once; given good ones, they come in the item's order without blanks around them (COR-01)."""
    wrong = {"place": "很" * 21, "area": "十", "since": "2026-02-30", "shape": "洗浴", "colour": "红"}
    with pytest.raises(Invalid) as refused:
        checked_form(ITEM, wrong)
    assert set(refused.value.fields) == set(wrong)
    assert checked_form(ITEM, {"area": " 20.5 ", "place": "示例路", "since": "", "shape": "餐饮"}) == {"place": "示例路", "area": "20.5", "shape": "餐饮"}
    with pytest.raises(Invalid) as refused:
        checked_form(ITEM, {"place": "  ", "area": "1"})
    assert refused.value.fields == {"place": "请填写经营场所"}


@pytest.mark.parametrize(("field", "value"), [("area", "-1"), ("area", "NaN"), ("area", "Infinity"), ("since", "20260302"), ("since", "2026-W10-1")])
def test_numbers_and_dates_are_plain(field: str, value: str) -> None:
    """Given numbers and dates that only programs write, they are refused."""
    with pytest.raises(Invalid) as refused:
        checked_form(ITEM, {**FORM, field: value})
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(
    ("material", "why"),
    [
        (SubmittedMaterial("tax", "", paper=True), "没有材料"),
        (SubmittedMaterial("plan", "", paper=True), "应当提交电子文件"),
        (SubmittedMaterial("model", "", False, "a.pdf", "application/pdf", 1, "a" * 64), "只收纸质"),  # noqa: FBT003 - as the event has it
        (SubmittedMaterial("plan", "", False, "a.png", "image/png", 1, "a" * 64), "文件类型"),  # noqa: FBT003
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_material_that_the_guide_does_not_take_is_refused(material: SubmittedMaterial, why: str) -> None:
    """Given a material beyond the guide or in another form than it says, the refusal says why (APP-04, COR-04)."""
    with pytest.raises(Invalid) as refused:
        checked_materials(ITEM, (PAPER_FORM, material), ZHANG)
    assert why in refused.value.fields[material.code]


@pytest.mark.parametrize("actor", [ZHANG, KIOSK, HANDLER])
def test_only_a_clerk_checks_copies_against_originals(actor: Actor) -> None:
    """Given the word of anybody but a clerk that the original was seen, it is refused; a clerk's is kept (APP-04, SEC-03)."""
    model = SubmittedMaterial("model", "样品", paper=True, original_checked=True)
    assert checked_materials(ITEM, (PAPER_FORM, model), CLERK)[1].original_checked
    with pytest.raises(Invalid) as refused:
        checked_materials(ITEM, (PAPER_FORM, model), actor)
    assert set(refused.value.fields) == {"model"}


def test_materials_come_in_the_guides_order_and_by_its_names() -> None:
    """Given materials in any order with any names, they are kept in the guide's; one that comes twice is refused; what is missing is known (APP-04, COR-01)."""
    assert checked_materials(ITEM, (PLAN, replace(PAPER_FORM, name="别的名称")), ZHANG) == MATERIALS
    with pytest.raises(Invalid):
        checked_materials(ITEM, (PAPER_FORM, PAPER_FORM), ZHANG)
    assert missing_materials(ITEM, (PAPER_FORM,)) == ("plan",), "the sample is not required"


def test_only_what_the_item_prints_goes_on_the_certificate() -> None:
    """Given a form, what is printed on the result comes by its label and nothing else."""
    assert printed_fields(ITEM, FORM) == {"经营场所": "示例路 2 号"}


def test_every_department_of_the_process_takes_part() -> None:
    """Given a stage of another department, that one takes part in handling the item too (FLW-01)."""
    assert ITEM.departments == {"market-regulation", "health"}
