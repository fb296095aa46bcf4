"""Digests and signatures of results: the algorithms are named in what is signed, so that others can come beside them (SM2, SM3)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

DIGESTS = ("sha256", "sm3")


class BadSignature(ValueError):  # noqa: N818 - said of the token
    """A token that none of our keys has signed, or that was altered."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What is signed of a result: no more than is printed on it."""

    number: str
    title: str
    holder: str
    authority: str
    issued_on: date
    valid_until: date | None


def digest(document: bytes, algorithm: str = "sha256") -> str:
    """Give the digest of a document in hexadecimal digits; raise `ValueError` for an algorithm that is not ours."""
    if algorithm not in DIGESTS:
        raise ValueError(f"digest {algorithm} is none of {', '.join(DIGESTS)}")
    return hashlib.new(algorithm, document).hexdigest()


def sign(payload: Mapping[str, Any], key: ECKey) -> str:
    """Give a compact JWS (ES256) over a payload."""
    return jws.serialize_compact({"alg": "ES256", "kid": key.kid}, msgspec.json.encode(payload), key)


def sign_claims(claims: Claims, key: ECKey) -> str:
    """Give the token that the QR code carries: it can be verified without asking anybody."""
    return sign(msgspec.to_builtins(claims), key)


def verify_claims(token: str, keys: KeySet) -> Claims:
    """Read a token offline, with the public keys alone; raise `BadSignature`."""
    return msgspec.convert(verify(token, keys), Claims)


def verify(token: str, keys: KeySet) -> Any:  # noqa: ANN401 - whatever was signed
    """Give what was signed; raise `BadSignature`."""
    try:
        return msgspec.json.decode(jws.deserialize_compact(token, keys, algorithms=["ES256"]).payload)
    except (JoseError, ValueError) as error:
        raise BadSignature(str(error)) from error


def public_keys(*keys: ECKey) -> dict[str, Any]:
    """Give the public keys as a JWKS document."""
    return {"keys": [key.as_dict(private=False) for key in keys]}
