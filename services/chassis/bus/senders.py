"""Who may put something on the bus for us without being one of us: kiosks and departments' systems, each by a key that signs what it sends (JWS)."""

import re
from contextlib import suppress
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
    """A sender: for whom it acts, its public key (JWK), and whether its department hears by a topic of its own."""

    name: str
    subject: str
    role: Role
    department: str | None
    key: dict[str, str | list[str]]
    hears: bool = False

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
        written = self._folder / f"{sender.name}.new"
        written.write_bytes(msgspec.json.format(msgspec.json.encode(sender)))
        # Others read meanwhile.
        written.replace(self._folder / f"{sender.name}.json")

    def dismiss(self, name: str) -> bool:
        """Trust a sender no more; say whether there was one."""
        if not _NAME.fullmatch(name):
            return False
        file = self._folder / f"{name}.json"
        was_there = file.exists()
        file.unlink(missing_ok=True)
        return was_there

    def hearing(self) -> set[str]:
        """Give the departments that hear by topics of their own."""
        found: set[str] = set()
        for file in self._folder.glob("*.json"):
            # Of a file that cannot be read nothing is taken, either.
            with suppress(OSError, msgspec.DecodeError):
                sender = msgspec.json.decode(file.read_bytes(), type=Sender)
                if sender.hears and sender.department:
                    found.add(sender.department)
        return found

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


def new_sender(name: str, subject: str, role: Role, department: str | None, *, hears: bool = False) -> tuple[Sender, str]:
    """Make a sender and its private key (PEM), which it alone is to have."""
    key = ECKey.generate_key("P-256")
    return Sender(name, subject, role, department, dict(key.as_dict(private=False)), hears), key.as_pem(private=True).decode()


def signed(name: str, private_key: str, body: bytes) -> bytes:
    """Sign as a sender does: a compact JWS (ES256) with its name as `kid`."""
    return jws.serialize_compact({"alg": "ES256", "kid": name}, body, ECKey.import_key(private_key)).encode()
