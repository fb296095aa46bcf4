"""The realm for Keycloak has the same people, with the same references and rights, as our own provider."""

import json

from services.chassis.auth.tokens import AUDIENCE
from services.console import realm_document
from services.console.embedded import SERVICES
from services.identity.accounts import subject_of


def test_the_file_has_not_drifted() -> None:
    """Given the sample accounts, the committed realm is what they make."""
    assert realm_document.PATH.read_text(encoding="utf-8") == realm_document.text(), "run make realm"


def test_everybody_has_the_reference_that_events_carry() -> None:
    """Given an account, its id in Keycloak is the subject of our own tokens: events and authority name it."""
    realm = json.loads(realm_document.text())
    assert all(user["id"] == subject_of(user["username"].removeprefix("service-account-")) for user in realm["users"])
    handler = next(user for user in realm["users"] if user["username"] == "market-handler")
    assert (handler["realmRoles"], handler["attributes"]["department"]) == (["HANDLER"], ["market-regulation"])


def test_tokens_carry_what_the_services_read() -> None:
    """Given each client, its tokens name the audience, the roles as a list, and the department; the browser's come by PKCE to our callbacks alone."""
    realm = json.loads(realm_document.text())
    for client in realm["clients"]:
        mappers = {one["name"]: one["config"] for one in client["protocolMappers"]}
        assert mappers["audience"]["included.custom.audience"] == AUDIENCE
        assert (mappers["roles"]["claim.name"], mappers["roles"]["multivalued"]) == ("roles", "true")
        assert mappers["department"]["claim.name"] == "department"
    browser = realm["clients"][0]
    assert browser["attributes"]["pkce.code.challenge.method"] == "S256"
    assert {address.split("/")[1] for address in browser["redirectUris"]} == set(SERVICES)
