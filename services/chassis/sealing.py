"""Personal data travel sealed, never in clear (SEC-02): a compact JWE (dir, A256GCM) that only those who hold the key can open."""

from typing import Any

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_BOX = ["ECDH-ES", "A256GCM"]


class NotOurs(ValueError):  # noqa: N818 - said of what was to be opened
    """What was to be opened was not sealed with this key, or was altered."""


class Sealer:
    """Seals documents with a key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)

    def seal(self, document: dict[str, Any]) -> str:
        """Give the sealed form of a JSON document."""
        return jwe.encrypt_compact(_HEADER, msgspec.json.encode(document), self._key)

    def unseal(self, sealed: str) -> dict[str, Any]:
        """Give the document; raise `NotOurs` where it cannot be opened."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key).plaintext
        except (JoseError, ValueError) as error:
            msg = "this was not sealed with our key, or was altered"
            raise NotOurs(msg) from error
        document: dict[str, Any] = msgspec.json.decode(opened or b"{}")
        return document


class SealedBox:
    """What anybody can seal with our public key, and we alone open: a compact JWE (ECDH-ES, A256GCM)."""

    def __init__(self, key: ECKey) -> None:
        self._key = key

    @property
    def public(self) -> dict[str, Any]:
        """The public key, as JWK."""
        return {**self._key.as_dict(private=False), "use": "enc", "alg": "ECDH-ES"}

    def open(self, sealed: str) -> bytes:
        """Give what was sealed; raise `NotOurs` where it cannot be opened."""
        try:
            return jwe.decrypt_compact(sealed, self._key, algorithms=_BOX).plaintext or b""
        except (JoseError, ValueError) as error:
            msg = "this was not sealed with our public key, or was altered"
            raise NotOurs(msg) from error


def seal_for(public: dict[str, Any], content: bytes) -> str:
    """Seal something for whoever has the private key."""
    return jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM"}, content, ECKey.import_key(public), algorithms=_BOX)
