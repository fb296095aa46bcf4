"""Why a message could not be taken: a sentence that an operator reads, and in the lines below it what a technician needs."""

import msgspec
from pydantic import ValidationError

from contracts.envelope import Malformed
from contracts.registry import NewerVersionError, UnknownTypeError
from services.chassis.bus.senders import NotSigned
from services.chassis.fields import field_name
from services.chassis.problems import Problem
from services.chassis.sealing import NotOurs
from services.chassis.service import NotFound
from services.chassis.validation import listed
from services.kernel.aggregate import Invalid, Refusal

UNFORESEEN = "处理时程序出错，请把技术细节交给技术人员。"
_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (NotSigned, "没有登记的发送者的有效签名。"),
    (NotOurs, "内容不是用本系统公布的公钥加密的，或者被改动过。"),
    (Malformed, "不是 CloudEvents 1.0 事件。"),
    (UnknownTypeError, "没有这种事件。"),
    (NewerVersionError, "事件的版本比本系统新，升级以后才能处理。"),
    (NotFound, "没有它所说的记录。"),
    (msgspec.DecodeError, "内容不是正确的 JSON，或者格式不符合约定。"),
)


def reason_of(error: Exception) -> str:
    """Give the reason."""
    if isinstance(error, Refusal | Problem):
        return f"{_refused(error)}\n{error.code}"
    if isinstance(error, ValidationError):
        return f"数据不符合约定：{listed(error.errors())}\n{type(error).__name__}"
    sentence = next((said for kind, said in _SENTENCES if isinstance(error, kind)), UNFORESEEN)
    return f"{sentence}\n{type(error).__name__}: {error}"


def parted(reason: str) -> tuple[str, str]:
    """Give the sentence of a reason, and its technical detail. Reasons of old were either."""
    sentence, _, detail = reason.partition("\n")
    return (UNFORESEEN, reason) if sentence.isascii() else (sentence, detail)


def _refused(error: Refusal | Problem) -> str:
    if isinstance(error, Problem):
        return error.detail or error.title
    fields = error.fields if isinstance(error, Invalid) else {}
    return " ".join([error.message, "；".join(f"{field_name(field)}：{message}" for field, message in fields.items())]).strip()
