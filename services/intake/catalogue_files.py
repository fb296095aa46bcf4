"""The catalogue as files: one YAML per item, read strictly; every error names the file and the field, and all are told at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from services.chassis.departments import DEPARTMENTS_FILE, Department, DepartmentFileError, read_departments
from services.intake.domain.guide import check_complete
from services.intake.domain.item import ItemRevision
from services.kernel.aggregate import Invalid


class CatalogueError(ValueError):
    """A catalogue that cannot be used; `errors` has one line for each thing that is wrong."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The departments by their codes, and the items."""

    departments: dict[str, Department]
    items: tuple[ItemRevision, ...]


def load_catalogue(folder: Path) -> Catalogue:
    """Read all items of a folder and its `departments.yaml`; raise `CatalogueError`."""
    try:
        departments = read_departments(folder)
    except DepartmentFileError as error:
        raise CatalogueError([str(error)]) from error
    errors: list[str] = []
    items: dict[str, ItemRevision] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name == DEPARTMENTS_FILE:
            continue
        try:
            item = read_item(path)
        except CatalogueError as error:
            errors.extend(error.errors)
            continue
        if item.code in items:
            errors.append(f"{path.name}: code: {item.code} occurs in another file too")
        errors.extend(f"{path.name}: {code} is no department of {DEPARTMENTS_FILE}" for code in sorted(item.departments - departments.keys()))
        items[item.code] = item
    if errors:
        raise CatalogueError(errors)
    return Catalogue(departments, tuple(items.values()))


def read_item(path: Path) -> ItemRevision:
    """Read one item; raise `CatalogueError`, which names the file and every field that is wrong."""
    try:
        item = msgspec.yaml.decode(path.read_bytes(), type=ItemRevision, strict=True)
        if unknown := list(_unknown(msgspec.yaml.decode(path.read_bytes()), msgspec.to_builtins(item))):
            raise CatalogueError([f"{path.name}: {field}: no such field" for field in unknown])
        check_complete(item)
    except Invalid as error:
        raise CatalogueError([f"{path.name}: {field}: {why}" for field, why in error.fields.items()]) from error
    except msgspec.DecodeError as error:
        raise CatalogueError([f"{path.name}: {error}"]) from error
    return item


def _unknown(written: Any, known: Any, where: str = "$") -> Iterator[str]:  # noqa: ANN401 - whatever the file holds
    """Give the fields of a file that its reading left out: a misspelt one must not be passed by in silence."""
    if isinstance(written, dict) and isinstance(known, dict):
        for name, value in written.items():
            if name not in known:
                yield f"{where}.{name}"
            else:
                yield from _unknown(value, known[name], f"{where}.{name}")
    elif isinstance(written, list) and isinstance(known, list | tuple):
        for index, (value, other) in enumerate(zip(written, known, strict=True)):
            yield from _unknown(value, other, f"{where}[{index}]")
