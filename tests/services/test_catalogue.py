"""The sample catalogue is whole and lawful; a file that is not is refused with its name and every field that is wrong (CAT-01, CAT-02)."""

import io
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml
from pypdf import PdfReader

from services.chassis.web.assets import REPOSITORY
from services.intake.catalogue_files import Catalogue, CatalogueError, load_catalogue
from services.intake.domain.item import ItemKind, ItemRevision, Theme
from services.intake.pages.blank_form import blank_form
from services.intake.pages.flow_chart import flow_chart_svg, rows_of
from services.kernel.process import SpecialProcedure

FOLDER = REPOSITORY / "deploy" / "catalogue"
FOOD = "food-operation-licence.yaml"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The sample catalogue."""
    return load_catalogue(FOLDER)


def test_the_sample_covers_kinds_themes_and_ways_of_handling(catalogue: Catalogue) -> None:
    """Given the sample, all kinds and themes and the special ways of handling are in it."""
    items = catalogue.items
    assert len(items) >= 16
    assert {item.kind for item in items} == set(ItemKind)
    assert {item.theme for item in items} == set(Theme)
    procedures = {procedure for item in items for procedure in item.special_procedures}
    assert {SpecialProcedure.EXPERT_REVIEW, SpecialProcedure.INSPECTION} <= procedures
    joint = [item for item in items if item.kind is ItemKind.JOINT]
    parallel = [item for item in joint if any(len(row) > 1 for row in rows_of(item.process))]
    assert parallel
    assert len(joint) > len(parallel), "a sequential one, too"
    assert len({item.department for item in items}) >= 6
    assert any(len(item.process.stages) == 1 for item in items if item.kind is ItemKind.INSTANT)


def test_every_item_names_its_laws(catalogue: Catalogue) -> None:
    """Given any item, each legal basis has a law and an article, and the promise is no longer than the law allows."""
    for item in catalogue.items:
        assert all(basis.law and basis.article for basis in item.legal_basis), item.code
        assert item.promised_limit <= item.statutory_limit


def changed(tmp_path: Path, **changes: Any) -> Path:
    """Give a catalogue of one item, with some fields changed, or taken out where they are None."""
    (tmp_path / "departments.yaml").write_bytes((FOLDER / "departments.yaml").read_bytes())
    item = {**yaml.safe_load((FOLDER / FOOD).read_text(encoding="utf-8")), **changes}
    item = {name: value for name, value in item.items() if value is not None}
    (tmp_path / FOOD).write_text(yaml.safe_dump(item, allow_unicode=True), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": None}, "name"),
        ({"colour": "red"}, "colour"),
        ({"promised_limit": "five"}, "promised_limit"),
        ({"promised_limit": 30}, "promised_limit"),
        ({"legal_basis": []}, "legal_basis"),
        ({"complaint_phone": ""}, "complaint_phone"),
        ({"theme": "FUN"}, "theme"),
        ({"kind": "JOINT"}, "process"),
        ({"kind": "ESCALATED"}, "preliminary_limit"),
        ({"department": "nowhere"}, "nowhere"),
        ({"online_grade": {"grade": "E"}}, "online_grade"),
        ({"effective_from": "soon"}, "effective_from"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_field(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    """Given a wrong field, the error names the file and the field."""
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(changed(tmp_path, **changes))
    assert any(line.startswith(FOOD) and named in line for line in refused.value.errors), refused.value.errors


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Given two wrong fields and a second file that is no YAML, all are told together."""
    folder = changed(tmp_path, legal_basis=[], complaint_phone="")
    (folder / "broken.yaml").write_text("code: [", encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(folder)
    told = "\n".join(refused.value.errors)
    assert all(name in told for name in ("legal_basis", "complaint_phone", "broken.yaml"))


@pytest.mark.parametrize(
    ("stages", "why"),
    [
        ([], "at least one"),
        ([{"code": "a", "after": ["b"]}], "comes after b"),
        ([{"code": "a"}, {"code": "a"}], "occurs twice"),
        ([{"code": "a"}, {"code": "b"}], "does not wait for a"),
        ([{"code": "a", "limit": -1}], "0 working days or more"),
    ],
)
def test_a_process_that_cannot_be_walked_is_refused(tmp_path: Path, stages: list[dict[str, Any]], why: str) -> None:
    """Given stages that form no order that ends in one decision, the file is refused (FLW-01)."""
    whole = [{"name": "环节", "department": "market-regulation", "role": "HANDLER", "limit": 1, **stage} for stage in stages]
    with pytest.raises(CatalogueError, match=why):
        load_catalogue(changed(tmp_path, process={"accepted_by": "HANDLER", "stages": whole}))


def test_the_flow_chart_shows_each_stage_and_each_edge_once(catalogue: Catalogue) -> None:
    """Given any item, its chart is well-formed, and has every stage and every edge of the process definition (CAT-02)."""
    for item in catalogue.items:
        chart = drawn(item)
        texts = [element.text for element in chart.iter() if element.tag.endswith("text")]
        edges = sorted(element.attrib["data-edge"] for element in chart.iter() if "data-edge" in element.attrib)
        assert all(texts.count(stage.name) == 1 for stage in item.process.stages), item.code
        assert edges == sorted(f"{before}-{stage.code}" for stage in item.process.stages for before in stage.after), item.code
        assert not any(element.tag.endswith("script") or "style" in element.attrib for element in chart.iter())


def drawn(item: ItemRevision) -> ET.Element:
    """Draw the chart of an item and read it."""
    return ET.fromstring(flow_chart_svg(item.process, lambda code: code, acceptance_limit=5, result=item.result.name))  # noqa: S314 - drawn by us


def test_every_item_has_a_blank_form(catalogue: Catalogue) -> None:
    """Given any item, its blank form is set as PDF with every field, choice and material of the guide; again, it is the same (CAT-02)."""
    for item in catalogue.items:
        pdf = blank_form(item, lambda code: catalogue.departments[code].short_name)
        text = "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
        asked = [item.name, *(field.label for field in item.form), *(choice for field in item.form for choice in field.choices)]
        asked += [part for material in item.materials for part in (material.name, material.sample)]
        assert [one for one in asked if "".join(one.split()) not in text] == [], item.code
        assert pdf == blank_form(item, lambda code: catalogue.departments[code].short_name)
