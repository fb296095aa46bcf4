"""Applicants make their accounts themselves; who they are in law is registered later, with intake (APP-01)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from services.chassis.auth import Anyone
from services.chassis.wiring import ThePages
from services.identity.accounts import UsernameTaken, wrong_fields
from services.identity.api import TheProvider

router = APIRouter(include_in_schema=False)


@router.get("/sign-up")
def sign_up_page(request: Request, pages: ThePages, _: Anyone) -> Response:
    """Show the form for a new applicant's account."""
    return pages.render(request, "sign_up.html", values={}, errors={})


@router.post("/sign-up")
def sign_up(
    request: Request,
    provider: TheProvider,
    pages: ThePages,
    _: Anyone,
    username: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Make an applicant's account."""
    values = {"username": username.strip().lower(), "name": name.strip(), "email": email.strip()}
    errors = _errors(values, password, again)
    if not errors:
        try:
            provider.accounts.sign_up(values["username"], password, values["name"], values["email"] or None)
        except UsernameTaken:
            errors["username"] = "该用户名已被使用，请换一个"
    if errors:
        return pages.render(request, "sign_up.html", status=422, values=values, errors=errors)
    return pages.render(request, "signed_up.html", username=values["username"])


def _errors(values: dict[str, str], password: str, again: str) -> dict[str, str]:
    """Say what is wrong with which field of the sign-up form."""
    errors = wrong_fields(values, password)
    if "password" not in errors and password != again:
        errors["again"] = "两次输入的密码不一致"
    return errors
