"""Answers in other encodings than the one that they name, or name none."""

from dataclasses import replace

from simulator import answers

from .exchange import Exchange, Make, Reply, honest
from .rules import FaultRule

REMARK = "Zoë’s café"  # noqa: RUF001 - the very apostrophe that the text below is about
"""What an added member says, so that every answer has characters outside ASCII in it.

An agent's own reason is left as it is. The apostrophe is where Windows-1252 differs from Latin-1,
which has none: there it becomes a character reference.
"""


def encoded(codec: str, declared: str | None) -> Make:
    """Answer in one encoding, declaring it, another or none."""

    def make(exchange: Exchange, _rule: FaultRule) -> Reply:
        remark = ("remark", answers.value("string", REMARK))
        xml = answers.response(answers.struct([*exchange.members, remark]))
        if declared is not None:
            xml = answers.lines(f'<?xml version="1.0" encoding="{declared}"?>', xml)
        return Reply(body=xml.encode(codec, "xmlcharrefreplace"), state=exchange.state)

    return make


def blank_lines_declared(exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer with blank lines before the XML declaration, where XML allows none."""
    reply = honest(exchange)
    declaration = b'<?xml version="1.0" encoding="iso-8859-1"?>'
    return replace(reply, body=b"\r\n\r\n" + declaration + b"\n\n" + reply.body)
