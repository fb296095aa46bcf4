"""What is sealed is a compact JWE that any library opens with the key, and nobody without it; what was altered is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey

from services.chassis.sealing import NotOurs, Sealer

KEY = b"k" * 32
DOCUMENT = {"name": "张三（示例）", "account": None}
PLAIN = {"alg": "dir", "enc": "A256GCM"}


@given(st.dictionaries(st.text(), st.text() | st.none() | st.booleans() | st.lists(st.text())))
def test_what_is_sealed_is_opened_again_by_us_and_by_others(document: dict[str, Any]) -> None:
    """Given any document, when it is sealed, then we open it, and so does whoever has the key and a library for JWE."""
    sealed = Sealer(KEY).seal(document)

    assert Sealer(KEY).unseal(sealed) == document
    assert json.loads(jwe.decrypt_compact(sealed, OctKey.import_key(KEY)).plaintext or b"") == document


def test_what_was_sealed_by_a_library_is_opened() -> None:
    """Given a document that a library sealed, as older events were, when we open it, then it is the document."""
    sealed = jwe.encrypt_compact(PLAIN, json.dumps(DOCUMENT).encode(), OctKey.import_key(KEY))

    assert Sealer(KEY).unseal(sealed) == DOCUMENT


def test_nothing_is_sealed_twice_alike() -> None:
    """Given one document, when it is sealed twice, then nobody sees that it is the same."""
    sealer = Sealer(KEY)

    assert sealer.seal(DOCUMENT) != sealer.seal(DOCUMENT)


@pytest.mark.parametrize("part", range(5))
def test_what_was_altered_is_refused(part: int) -> None:
    """Given something sealed, when any of its parts is altered, then it is not opened."""
    parts = Sealer(KEY).seal(DOCUMENT).split(".")
    parts[part] = ("B" if parts[part][:1] == "A" else "A") + parts[part][1:]

    with pytest.raises(NotOurs):
        Sealer(KEY).unseal(".".join(parts))


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "....",
        "nothing",
        "a.b.c",
        "表.格.里.没.有",
        "\ud800....",
        Sealer(b"o" * 32).seal(DOCUMENT),
        jwe.encrypt_compact({**PLAIN, "cty": "json"}, b"{}", OctKey.import_key(KEY)),
    ],
)
def test_what_is_not_ours_is_refused(sealed: str) -> None:
    """Given nonsense, or what was sealed with another key or in another way, when we open it, then it is refused."""
    with pytest.raises(NotOurs):
        Sealer(KEY).unseal(sealed)
