"""Who reaches the broker from outside: each with a password of its own (SCRAM), to write to one topic, and to read nothing (ADR 0014)."""

import hashlib
import secrets
from typing import ClassVar

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

MECHANISM = "SCRAM-SHA-512"
OWN = "ANONYMOUS"
"""Whom the broker takes our own processes for, which reach it from inside and may do everything."""

_SHA_512 = 2
_ITERATIONS = 4096
_TOPIC, _LITERAL, _WRITE, _ALLOW = 2, 3, 4, 3


async def let_in(address: str, name: str, topic: str) -> str:
    """Let somebody write to a topic from outside, and give the password, new each time; raise `KafkaError` where the broker refuses."""
    if name == OWN:
        msg = f"{OWN} is what our own processes are"
        raise ValueError(msg)
    password, salt = secrets.token_urlsafe(32), secrets.token_bytes(32)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    client = AIOKafkaClient(bootstrap_servers=address)
    await client.bootstrap()
    try:
        node = client.get_random_node()
        known = await client.send(node, _AlterScramCredentials(name, salt, salted))
        allowed = await client.send(node, CreateAclsRequest(_TOPIC, topic, _LITERAL, f"User:{name}", "*", _WRITE, _ALLOW))
    finally:
        await client.close()
    for code, message in [(one[1], one[2]) for one in known.results] + [(one[0], one[1]) for one in allowed.creation_responses]:
        if code:
            raise KafkaError(f"{name} is not let in: {message or code}")
    return password


class _AlterScramCredentialsResponseV0(Response):  # type: ignore[misc]
    """The library has no class for this one of Kafka's requests (KIP-554), nor for its answer."""

    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(("user", CompactString("utf-8")), ("error_code", Int16), ("error_message", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("tags", TaggedFields),
    )


class _AlterScramCredentialsV0(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION: ClassVar[bool] = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _AlterScramCredentialsResponseV0
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScramCredentials(Request[_AlterScramCredentialsV0]):  # type: ignore[misc]
    """Give a user a new password."""

    API_KEY = 51

    def __init__(self, name: str, salt: bytes, salted_password: bytes) -> None:
        self._upsertion: tuple[object, ...] = (name, _SHA_512, _ITERATIONS, salt, salted_password, {})

    def build(self, request_struct_class: type[_AlterScramCredentialsV0]) -> _AlterScramCredentialsV0:
        """Give the bytes' form."""
        return request_struct_class([], [self._upsertion], {})
