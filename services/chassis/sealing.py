"""Personal data travel sealed, never in clear (SEC-02): a compact JWE (dir, A256GCM) that only those who hold the key can open."""

import os
from base64 import b64decode, urlsafe_b64encode
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

_HEADER = b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0"
"""{"alg":"dir","enc":"A256GCM"}, as it stands in front of what is sealed."""
_NONCE_BYTES = 12
_TAG_BYTES = 16
_BOX = ["ECDH-ES", "A256GCM"]


class NotOurs(ValueError):  # noqa: N818 - said of what was to be opened
    """What was to be opened was not sealed with this key, or was altered."""


class Sealer:
    """Seals documents with a key of 32 bytes.

    The five parts of RFC 7516, 7.1 are put together here, of which one is always the same and one always empty: a library that knows every form of a JWE
    takes twenty times as long as the cipher.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, document: dict[str, Any]) -> str:
        """Give the sealed form of a JSON document."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, msgspec.json.encode(document), _HEADER)
        return b".".join((_HEADER, b"", *map(_encoded, (nonce, sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:])))).decode()

    def unseal(self, sealed: str) -> dict[str, Any]:
        """Give the document; raise `NotOurs` where it cannot be opened."""
        try:
            header, key, nonce, content, tag = sealed.encode().split(b".")
            opened = self._cipher.decrypt(_decoded(nonce), _decoded(content) + _decoded(tag), header)
        except (InvalidTag, ValueError) as error:
            msg = "this was not sealed with our key, or was altered"
            raise NotOurs(msg) from error
        if header != _HEADER or key:
            msg = "this was sealed in another way than ours"
            raise NotOurs(msg)
        document: dict[str, Any] = msgspec.json.decode(opened)
        return document


def _encoded(part: bytes) -> bytes:
    return urlsafe_b64encode(part).rstrip(b"=")


def _decoded(part: bytes) -> bytes:
    return b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


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
