"""Why a message was not taken: in Chinese for the operator, in the words of the program for a technician."""

import pytest
from pydantic import ValidationError

from contracts.department import StageSigned
from contracts.envelope import Malformed
from services.chassis.bus.reasons import UNFORESEEN, parted, reason_of
from services.chassis.bus.senders import NotSigned
from services.chassis.problems import Problem
from services.chassis.sealing import NotOurs
from services.chassis.service import NotFound
from services.kernel.aggregate import Invalid, NotAllowed


@pytest.mark.parametrize(
    ("error", "sentence", "detail"),
    [
        (Malformed("Object missing required field `id`"), "不是 CloudEvents 1.0 事件。", "Malformed: Object missing required field `id`"),
        (NotSigned("bad_signature"), "没有登记的发送者的有效签名。", "NotSigned: bad_signature"),
        (NotOurs("no key"), "内容不是用本系统公布的公钥加密的，或者被改动过。", "NotOurs: no key"),
        (NotFound("no item"), "没有它所说的记录。", "NotFound: no item"),
        (NotAllowed("source-wrong", "source 不对。", "EXC-01"), "source 不对。", "source-wrong"),
        (Invalid("form-wrong", "申请表有误。", "APP-01", {"phone": "应为 11 位"}), "申请表有误。 联系电话：应为 11 位", "form-wrong"),
        (Problem(413, "too-large", "太大", "文件超过 20 MB。"), "文件超过 20 MB。", "too-large"),
        (ZeroDivisionError("division by zero"), UNFORESEEN, "ZeroDivisionError: division by zero"),
    ],
)
def test_a_reason_is_a_sentence_and_its_detail(error: Exception, sentence: str, detail: str) -> None:
    """Whatever kept a message from being taken, the operator reads what it means, and the technician what the program said."""
    assert parted(reason_of(error)) == (sentence, detail)


def test_each_wrong_field_is_named_with_its_place() -> None:
    """Given data that do not keep the contract, each field is named in Chinese, with the path by which whoever mends it finds it."""
    with pytest.raises(ValidationError) as caught:
        StageSigned.model_validate({"stage": "handle"})
    sentence, _ = parted(reason_of(caught.value))
    assert sentence.startswith("数据不符合约定：办理人（officer）必须填写；")


def test_reasons_of_old_are_read_as_what_they_are() -> None:
    """Given a letter that was kept when reasons were one line, English is technical detail and Chinese a sentence."""
    assert parted("Malformed: no JSON") == (UNFORESEEN, "Malformed: no JSON")
    assert parted("目录中没有这个事项。") == ("目录中没有这个事项。", "")
