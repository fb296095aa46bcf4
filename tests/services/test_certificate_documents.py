"""Result documents: Chinese that can be read and searched, a code that scans, the same bytes each time, and nothing printed that cannot be (CER-01)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from services.certificates.documents.render import DocumentContent, render
from services.certificates.documents.wording import is_letter, review_body
from services.chassis.documents.fonts import unprintable
from services.chassis.documents.typesetting import RenderError
from services.chassis.storage.numbers import check_character, is_sound

ADDRESS = "http://127.0.0.1:8000/certificates/check?token=" + "eyJhbGciOiJFUzI1NiJ9" * 21
LICENCE = DocumentContent(
    number="MR2026-000041-J",
    title="食品经营许可证",
    granted=True,
    holder="示例区百味餐饮有限公司（示例）",
    authority="示例区市场监督管理局",
    item_name="食品经营许可证核发",
    fields=(("经营场所", "示例区人民路12号（示例）"), ("经营项目", "热食类食品制售\r\n冷食类食品制售")),
    grounds="《中华人民共和国食品安全法》第三十五条",
    reasons="",
    issued_on=date(2026, 11, 25),
    valid_from=date(2026, 11, 23),
    valid_until=date(2031, 11, 22),
    case_number="BZ20261123-000007-Q",
)
REFUSAL = replace(
    LICENCE, title="不予行政许可决定书", granted=False, valid_until=None, reasons="现场核查发现：\n一、未设置独立的冷菜间；\n二、缺少健康管理制度"
)


def read(pdf: bytes) -> str:
    """Give the text of a document without spaces and line breaks, as a search would."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def pages(pdf: bytes, *, scale: float = 2) -> Iterator[Image.Image]:
    """Give each page as a picture; at a scale of 2 it has 144 dots per inch, as a cheap scanner."""
    for page in pypdfium2.PdfDocument(pdf):
        yield page.render(scale=scale).to_pil()


def test_a_certificate_says_all_that_was_decided() -> None:
    """Given a licence, its PDF has number, item, holder, fields, authority, day of issue and validity as text (CER-01)."""
    said = read(render(LICENCE, ADDRESS))
    for part in ("食品经营许可证", "编号：MR2026-000041-J", "示例区百味餐饮有限公司", "食品经营许可证核发", "示例区人民路12号", "示例区市场监督管理局"):
        assert part in said
    assert "2026年11月25日" in said
    assert "自2026年11月23日至2031年11月22日" in said
    assert "依据：《中华人民共和国食品安全法》第三十五条。" in said
    assert "行政复议" not in said


def test_an_unlimited_validity_is_said_in_words() -> None:
    """Given no last day, the certificate is valid without limit from its first day (CER-01)."""
    assert "自2026年11月23日起长期有效" in read(render(replace(LICENCE, title="营业执照", valid_until=None), ADDRESS))


def test_a_refusal_gives_its_reasons_and_what_can_be_done_against_it() -> None:
    """Given a refusal, the letter cites article 38, all reasons, the reviewing body, 60 days and six months (行政许可法 38, CER-01)."""
    said = read(render(REFUSAL, ADDRESS))
    assert "《中华人民共和国行政许可法》第三十八条第二款，决定不予行政许可" in said
    assert "理由：现场核查发现：一、未设置独立的冷菜间；二、缺少健康管理制度。" in said
    assert "六十日内向示例区人民政府申请行政复议" in said
    assert "六个月内依法向有管辖权的人民法院提起行政诉讼" in said
    assert "办件编号：BZ20261123-000007-Q" in said


def test_a_refusal_that_is_no_licence_does_not_cite_the_licensing_law() -> None:
    """Given a refused benefit, the letter says so in neutral words, with the same remedies."""
    said = read(render(replace(REFUSAL, title="不予批准决定书"), ADDRESS))
    assert "行政许可法" not in said
    assert "决定不予批准" in said
    assert "行政复议" in said


def test_a_letter_that_grants_has_no_remedies() -> None:
    """Given a result named a letter, it is addressed to the applicant and says what was approved."""
    said = read(render(replace(LICENCE, title="设置医疗机构批准书", authority="示例区卫生健康委员会"), ADDRESS))
    assert "示例区百味餐饮有限公司（示例）：" in said
    assert "决定予以批准" in said
    assert "行政诉讼" not in said


