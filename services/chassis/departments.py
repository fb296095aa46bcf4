"""The departments of the district: every service shows their names, none owns them, so they are settings."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

DEPARTMENTS_FILE = "departments.yaml"


class Department(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department by its code, as it appears on screens and documents."""

    code: str
    name: str
    short_name: str
    address: str
    phone: str
    email: str | None = None
    """Where its leaders and heads read what is told to them by their office; none where they read it here alone (NOT-01)."""
    is_centre: bool = False
    """Whether this is the service centre, at whose windows cases come in and go out."""
    system_since: date | None = None
    """The day from which its own system reports what happens (EXC-01); none where it works in this one."""


class DepartmentFileError(ValueError):
    """A departments file that cannot be used; names the file and the field."""


def read_departments(folder: Path) -> dict[str, Department]:
    """Read the departments of a catalogue folder, by their codes; raise `DepartmentFileError`."""
    path = folder / DEPARTMENTS_FILE
    try:
        listed = msgspec.yaml.decode(path.read_bytes(), type=list[Department])
    except FileNotFoundError as error:
        raise DepartmentFileError(f"{path.name}: not found in {folder}") from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise DepartmentFileError(f"{path.name}: {error}") from error
    departments = {department.code: department for department in listed}
    if len(departments) != len(listed):
        raise DepartmentFileError(f"{path.name}: a code occurs twice")
    return departments


def service_centre(departments: Mapping[str, Department]) -> str | None:
    """Give the code of the service centre, or none where a catalogue has none."""
    return next((one.code for one in departments.values() if one.is_centre), None)
