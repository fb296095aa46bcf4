"""What a page's form hands in: fields by their codes, and for each material a file or the word that it is on paper."""

from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from services.intake.application import Intake
from services.intake.domain.form import SubmittedMaterial
from services.intake.domain.item import ItemRevision
from services.intake.uploads import LARGEST
from services.kernel.aggregate import Invalid

FORM, FILE, PAPER, SEEN = "form-", "file-", "paper-", "seen-"


async def read_form(request: Request) -> tuple[dict[str, str], dict[str, UploadFile]]:
    """Give the texts and the files of a submitted form; a field for a file that was left empty is no file."""
    submitted = await request.form()
    texts = {name: value for name, value in submitted.items() if isinstance(value, str)}
    files = {name: value for name, value in submitted.items() if isinstance(value, UploadFile) and value.filename}
    return texts, files


def fields_of(texts: dict[str, str]) -> dict[str, str]:
    """Give the fields of the application form."""
    return {name.removeprefix(FORM): value for name, value in texts.items() if name.startswith(FORM)}


async def materials_of(intake: Intake, item: ItemRevision, texts: dict[str, str], files: dict[str, UploadFile]) -> list[SubmittedMaterial]:
    """Store the files and give the materials; raise `Invalid` with the field of each file that was refused."""
    found, errors = [], {}
    for definition in item.materials:
        seen = SEEN + definition.code in texts
        file = files.get(FILE + definition.code)
        if file is not None:
            content = await file.read(LARGEST + 1)
            try:
                stored = await run_in_threadpool(intake.store_file, file.filename or "", content)
            except Invalid as error:
                errors[FILE + definition.code] = error.message
                continue
            found.append(_electronic(definition.code, definition.name, stored, seen=seen))
        elif PAPER + definition.code in texts:
            found.append(SubmittedMaterial(definition.code, definition.name, paper=True, original_checked=seen))
    if errors:
        raise Invalid("materials-wrong", "；".join(errors.values()), "APP-04", errors)
    return found


def _electronic(code: str, name: str, stored: Any, *, seen: bool) -> SubmittedMaterial:  # noqa: ANN401 - StoredFile
    return SubmittedMaterial(code, name, False, stored.filename, stored.media_type, stored.size, stored.digest, seen)  # noqa: FBT003


def shown_errors(error: Invalid) -> dict[str, str]:
    """Give the errors under the names that the page's fields have."""
    if error.code == "form-wrong":
        return {FORM + name: message for name, message in error.fields.items()}
    if error.code in {"materials-wrong", "corrections-incomplete", "corrections-unasked"}:
        return {name if name.startswith(FILE) else FILE + name: message for name, message in error.fields.items()}
    return dict(error.fields) or {"form": error.message}
