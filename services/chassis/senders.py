"""Who may put something on the bus for us without being one of us: kiosks and departments' systems, each by a key that signs what it sends (JWS)."""

import re
from pathlib import Path

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.kernel.actor import Actor, Role

_NAME = re.compile(r"[\w.-]{1,60}")


class NotSigned(ValueError):  # noqa: N818 - said of what came
    """What came was not signed by a sender whom we know."""


class Sender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sender: for whom it acts, and its public key (JWK)."""

    name: str
    subject: str
    role: Role
    department: str | None
    key: dict[str, str | list[str]]

    @property
    def actor(self) -> Actor:
        """Whoever acts when it sends."""
        return Actor(self.subject, self.name, frozenset({self.role}), self.department)


class Senders:
    """A folder with a file for each sender. What is put there holds from then on; what is taken away is trusted no more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def admit(self, sender: Sender) -> None:
        """Trust a sender."""
        if not _NAME.fullmatch(sender.name):
            msg = f"{sender.name!r} is no name for a file"
            raise ValueError(msg)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / f"{sender.name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(sender)))

    def opened(self, body: bytes) -> tuple[Actor, bytes]:
        """Give who signed a compact JWS, and what; raise `NotSigned`."""
        try:
            header = jws.extract_compact(body.strip()).headers()
            sender = self._sender(str(header.get("kid", "")))
            opened = jws.deserialize_compact(body.strip(), ECKey.import_key(sender.key), algorithms=["ES256"])
        except (JoseError, ValueError, OSError, msgspec.DecodeError) as error:
            raise NotSigned(str(error)) from error
        return sender.actor, opened.payload

    def _sender(self, name: str) -> Sender:
        if not _NAME.fullmatch(name):
            msg = f"{name[:60]!r} names no sender (kid)"
            raise NotSigned(msg)
        return msgspec.json.decode((self._folder / f"{name}.json").read_bytes(), type=Sender)


def new_sender(name: str, subject: str, role: Role, department: str | None) -> tuple[Sender, str]:
    """Make a sender and its private key (PEM), which it alone is to have."""
    key = ECKey.generate_key("P-256")
    return Sender(name, subject, role, department, dict(key.as_dict(private=False))), key.as_pem(private=True).decode()


def signed(name: str, private_key: str, body: bytes) -> bytes:
    """Sign as a sender does: a compact JWS (ES256) with its name as `kid`."""
    return jws.serialize_compact({"alg": "ES256", "kid": name}, body, ECKey.import_key(private_key)).encode()
