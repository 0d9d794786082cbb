"""JSON documents at the edge of what can be read, by class: those that all readers understand alike, and others."""

from collections.abc import Mapping, Sequence

MEBIBYTE = 1024 * 1024
_DEEP, _TOO_DEEP = 31, 32  # beside the object that every text below stands in


_NO_UTF_8 = [
    *(b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf"),
    *(
        b"\xf0\x80\x80\xaf",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfe",
        b"\xff",
        b"\xc3",
        b"\xe2\x82",
        b"\xf0\x9f\x98",
    ),
]


def _in_object(*texts: str) -> list[bytes]:
    return [f'{{"a":{text}}}'.encode() for text in texts]


def _nested(depth: int) -> list[bytes]:
    return _in_object("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth)


READ: Mapping[str, Sequence[bytes]] = {
    "numbers": _in_object(
        *("0", "-0", "1", "-1", "10", "1.0", "-1.5", "0.1", "0e0", "0E+1", "1e1", "1E-1", "1e+10", "-1e-10", "20e1"),
        *("9007199254740991", "9007199254740993", "9223372036854775807", "-9223372036854775808", "1e308", "-1e308"),
        *("1e-400", "0.1e-400", "123456789.123456789", "0." + "1" * 300, "1.7976931348623157e308", "5e-324"),
    ),
    "strings": _in_object(
        *('""', '" "', '"a"', '"é"', '"e\u0301"', '"تونس"', '"東京"', '"😀"', '"👨\u200d👩\u200d👧"', '"\u00a0"'),
        *('"\u2028\u2029"', '"\ufeff"', '"\ufffd"', '"\ufdd0"', '"\U0010ffff"', '"\x7f"', '"\ue000"', '"\u202e"'),
        *('"{}"', '"[1"', '"//"', '"null"', f'"{"x" * 5000}"'),
    ),
    "escapes": _in_object(
        *(r'"\""', r'"\\"', r'"\/"', r'"\b\f\n\r\t"', r'"\u0041"', r'"\u00e9"', r'"\u00E9"', r'"\u0020"', r'"\u007f"'),
        *(r'"\ud83d\ude00"', r'"\uD83D\uDE00"', r'"\u2028"', r'"\uffff"', r'"\\u0000"', r'"\\ud800"', r'"\u0001"'),
        *(r'"\udbff\udfff"', r'"\ufdd0"', r'"a\u0301"'),
    ),
    "structure": [
        *(b"{}", b"[]", b"null", b"true", b"false", b'"a"', b"1", b" {} ", b"\t{\n}\r\n", b"[[], {}]"),
        *_in_object("null", "true", "false", "[]", "{}", "[1,2]", '{"b":{}}', "[null,null]", ' [ 1 , "b" ] '),
        *(b'{"":1}', b'{" ":1}', b'{"a":1,"A":2}', '{"é":1,"e\u0301":2}'.encode(), b'{"__proto__":{"a":1}}'),
        *(b'{"a":{"a":{"a":1}}}', b'{"constructor":1,"toString":2,"hasOwnProperty":3}'),
    ],
    "depth": _nested(_DEEP),
    "size": [
        b'{"a":"' + b"x" * (MEBIBYTE - 8) + b'"}',
        b'{"a":1}' + b" " * (MEBIBYTE - 7),
        b'{"a":[' + b"0," * 100_000 + b"0]}",
        b"{" + b",".join(b'"k%d":0' % key for key in range(20_000)) + b"}",
    ],
}
"""Nobody can take these for anything else; whether a route has a use for them is another matter."""

REFUSED: Mapping[str, Sequence[bytes]] = {
    "numbers": _in_object(
        *("00", "01", "-01", "+1", "--1", "1.", ".1", "-.1", "1.e1"),
        *("1e", "1e+", "1e1.5", "1E", "e1", "-", "+", "- 1"),
        *("0x1", "0b1", "0o7", "1_000", "1,000", "1 000", "1a", "0.0.1", "١", "１", "½", "∞", "1f", "1n", "1L"),
        *("NaN", "-NaN", "nan", "Infinity", "-Infinity", "+Infinity", "inf", "-inf", "1e400", "-1e400", "1e99999"),
        *("9223372036854775808", "-9223372036854775809", "1" * 20, "1" * 5000, "-" + "1" * 5000, "1" * 400 + ".0"),
    ),
    "strings": [
        *_in_object("'a'", '"a', 'a"', '"', "a", "`a`", '"a\nb"', '"a\tb"', '"a\rb"', '"\x00"', '"\x1f"', '"\x01"'),
        *_in_object('"a" "b"', '"a""b"', "“a”", "«a»", '"a\\', '\\"a"'),
    ],
    "escapes": _in_object(
        *(r'"\x41"', r'"\u"', r'"\u1"', r'"\u12"', r'"\u123"'),
        *(r'"\u123g"', r'"\U00000041"', r'"\a"', r'"\0"', r'"\'"'),
        *(r'"\u0000"', r'"a\u0000b"', r'"\ud800"', r'"\udc00"', r'"\ud800a"', r'"\ud800\u0041"', r'"\udc00\ud800"'),
        *(
            r'"\ud800\ud800"',
            r'"\u00 41"',
            r'"\u+041"',
            r'"\u-041"',
            r'"\u{41}"',
            r'"\uD8g0"',
            '"\\\n"',
            '"\\ "',
            '"\\é"',
        ),
        *(r'"\ud83d😀"', r'"\v"', r'"\e"', r'"\u004"'),
    ),
    "keys": [
        *(b'{"a":1,"a":2}', b'{"a":1,"a":1}', b'{"a":1,"b":2,"a":3}', b'{"a":1,"\\u0061":2}', b'{"a":{"b":1,"b":1}}'),
        *(b'{"a":[{"b":1,"b":2}]}', b'{"":1,"":2}', '{"é":1,"\\u00e9":2}'.encode(), b'{"a":null,"a":null}'),
        *(
            b"{a:1}",
            b"{'a':1}",
            b"{1:1}",
            b"{null:1}",
            b"{[]:1}",
            b"{:1}",
            b'{"\\u0000":1}',
            b'{"\\ud800":1}',
            b'{"a\x00":1}',
        ),
    ],
    "encodings": [
        *(b"\xef\xbb\xbf{}", b"\xef\xbb{}", b"\xff\xfe{\x00}\x00"),
        *(b"\xfe\xff\x00{\x00}", b"\x00{\x00}", b"{\x00}\x00"),
        *('{"a":"é"}'.encode(kind) for kind in ("latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")),
        *(
            b'{"a":"' + bad + b'"}'
            for bad in (b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf")
        ),
        *(
            b'{"a":"' + bad + b'"}'
            for bad in (b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x80\x80\xaf", b"\xf4\x90\x80\x80")
        ),
        *(
            b'{"a":"' + bad + b'"}'
            for bad in (b"\xf8\x88\x80\x80\x80", b"\xfe", b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98")
        ),
        *(
            b'{"a":"\xc0\x80"}',
            b'{"\xff":1}',
            b"\xa0{}",
            b"{}\xff",
            b"+ADw-",
            b"\x1f\x8b\x08\x00",
            "{}".encode("utf-16"),
        ),
    ],
    "structure": [
        *(
            b"",
            b" ",
            b"\n",
            b"\x00",
            b"{",
            b"}",
            b"[",
            b"]",
            b"{]",
            b"[}",
            b"[1",
            b"[1,",
            b"[1,]",
            b"[,1]",
            b"[,]",
            b"[1,,2]",
        ),
        *(
            b"[1 2]",
            b"[1;2]",
            b'{"a"',
            b'{"a":',
            b'{"a":1',
            b'{"a":1,',
            b'{"a":1,}',
            b'{,"a":1}',
            b'{"a" 1}',
            b'{"a":1 "b":2}',
        ),
        *(
            b'{"a":1;"b":2}',
            b'{"a"=1}',
            b'{"a"=>1}',
            b'{"a":}',
            b'{"a":1:2}',
            b'{"a","b"}',
            b'{"a":1}}',
            b'{"a":1}]',
            b"{}{}",
        ),
        *(
            b"{} {}",
            b"{},",
            b"{} // why",
            b"/* why */ {}",
            b"# why\n{}",
            b"{}\x00",
            b"\x0b{}",
            b"\x0c{}",
            b"\x85{}",
            b"{}a",
        ),
        *("\u00a0{}".encode(), "\u2028{}".encode(), "\u3000{}".encode(), "{}\ufeff".encode()),
        *(b"True", b"None", b"nul"),
        *(
            b"TRUE",
            b"Null",
            b"tru",
            b"truefalse",
            b"undefined",
            b"nil",
            b"*",
            b"<a/>",
            b"a=1&b=2",
            b"---\na: 1",
            b"(1)",
            b"[...]",
        ),
        *(b'{"a":tru}', b'{"a":fals}', b'{"a":nulls}', b'{"a":undefined}', b'{"a":new Date()}', b'{"a":function(){}}'),
    ],
    "depth": [
        *_nested(_TOO_DEEP),
        *_nested(1000),
        *_nested(100_000),
        *(b"[" * 100_000, b'{"a":' * 100_000, b"[" * 33 + b"]" * 33, b'[{"a":' * 50_000, b"]" * 100_000),
    ],
    "size": [b'{"a":"' + b"x" * MEBIBYTE + b'"}', b" " * MEBIBYTE + b"{}", b"x" * (2 * MEBIBYTE), b"1" * 900_000],
}
"""Readers differ about these, or would fail at them."""

EVERY = [(body, True) for bodies in READ.values() for body in bodies] + [
    (body, False) for bodies in REFUSED.values() for body in bodies
]
