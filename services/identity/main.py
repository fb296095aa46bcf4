"""Puts the identity provider together."""

from collections.abc import Mapping

from fastapi import FastAPI
from joserfc.jwk import ECKey

from services.chassis.auth import Access
from services.chassis.departments import Department
from services.chassis.http.application import create_app
from services.chassis.web.pages import Pages
from services.identity import api, sign_up
from services.identity.accounts import AccountStore
from services.identity.provider import Provider


def create(accounts: AccountStore, key: ECKey, access: Access, departments: Mapping[str, Department], *, trial: bool) -> FastAPI:
    """Give the provider's web application, to be served at the address that `access` names as the issuer.

    `trial` admits programs that bring a person's username and password (`TRIAL_CLIENT`): for trying out, with the sample accounts.
    """
    app = create_app("identity", "身份", access=access, pages=Pages("identity", access.now, departments))
    app.state.provider = Provider(accounts, access.provider.issuer, key, access.now, trial)
    app.include_router(api.router)
    app.include_router(sign_up.router)
    return app
