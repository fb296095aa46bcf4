"""Digests and signatures of results: the algorithms are named in what is signed, so that others can come beside them (SM3 is there; SM2 as an adapter).

Everything signed is a compact JWS (RFC 7515) whose header says what it is (`typ`): a signature made for one purpose is refused for another.
A further algorithm is a `joserfc` algorithm model, registered with its `JWSRegistry` and added to `ALGORITHMS`; the key names the one it signs with.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey

DIGESTS: Final = ("sha256", "sm3")
ALGORITHMS: Final = ("ES256", "Ed25519")
CODE: Final = "onewindow-code+jws"
LIBRARY: Final = "onewindow-library+jws"

SigningKey = ECKey | OKPKey
Form = TypeVar("Form")


class BadSignature(ValueError):  # noqa: N818 - said of the token
    """A token that none of our keys has signed, that was altered, or that was signed for another purpose."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What is signed of a result: no more than is printed on it."""

    number: str
    title: str
    holder: str
    authority: str
    issued_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """What the certificate library signs of a document: who holds it, as a digest, and which bytes are the true ones."""

    number: str
    item: str
    holder_digest: str
    issued_on: date
    valid_until: date | None
    digest: str
    algorithm: str


def digest(document: bytes, algorithm: str = "sha256") -> str:
    """Give the digest of a document in hexadecimal digits; raise `ValueError` for an algorithm that is not ours."""
    if algorithm not in DIGESTS:
        raise ValueError(f"digest {algorithm} is none of {', '.join(DIGESTS)}")
    return hashlib.new(algorithm, document).hexdigest()


def sign_claims(claims: Claims, key: SigningKey) -> str:
    """Give the token that the QR code carries: it can be verified without asking anybody (CER-05)."""
    return _sign(CODE, msgspec.to_builtins(claims), key)


def verify_claims(token: str, keys: KeySet) -> Claims:
    """Read the token of a QR code offline, with the public keys alone; raise `BadSignature`."""
    return _verify(CODE, token, keys, Claims)


def sign_entry(entry: LibraryEntry, key: SigningKey) -> str:
    """Give the library's signature of a document (CER-01)."""
    return _sign(LIBRARY, msgspec.to_builtins(entry), key)


def verify_entry(signature: str, keys: KeySet) -> LibraryEntry:
    """Read the library's signature of a document; raise `BadSignature`."""
    return _verify(LIBRARY, signature, keys, LibraryEntry)


def public_keys(*keys: SigningKey) -> dict[str, Any]:
    """Give the public keys as a JWKS document (RFC 7517)."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def _sign(purpose: str, payload: Mapping[str, Any], key: SigningKey) -> str:
    header = {"alg": key.alg or "ES256", "kid": key.kid, "typ": purpose}
    return jws.serialize_compact(header, msgspec.json.encode(payload), key, algorithms=list(ALGORITHMS))


def _verify(purpose: str, token: str, keys: KeySet, form: type[Form]) -> Form:
    try:
        signed = jws.deserialize_compact(token, keys, algorithms=list(ALGORITHMS))
        if signed.headers().get("typ") != purpose:
            raise BadSignature(f"signed, but not as {purpose}")
        return msgspec.json.decode(signed.payload, type=form)
    except (JoseError, ValueError, msgspec.MsgspecError) as error:
        raise BadSignature(str(error)) from error