@pytest.mark.parametrize(
    ("title", "letter"),
    [("食品经营许可证", False), ("护士执业证书", False), ("营业执照", False), ("房屋租赁登记备案证明", False), ("并联审批决定书", True), ("初审意见书", True)],
)
def test_the_name_of_a_result_says_whether_it_is_a_letter(title: str, *, letter: bool) -> None:
    """Given a name in 书 other than 证书, it is a letter; a refusal always is."""
    assert is_letter(title, granted=True) is letter
    assert is_letter(title, granted=False)


@pytest.mark.parametrize(
    ("authority", "body"),
    [("示例区民政局", "示例区人民政府"), ("示例市生态环境局（上级机关）", "示例市人民政府"), ("民政局", "本级人民政府")],
)
def test_the_government_of_the_place_reviews(authority: str, body: str) -> None:
    """Given an authority, the government of its own level reviews its decisions (行政复议法 24)."""
    assert review_body(authority) == body


def test_the_code_scans_from_paper() -> None:
    """Given a page scanned with 144 dots per inch, its QR code says the address and nothing else is found (CER-05)."""
    (page,) = pages(render(LICENCE, ADDRESS))
    assert [code.text for code in zxingcpp.read_barcodes(page)] == [ADDRESS]


def test_the_same_content_gives_the_same_bytes() -> None:
    """Given the same content, the digest is stable; one more character makes another document (CER-01)."""
    assert render(LICENCE, ADDRESS) == render(LICENCE, ADDRESS)
    assert render(LICENCE, ADDRESS) != render(replace(LICENCE, holder=LICENCE.holder + "一"), ADDRESS)


def test_a_sample_says_that_it_is_one() -> None:
    """Given a sample, the page carries 示例 across it and no legal force; without the mark neither is there."""
    marked, plain = (replace(LICENCE, holder="百味餐饮", authority="人民路区民政局", fields=(), sample=sample) for sample in (True, False))
    assert "示例文书，不具有法律效力" in read(render(marked, ADDRESS))
    assert "示例" not in read(render(plain, ADDRESS))


def test_long_texts_go_on_another_page_and_cover_nothing() -> None:
    """Given 4000 characters of reasons, all are there, the last page has the remedies and a code that scans, and each page its number."""
    pdf = render(replace(REFUSAL, reasons="不符合规定条件。" * 500), ADDRESS)
    *_, last = pages(pdf)
    assert read(pdf).count("符") == 500
    assert [f"第{page}页，共4页" in read(pdf) for page in (1, 2, 3, 4)] == [True] * 4
    assert "提起行政诉讼" in "".join(PdfReader(BytesIO(pdf)).pages[-1].extract_text().split())
    assert [code.text for code in zxingcpp.read_barcodes(last)] == [ADDRESS]


def test_markup_in_what_people_typed_stays_text() -> None:
    """Given typesetting commands in a name, they are printed as they are and not obeyed."""
    typed = '#panic("x") $x$ *粗* _斜_ \\ #image("/etc/hostname")'
    assert "".join(typed.split()) in read(render(replace(LICENCE, fields=(("名称", typed),)), ADDRESS))


@pytest.mark.parametrize("typed", ["张\U0001f600三", "李\ue000四", "王\u202e五", "赵\x00六"])
def test_what_cannot_be_printed_is_refused(typed: str) -> None:
    """Given a character without a glyph, or one that reverses or hides text, no document is made, and the error names it (CER-01)."""
    with pytest.raises(RenderError, match=f"U\\+{ord(typed[1]):04X}"):
        render(replace(LICENCE, holder=typed), ADDRESS)


def test_rare_characters_of_names_are_printed() -> None:
    """Given rare characters that the font has, beyond the basic plane too, they are in the document."""
    name = "𠮷田龘䶮㛃"
    assert unprintable(name) == ""
    assert name in read(render(replace(LICENCE, holder=name), ADDRESS))


def test_a_slip_in_a_typed_number_is_found() -> None:
    """Given any one character typed wrongly or two neighbours swapped, the number is not sound (ISO 7064, MOD 37,36)."""
    assert check_character("A12425GABC1234002") == "M", "the example of the GRid standard"
    number = LICENCE.number
    assert is_sound(number)
    assert is_sound(f" {number.lower()} ")
    places = [place for place, one in enumerate(number) if one != "-"]
    wrong = {number[:place] + other + number[place + 1 :] for place in places for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"} - {number}
    swapped = {number[:place] + number[place + 1] + number[place] + number[place + 2 :] for place in places[:-1] if number[place + 1] != "-"} - {number}
    assert not [slip for slip in wrong | swapped if is_sound(slip)]
