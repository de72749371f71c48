import pytest

from syndicator.sources._encoding import decode

TEXT = "<rss><title>Élection à Łódź — „Wahl“ 選挙 👍</title></rss>"
WEST = "<rss><title>Élection à Köln: “vote” – 5 €</title></rss>"


@pytest.mark.parametrize(
    "name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_unicode_is_recognised_whatever_it_declares(name: str) -> None:
    assert decode(TEXT.encode(name)) == TEXT
    lie = f'<?xml version="1.0" encoding="iso-8859-1"?>{TEXT}'
    assert decode(lie.encode(name), charset="windows-1251") == lie


@pytest.mark.parametrize(
    ("name", "text"),
    [("iso-8859-2", "Łódź"), ("windows-1251", "Выборы в Брюсселе"), ("koi8-r", "Выборы в Брюсселе"),
    ("shift_jis", "選挙"),
     ("euc-kr", "선거"), ("big5", "選舉"), ("iso-2022-jp", "選挙の結果"),
     ("gb18030", "选举"), ("windows-1252", "5 € – “x”")],
)  # fmt: skip
def test_declared_encodings(name: str, text: str) -> None:
    document = f'<?xml version="1.0" encoding="{name}"?><rss>{text}</rss>'
    assert decode(document.encode(name)) == document
    assert decode(f"<rss>{text}</rss>".encode(name), charset=name) == f"<rss>{text}</rss>"
    page = f'<html><meta charset="{name}">{text}</html>'
    assert decode(page.encode(name)) == page


def test_western_bytes_under_a_wrong_name() -> None:
    for declared in ("utf-8", "us-ascii", "utf-16", "nonsense"):
        document = f'<?xml version="1.0" encoding="{declared}"?>{WEST}'
        assert decode(document.encode("windows-1252")) == document
    assert decode(WEST.encode("windows-1252"), charset="utf-8") == WEST
    assert decode("“x”".encode("windows-1252"), charset="iso-8859-1") == "“x”"


def test_a_stray_byte_does_not_spoil_the_rest() -> None:
    assert decode(TEXT.encode() + b"caf\xe9") == TEXT + "café"
    assert decode(TEXT.encode()[:-3].rstrip(b">") + b"\xc3").startswith(TEXT[:20])


def test_utf_7_is_never_decoded() -> None:
    body = b'<?xml version="1.0" encoding="utf-7"?><rss>+ADw-script+AD4-</rss>'
    assert "+ADw-" in decode(body, charset="utf-7")


@pytest.mark.parametrize("name", ["koi8-r", "windows-1255", "euc-kr"])
def test_what_cannot_be_told_is_refused_not_guessed(name: str) -> None:
    text = {"koi8-r": "Выборы в Брюсселе ", "windows-1255": "בחירות בבריסל ", "euc-kr": "브뤼셀 선거 "}[name]
    with pytest.raises(ValueError, match="encoding"):
        decode((text * 20).encode(name))


def test_characters_that_xml_forbids_go() -> None:
    assert decode(b"a\x00b\x08c\x0bd\x1fe\x7f\xed\xa0\x80\xef\xbf\xbff") == "abcdef"
    assert "\ufffd" not in decode(bytes(range(256)) * 3)
