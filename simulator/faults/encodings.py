"""Right answers with bytes in front, or in another encoding than the one that they name."""

from dataclasses import replace
from functools import partial
from typing import Final

from simulator import answers
from simulator.fault import Context, Effect, Reply, fault, normal_reply

REMARK: Final = "Zoë’s café"  # noqa: RUF001 - the very apostrophe that the text below is about
"""The text of an added member, so that every answer contains characters outside ASCII.

Latin-1, unlike Windows-1252, does not have this apostrophe: there it becomes a character reference.
"""
_DECLARATION = '<?xml version="1.0" encoding="{}"?>'


def _prefixed(context: Context, *, body: bytes) -> Reply:
    reply = normal_reply(context)
    return replace(reply, body=body + reply.body)


for _name, _prefix, _note in (
    ("blank_lines", b"\r\n\r\n\r\n", "blank lines in front"),
    (
        "blank_lines_declared",
        b"\r\n\r\n" + _DECLARATION.format("iso-8859-1").encode() + b"\n\n",
        "blank lines before an XML declaration",
    ),
    ("bom", b"\xef\xbb\xbf", "a byte-order mark in front"),
    ("three_boms", b"\xef\xbb\xbf" * 3 + b"\r\n", "three byte-order marks and a blank line"),
):
    fault("true", _note, name=_name)(partial(_prefixed, body=_prefix))


def _encoded(context: Context, *, codec: str, declared: str) -> Reply:
    """Answer in one encoding, declaring it, another or none."""
    remark = ("remark", answers.value("string", REMARK))
    xml = answers.response(answers.struct([*context.members, remark]))
    if declared:
        xml = answers.lines(_DECLARATION.format(declared), xml)
    return Reply(body=xml.encode(codec, "xmlcharrefreplace"), state=context.state)


_ENCODINGS: tuple[tuple[Effect, str, str, str], ...] = (
    ("true", "latin_1", "latin-1", "iso-8859-1"),
    ("true_or_failed", "latin_1_as_utf_8", "latin-1", "utf-8"),
    ("true", "latin_1_undeclared", "latin-1", ""),
    ("true", "windows_1252_undeclared", "windows-1252", ""),
    ("true_or_failed", "windows_1252_as_latin_1", "windows-1252", "iso-8859-1"),
    ("true", "utf_8_undeclared", "utf-8", ""),
    ("true_or_failed", "utf_8_as_latin_1", "utf-8", "iso-8859-1"),
    ("true", "utf_16", "utf-16", "utf-16"),
    ("true", "utf_16_undeclared", "utf-16", ""),
    ("true_or_failed", "unknown_encoding", "utf-8", "x-unheard-of"),
)
for _effect, _name, _codec, _declared in _ENCODINGS:
    fault(
        _effect,
        f"{_codec}, {f'declared as {_declared}' if _declared else 'not declared'}",
        name=_name,
        of_state=True,
    )(partial(_encoded, codec=_codec, declared=_declared))
