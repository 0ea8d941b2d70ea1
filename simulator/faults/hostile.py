"""Answers that mean to hurt whoever reads them."""

from collections.abc import Callable, Iterator
from functools import partial
import zlib

from simulator import answers

from .exchange import Exchange, Make, Reply
from .rules import FaultRule

_HUGE = 200_000_000  # bytes
_DEEP = 20_000  # levels
_BLOCK = 1 << 16  # bytes; little enough to be sent in a moment
_ROOT = "</methodResponse>"


def doctype(declarations: Callable[[str], str], text: str, *, true: bool = False) -> Make:
    """Answer honestly after a DOCTYPE, with one more member whose text is `text` (XML).

    `declarations` is given the simulator's base URL. `true` says that reading on does no harm.
    """

    def make(exchange: Exchange, _rule: FaultRule) -> Reply:
        remark = ("remark", f"<value><string>{text}</string></value>")
        xml = answers.response(answers.struct([*exchange.members, remark]))
        opening = f"<!DOCTYPE methodResponse{declarations(exchange.base_url)}>"
        body = answers.encoded(answers.lines(opening, xml))
        return Reply(body=body, state=exchange.state if true else None)

    return make


def plain(_base_url: str) -> str:
    """Declare nothing."""
    return ""


def exponential(_base_url: str) -> str:
    """Declare ten entities, each ten times the one before: `&e9;` is 10^9 times "ha"."""
    entities = ['<!ENTITY e0 "ha">']
    entities += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    return f" [{''.join(entities)}]"


def quadratic(_base_url: str) -> str:
    """Declare one long entity, to be used often: few bytes on the wire, 100 MB in memory."""
    return f' [<!ENTITY long "{"x" * 50_000}">]'


QUADRATIC_USES = "&long;" * 2_000


def external(base_url: str) -> str:
    """Declare a document type and an entity that are elsewhere: in the simulator's trap."""
    return (
        f' SYSTEM "{base_url}/trap/dtd"'
        f' [<!ENTITY % parameter SYSTEM "{base_url}/trap/parameter-entity"> %parameter;'
        f' <!ENTITY elsewhere SYSTEM "{base_url}/trap/entity">]'
    )


def nesting(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer with the first member's value deep inside lists in lists."""
    depth = rule.size or _DEEP
    found = exchange.members
    name, value = found[0]
    deep = "<value><array><data>" * depth + value + "</data></array></value>" * depth
    xml = answers.response(answers.struct([(name, deep), *found[1:]]))
    return Reply(body=answers.encoded(xml))


def nesting_unclosed(_exchange: Exchange, rule: FaultRule) -> Reply:
    """Open tag after tag and close none: as deep, yet within 64 KiB."""
    return Reply(body=b"<methodResponse>" + b"<a>" * (rule.size or _DEEP))


def huge_body(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer honestly, but with 200 MB of blanks before the last tag."""
    return Reply(chunks=partial(_padded, exchange.xml, rule.size or _HUGE))


def huge_body_declared(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer the same, announcing its length."""
    size = rule.size or _HUGE
    return Reply(
        chunks=partial(_padded, exchange.xml, size),
        declared_length=size + len(answers.encoded(exchange.xml)),
    )


def gzip_bomb(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer the same, compressed, whether the client can read that or not: 200 KB on the wire."""
    return Reply(
        chunks=partial(_compressed, exchange.xml, rule.size or _HUGE),
        headers={"Content-Encoding": "gzip"},
    )


def _padded(xml: str, size: int) -> Iterator[bytes]:
    """Yield the answer with `size` blanks before its last tag."""
    head, root, tail = xml.rpartition(_ROOT)
    yield answers.encoded(head)
    blanks = b" " * _BLOCK
    for _ in range(size // _BLOCK):
        yield blanks
    yield blanks[: size % _BLOCK] + answers.encoded(root + tail)


def _compressed(xml: str, size: int) -> Iterator[bytes]:
    """Yield what `_padded` yields as a gzip file, without ever compressing a block twice.

    After a full flush nothing depends on what came before, so equal blocks are equal bytes.
    """
    compressor = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    yield bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 255))
    checksum = length = 0
    known: dict[bytes, bytes] = {}
    for block in _padded(xml, size):
        checksum = zlib.crc32(block, checksum)
        length += len(block)
        if block not in known:
            known[block] = compressor.compress(block) + compressor.flush(zlib.Z_FULL_FLUSH)
        yield known[block]
    yield compressor.flush(zlib.Z_FINISH)
    yield checksum.to_bytes(4, "little") + (length % (1 << 32)).to_bytes(4, "little")
