"""A tolerant Lua 5.3 tokenizer.

One regular expression walks over the source once: every step takes the blanks in front of a token and the token.
Possessive repeats (`*+`) keep it linear, whatever the input: no step ever gives back what it took and tries again.
Half-typed and wrong programs have tokens too; nothing here raises.
"""

from __future__ import annotations

import re
from typing import AnyStr, Generic, Literal, NamedTuple

Kind = Literal[
    "name", "keyword", "number", "string", "comment", "operator", "label", "shebang", "unfinished", "unknown"
]

_WORDS = """and break do else elseif end false for function goto if in
local nil not or repeat return then true until while"""
KEYWORDS = frozenset(_WORDS.split())
_BYTE_KEYWORDS = frozenset(_WORDS.encode().split())

# A body stops before the closing quote, before a bare line end, or before a backslash that ends the source.
_QUOTED_BODY = r"(?:[^%s\\\r\n]++|\\(?:z[ \t\v\f\r\n]*+|\r\n|\n\r|[\s\S]))*+"
_DOUBLE = '"' + _QUOTED_BODY % '"'
_SINGLE = "'" + _QUOTED_BODY % "'"

_GRAMMAR = rf"""[ \t\v\f]*+(?:
    (?P<name>[A-Za-z_][A-Za-z0-9_]*+)
  | (?P<newline>\r\n?+|\n\r?+)
  | (?P<number>0[xX](?:[pP][+-]?+|[0-9a-fA-F.])*+ | \.?+[0-9](?:[eE][+-]?+|[0-9a-fA-F.])*+)
  | (?P<comment>--(?:\[(?P<comment_level>=*+)\[(?:[^\]]++|\](?!(?P=comment_level)\]))*+\](?P=comment_level)\]
                   | (?!\[=*+\[)[^\r\n]*+))
  | (?P<string>{_DOUBLE}" | {_SINGLE}' | \[(?P<level>=*+)\[(?:[^\]]++|\](?!(?P=level)\]))*+\](?P=level)\])
  | (?P<unfinished>(?:--)?+\[=*+\[[\s\S]*+ | (?:{_DOUBLE}|{_SINGLE})(?:\\\Z)?+)
  | (?P<label>::\s*+[A-Za-z_][A-Za-z0-9_]*+\s*+::)
  | (?P<operator>\.\.\.?+|[=~<>]=|<<|>>|//|::|[-+*/%^\#&~|<>=(){{}}\[\];:,.])
  | (?P<unknown>[^\x00-\x7f]++|[^ \t\v\f\r\n])
  | \Z)"""
_TEXT_TOKEN = re.compile(_GRAMMAR, re.VERBOSE | re.ASCII)
_BYTES_TOKEN = re.compile(_GRAMMAR.encode(), re.VERBOSE)

# Lua takes each of these four as one line end.
_TEXT_LINE_END = re.compile(r"\r\n?+|\n\r?+")
_BYTES_LINE_END = re.compile(rb"\r\n?+|\n\r?+")

_ESCAPE = re.compile(
    rb"\\(?:([abfnrtv\\\"'])|x([0-9a-fA-F]{2})|([0-9]{1,3})|u\{([0-9a-fA-F]{1,8})\}"
    rb"|(z[ \t\v\f\r\n]*+)|(\r\n|\n\r|\r|\n))"
)
_SIMPLE_ESCAPES = dict(zip(b"abfnrtv\\\"'", b"\a\b\f\n\r\t\v\\\"'", strict=True))


class Token(NamedTuple, Generic[AnyStr]):
    """One token of a Lua source, of the source's own type.

    Attributes:
        kind: what it is. `string` is short or long, `label` a whole `::name::`; `unfinished` is a string, long
            string or long comment without its end; `unknown` is what no Lua program may have.
        text: as it stands in the source, quotes included.
        offset: of its first unit (byte or character) in the source, from 0.
        line: of its first unit, from 1.
        column: of its first unit in the line, from 1.
    """

    kind: Kind
    text: AnyStr
    offset: int
    line: int
    column: int

    @property
    def end(self) -> int:
        """The offset behind the last unit."""
        return self.offset + len(self.text)

    @property
    def value(self) -> bytes:
        """The bytes that a `string` token stands for; of other tokens, their text."""
        raw = source_bytes(self.text)
        return _decode_string(raw) if self.kind == "string" else raw


def tokenize(source: AnyStr) -> list[Token[AnyStr]]:
    """The tokens of a Lua source in order; only blanks and line ends lie between them.

    A first line that begins with `#` is one `shebang` token, as Lua skips it in files.
    """
    token_pattern, line_end, keywords = _patterns(source)
    tokens: list[Token[AnyStr]] = []
    line, line_start, start = 1, 0, 0
    if source[:1] in ("#", b"#"):
        first_end = line_end.search(source)
        start = first_end.start() if first_end else len(source)
        tokens.append(Token("shebang", source[:start], 0, 1, 1))
    for match in token_pattern.finditer(source, start):
        kind = match.lastgroup
        if kind == "newline":
            line += 1
            line_start = match.end()
            continue
        if kind is None:  # the end of the source
            break
        text = match[kind]
        offset = match.end() - len(text)
        if kind == "name" and text in keywords:
            kind = "keyword"
        # The same as Token(...), whose Python-level constructor would take a third of the whole time.
        tokens.append(_new_tuple(Token, (kind, text, offset, line, offset - line_start + 1)))
        if kind in _MAY_SPAN_LINES:
            for inner in line_end.finditer(text):
                line += 1
                line_start = offset + inner.end()
    return tokens


_new_tuple = tuple.__new__
_MAY_SPAN_LINES = frozenset(["string", "comment", "unfinished", "label"])


def _patterns(source: AnyStr) -> tuple[re.Pattern[AnyStr], re.Pattern[AnyStr], frozenset[AnyStr]]:
    if isinstance(source, bytes):
        return _BYTES_TOKEN, _BYTES_LINE_END, _BYTE_KEYWORDS
    return _TEXT_TOKEN, _TEXT_LINE_END, KEYWORDS


def source_bytes(source: str | bytes) -> bytes:
    """The bytes that Lua reads; surrogate escapes become the bytes that they carry, lone surrogates are kept."""
    if isinstance(source, bytes):
        return source
    try:
        return source.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return source.encode("utf-8", "surrogatepass")


def _decode_string(literal: bytes) -> bytes:
    if literal[:1] in (b'"', b"'"):
        return _ESCAPE.sub(_unescape, literal[1:-1])
    level_width = literal.index(b"[", 1) + 1
    content = _BYTES_LINE_END.sub(b"\n", literal[level_width:-level_width])
    return content.removeprefix(b"\n")


def _unescape(match: re.Match[bytes]) -> bytes:
    """The bytes of one escape; one that Lua would refuse (`\\300`, `\\u{110000}`) stays as it is."""
    simple, hexadecimal, decimal, code_point, skipped, _line_end = match.groups()
    if simple is not None:
        return bytes([_SIMPLE_ESCAPES[simple[0]]])
    if hexadecimal is not None:
        return bytes.fromhex(hexadecimal.decode())
    if decimal is not None:
        return bytes([int(decimal)]) if int(decimal) < 256 else match[0]
    if code_point is not None:
        number = int(code_point, 16)
        return chr(number).encode("utf-8", "surrogatepass") if number <= 0x10FFFF else match[0]
    return b"" if skipped is not None else b"\n"
