"""Who the accounts are, asked of the identity provider over HTTP and kept for a while."""

import logging
import time
from typing import Any

import httpx

from services.chassis.auth.tokens import Provider
from services.chassis.problems import Problem
from services.kernel.aggregate import SYSTEM

logger = logging.getLogger(__name__)
KEPT_SECONDS = 600.0
MOST_KEPT = 20_000
CLIENT = "onewindow-services"


class RemoteDirectory:
    """Asks at `address` with `{subject}` for the reference, in the name of the services' own account.

    Understands the own provider's answer (`name`, `email`) and that of Keycloak's administration (`lastName`, `firstName`, `email`).
    """

    def __init__(self, provider: Provider, address: str, secret: str) -> None:
        self._provider = provider
        self._address = address
        self._secret = secret
        self._token = ""
        self._expires = 0.0
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def name(self, subject: str) -> str:
        """Give the name to show for a subject; the subject itself where it is not known, or nobody can be asked."""
        if subject == SYSTEM.subject:
            return SYSTEM.name
        person = self._person(subject)
        return str(person.get("name") or f"{person.get('lastName', '')}{person.get('firstName', '')}" or subject)

    def email(self, subject: str) -> str | None:
        """Give the e-mail address of a subject, None where it has none."""
        return self._person(subject).get("email") or None

    def _person(self, subject: str) -> dict[str, Any]:
        asked, person = self._kept.get(subject, (0.0, {}))
        if asked + KEPT_SECONDS > time.monotonic():
            return person
        try:
            person = self._asked(subject)
        except (httpx.HTTPError, Problem, ValueError) as error:
            # An old answer is better than none; a page without a name is better than no page.
            logger.warning("the directory does not answer: %s", error)
            return person
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[subject] = (time.monotonic(), person)
        return person

    def _asked(self, subject: str) -> dict[str, Any]:
        if self._expires < time.monotonic():
            form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": self._secret}
            tokens = self._provider.redeem(form)
            if tokens is None:
                raise ValueError("the provider does not know the services' account")
            self._token, self._expires = tokens["access_token"], time.monotonic() + float(tokens.get("expires_in", 60)) - 30
        answer = self._provider.http.get(self._address.replace("{subject}", subject), headers={"Authorization": f"Bearer {self._token}"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return {}
        answer.raise_for_status()
        return dict(answer.json())
