"""deploy/keycloak/realm.json for trying the distributed deployment out: the sample accounts, with the same references as in our own provider."""

import json
import sys
from pathlib import Path
from typing import Any

from services.chassis.auth.directory import CLIENT
from services.chassis.auth.tokens import AUDIENCE
from services.chassis.departments import read_departments
from services.chassis.web.assets import REPOSITORY
from services.console.embedded import SERVICES
from services.identity.account_files import read_accounts
from services.identity.accounts import Account, subject_of
from services.identity.provider import BROWSER_CLIENT, TOKEN_LIFE
from services.kernel.actor import Role

PATH = REPOSITORY / "deploy" / "keycloak" / "realm.json"
ADDRESS, SECRET = "${ONEWINDOW_PUBLIC_URL}", "${ONEWINDOW_CLIENT_SECRET}"
"""What Keycloak itself puts in from its environment."""
DEFAULT_ROLE = "default-roles-onewindow"
_PROFILE = {
    "attributes": [
        {"name": "username", "permissions": {"view": ["admin", "user"], "edit": ["admin", "user"]}},
        {"name": "email", "permissions": {"view": ["admin", "user"], "edit": ["admin", "user"]}},
        {"name": "lastName", "displayName": "姓名", "permissions": {"view": ["admin", "user"], "edit": ["admin", "user"]}},
        {"name": "firstName", "permissions": {"view": ["admin"], "edit": ["admin"]}},
        {"name": "department", "displayName": "部门代码", "permissions": {"view": ["admin"], "edit": ["admin"]}},
    ]
}


def document() -> dict[str, Any]:
    """Give the realm: anybody may register and is an applicant; everybody else is an officer whom an administrator made."""
    accounts = read_accounts(REPOSITORY / "deploy" / "accounts" / "sample.yaml", read_departments(REPOSITORY / "deploy" / "catalogue"))
    services = [account for account in accounts if account.service]
    own = Account(username=CLIENT, password=SECRET, name="系统服务", roles=(Role.SERVICE,), service=True)
    return {
        "realm": "onewindow",
        "enabled": True,
        "displayName": "一窗",
        "internationalizationEnabled": True,
        "supportedLocales": ["zh-CN"],
        "defaultLocale": "zh-CN",
        "registrationAllowed": True,
        "bruteForceProtected": True,
        "accessTokenLifespan": int(TOKEN_LIFE.total_seconds()),
        "ssoSessionMaxLifespan": int(TOKEN_LIFE.total_seconds()),
        "defaultRole": {"name": DEFAULT_ROLE},
        "roles": {
            "realm": [
                *({"name": role.value} for role in Role),
                {"name": DEFAULT_ROLE, "composite": True, "composites": {"realm": [Role.APPLICANT.value]}},
            ]
        },
        "clients": [_browser(), *(_service(account) for account in (*services, own))],
        "users": [*(_person(account) for account in accounts if not account.service), *(_account(account) for account in (*services, own))],
        "components": {
            "org.keycloak.userprofile.UserProfileProvider": [
                {"providerId": "declarative-user-profile", "config": {"kc.user.profile.config": [json.dumps(_PROFILE, ensure_ascii=False)]}}
            ]
        },
    }


def _browser() -> dict[str, Any]:
    return {
        "clientId": BROWSER_CLIENT,
        "publicClient": True,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "redirectUris": [f"{ADDRESS}/{service}/session/callback" for service in SERVICES],
        "webOrigins": [ADDRESS],
        "attributes": {"pkce.code.challenge.method": "S256", "post.logout.redirect.uris": f"{ADDRESS}/*"},
        "protocolMappers": _mappers(),
    }


def _service(account: Account) -> dict[str, Any]:
    return {
        "clientId": account.username,
        "secret": account.password,
        "publicClient": False,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": True,
        "protocolMappers": _mappers(),
    }


def _mappers() -> list[dict[str, Any]]:
    """Give what puts audience, roles and department into access tokens as services/chassis/auth/tokens.py reads them."""
    token = {"access.token.claim": "true", "id.token.claim": "false"}
    role = {**token, "claim.name": "roles", "jsonType.label": "String", "multivalued": "true"}
    department = {**token, "claim.name": "department", "jsonType.label": "String", "user.attribute": "department"}
    return [
        _mapper("audience", "oidc-audience-mapper", {**token, "included.custom.audience": AUDIENCE}),
        _mapper("roles", "oidc-usermodel-realm-role-mapper", role),
        _mapper("department", "oidc-usermodel-attribute-mapper", department),
    ]


def _mapper(name: str, kind: str, config: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config}


def _person(account: Account) -> dict[str, Any]:
    return {
        "id": account.subject,
        "username": account.username,
        "enabled": True,
        "emailVerified": True,
        "lastName": account.name,
        **({"email": account.email} if account.email else {}),
        "credentials": [{"type": "password", "value": account.password}],
        **_rights(account),
    }


def _account(account: Account) -> dict[str, Any]:
    can = {"clientRoles": {"realm-management": ["view-users"]}} if account.username == CLIENT else {}
    username = f"service-account-{account.username}"
    return {"id": subject_of(account.username), "username": username, "enabled": True, "serviceAccountClientId": account.username, **_rights(account), **can}


def _rights(account: Account) -> dict[str, Any]:
    rights: dict[str, Any] = {"realmRoles": [role.value for role in account.roles]}
    return {**rights, "attributes": {"department": [account.department]}} if account.department else rights


def text() -> str:
    """Give the file's text."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def main(path: Path = PATH) -> None:
    """Write the file."""
    path.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
