"""Whatever is sent for a barcode: an answer in Ingrid's shape, and no parcel is touched."""

from urllib.parse import quote

from tests.journeys.conftest import Stage

ODD = [
    *("undefined", "null", "None", "NaN", "-1", "1e100", "0x0", "true", "1/0", "1;DROP TABLE parcels", "' OR '1'='1"),
    *("--version", "$HOME", "`id`", "$(id)", "%s%n", "{{7*7}}", "${7*7}", "<script>alert(1)</script>", "\\", '"', "'"),
    *("../../etc/passwd", "..", ".", "...", "//", "/", "a/b", "a\\b", "?a=b", "#", "%", "%00", "%2e%2e%2f", "a\x00b"),
    *("\n", "\r\nSet-Cookie: a=b", "\t", "\x1b[31m", "\x7f", " ", "\u00a0", "\u2028", "\ufeff", "\u202e123", "\u200b"),
    *("١٢٣", "１２３", "Ω≈ç√", "田中さん", "👾🙇", "Z̸̛̗a̶l̷g̵o̶", "ǅ", "ß", "İ", "\U000e0001", "\U0010ffff"),
    *("1" * 5, "1" * 64, "1" * 65, "1" * 1000, "1" * 100_000, "😀" * 1000, "A" * 20, "P2G", "intigo-"),
]
RAW = [
    "%",
    "%2",
    "%zz",
    "%00",
    "%c0%af",
    "%ff%fe",
    "%ed%a0%80",
    "%f4%90%80%80",
    "%u0041",
    "..%2F..%2f",
    "%252e%252e%252f",
]


def test_no_text_for_a_barcode_is_more_than_an_unknown_package(stage: Stage) -> None:
    for path in (*(quote(text, safe="") for text in ODD), *RAW):
        answer = stage.ingrid.delete(f"/booking/packages/{path}", headers=stage.headers)
        assert answer.status_code in (404, 405, 414), path
        assert list(answer.get_json()) == ["errors"], path
