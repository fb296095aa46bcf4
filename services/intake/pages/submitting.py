"""What a page's form hands in: fields by their codes, and for each material a file or the word that it is on paper.

A file that was taken once is named again by hidden fields, so that a mistake elsewhere in the form does not cost a second upload.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from services.intake.application import Intake
from services.intake.domain.form import SubmittedMaterial, checked_form, checked_materials
from services.intake.domain.item import ItemRevision
from services.intake.uploads import LARGEST, StoredFile
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid

FORM, FILE, PAPER, SEEN = "form-", "file-", "paper-", "seen-"
KEPT, NAMED = "kept-", "named-"
"""The digest and the name of a file that was taken before."""
Check = Callable[[], object]


async def read_form(request: Request) -> tuple[dict[str, str], dict[str, UploadFile]]:
    """Give the texts and the files of a submitted form; a field for a file that was left empty is no file."""
    submitted = await request.form()
    texts = {name: value for name, value in submitted.items() if isinstance(value, str)}
    files = {name: value for name, value in submitted.items() if isinstance(value, UploadFile) and value.filename}
    return texts, files


def fields_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Give the fields of the application form."""
    return {name.removeprefix(FORM): value for name, value in texts.items() if name.startswith(FORM)}


async def materials_of(
    intake: Intake, item: ItemRevision, texts: dict[str, str], files: Mapping[str, UploadFile], actor: Actor, now: datetime
) -> tuple[list[SubmittedMaterial], dict[str, str]]:
    """Store the files, note them in `texts`, and give the materials, and what is wrong with each file that was refused."""
    found: list[SubmittedMaterial] = []
    errors: dict[str, str] = {}
    for definition in item.materials:
        code = definition.code
        seen = SEEN + code in texts
        try:
            if (file := files.get(FILE + code)) is not None:
                content = await file.read(LARGEST + 1)
                stored = await run_in_threadpool(intake.store_file, file.filename or "", content, actor, now)
                texts |= {KEPT + code: stored.digest, NAMED + code: stored.filename}
                found.append(_electronic(code, definition.name, stored, seen=seen))
            elif texts.get(KEPT + code):
                (kept,) = (await run_in_threadpool(intake.described_files, [texts[KEPT + code]], actor)).values()
                found.append(_electronic(code, definition.name, kept.named(texts.get(NAMED + code, "")), seen=seen))
            elif PAPER + code in texts:
                found.append(SubmittedMaterial(code, definition.name, paper=True, original_checked=seen))
        except Invalid as error:
            errors[FILE + code] = error.message
            texts.pop(KEPT + code, None)
    return found, errors


def _electronic(code: str, name: str, stored: StoredFile, *, seen: bool) -> SubmittedMaterial:
    return SubmittedMaterial(code, name, False, stored.filename, stored.media_type, stored.size, stored.digest, seen)  # noqa: FBT003


def errors_of(item: ItemRevision, texts: Mapping[str, str], materials: list[SubmittedMaterial], actor: Actor, *before: Check) -> dict[str, str]:
    """Give everything that is wrong with a filled-in form at once, under the names that the page's fields have; what comes `before` the form first."""
    errors: dict[str, str] = {}
    if "applicant" in texts and _uuid(texts["applicant"]) is None:
        errors["applicant"] = "请选择申请人"
    checks: tuple[Check, ...] = (*before, lambda: checked_form(item, fields_of(texts)), lambda: checked_materials(item, materials, actor))
    for check in checks:
        try:
            check()
        except Invalid as error:
            errors |= shown_errors(error)
    return errors


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def shown_errors(error: Invalid) -> dict[str, str]:
    """Give the errors under the names that the page's fields have."""
    if error.code == "form-wrong":
        return {FORM + name: message for name, message in error.fields.items()}
    if error.code in {"materials-wrong", "corrections-incomplete", "corrections-unasked"}:
        return {name if name.startswith(FILE) else FILE + name: message for name, message in error.fields.items()}
    return dict(error.fields) or {"form": error.message}
