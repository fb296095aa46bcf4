"""Who reaches the broker from outside: each with a password of its own (SCRAM), to write to its door, and to read its own topic or nothing (ADR 0020)."""

import hashlib
import secrets
from collections.abc import Iterator
from typing import Any, ClassVar

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

MECHANISM = "SCRAM-SHA-512"
OWN = "ANONYMOUS"
"""Whom the broker takes our own processes for, which reach it from inside and may do everything."""

_SHA_512 = 2
_ITERATIONS = 4096
_UNKNOWN = 91
"""Whoever was never in need not be let out."""
_ANY, _ALLOW = 1, 3
_TOPIC, _GROUP = 2, 3
_LITERAL, _PREFIXED = 3, 4
_READ, _WRITE = 3, 4


async def let_in(address: str, name: str, *, writes: str, reads: str | None = None) -> str:
    """Let somebody write to a topic from outside, and read one, and nothing else; give the password, new each time.

    The groups of those who read are named like the topic, or so with a dot and a name of their own. Raises `KafkaError` where the broker refuses.
    """
    if name == OWN:
        msg = f"{OWN} is what our own processes are"
        raise ValueError(msg)
    password, salt = secrets.token_urlsafe(32), secrets.token_bytes(32)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    rights = [(_TOPIC, writes, _LITERAL, _WRITE)]
    if reads is not None:
        rights += [(_TOPIC, reads, _LITERAL, _READ), (_GROUP, reads, _LITERAL, _READ), (_GROUP, f"{reads}.", _PREFIXED, _READ)]
    given = [CreateAclsRequest(kind, what, pattern, f"User:{name}", "*", operation, _ALLOW) for kind, what, pattern, operation in rights]
    # Whatever the name was allowed before, for another department, say, goes.
    await _ask(address, name, _no_rights(name), _AlterScramCredentials(name, salt, salted), *given)
    return password


async def let_out(address: str, name: str) -> None:
    """Let somebody in no more; raise `KafkaError` where the broker refuses."""
    await _ask(address, name, _no_rights(name), _AlterScramCredentials(name))


def _no_rights(name: str) -> DeleteAclsRequest:
    return DeleteAclsRequest(_ANY, None, _ANY, f"User:{name}", None, _ANY, _ANY)


async def _ask(address: str, name: str, *requests: Any) -> None:  # noqa: ANN401 - the library has no common type of requests
    client = AIOKafkaClient(bootstrap_servers=address)
    await client.bootstrap()
    try:
        for request in requests:
            answer = await client.send(client.get_random_node(), request)
            for code, message in _outcomes(answer):
                if code not in {0, _UNKNOWN}:
                    raise KafkaError(f"{name}: {message or code}")
    finally:
        await client.close()


def _outcomes(answer: Any) -> Iterator[tuple[int, str | None]]:  # noqa: ANN401 - nor of answers
    """Give the code and the message of each thing that was asked for."""
    if hasattr(answer, "results"):
        yield from ((code, message) for _, code, message, _ in answer.results)
    elif hasattr(answer, "filter_responses"):
        yield from ((code, message) for code, message, _ in answer.filter_responses)
    else:
        yield from answer.creation_responses


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
    """Give a user a new password, or none any more."""

    API_KEY = 51

    def __init__(self, name: str, salt: bytes = b"", salted_password: bytes = b"") -> None:
        self._deletions: list[tuple[object, ...]] = [] if salt else [(name, _SHA_512, {})]
        self._upsertions: list[tuple[object, ...]] = [(name, _SHA_512, _ITERATIONS, salt, salted_password, {})] if salt else []

    def build(self, request_struct_class: type[_AlterScramCredentialsV0]) -> _AlterScramCredentialsV0:
        """Give the bytes' form."""
        return request_struct_class(self._deletions, self._upsertions, {})
