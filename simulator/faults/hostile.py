"""Answers that try to exhaust or mislead the reader."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
import zlib

from simulator import answers
from simulator.fault import Context, Reply, fault, normal_reply

from .responses import reply_xml

_HUGE = 200_000_000  # bytes
_DEEP = 20_000  # levels
_BLOCK = 1 << 16  # bytes; few enough to be sent quickly
_ROOT = "</methodResponse>"


def _doctype(context: Context, declarations: str, text: str) -> Reply:
    """Answer after a DOCTYPE, with one more member whose text is `text` (XML)."""
    remark = ("remark", f"<value><string>{text}</string></value>")
    xml = answers.response(answers.struct([*context.members, remark]))
    return reply_xml(answers.lines(f"<!DOCTYPE methodResponse{declarations}>", xml))


@fault("true_or_failed", "a DOCTYPE that declares nothing", of_state=True)
def doctype(context: Context) -> Reply:
    return replace(_doctype(context, "", ""), state=context.state)


@fault("failed", "entities that become 2 GB", of_state=True)
def doctype_exponential(context: Context) -> Reply:
    entities = ['<!ENTITY e0 "ha">']
    entities += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    return _doctype(context, f" [{''.join(entities)}]", "&e9;")


@fault("failed", "entities with an external address", of_state=True)
def doctype_external(context: Context) -> Reply:
    trap = f"{context.base_url}/trap"
    declarations = (
        f' SYSTEM "{trap}/dtd" [<!ENTITY % parameter SYSTEM "{trap}/parameter-entity"> %parameter;'
        f' <!ENTITY elsewhere SYSTEM "{trap}/entity">]'
    )
    return _doctype(context, declarations, "&elsewhere;")


@fault("failed", "20,000 lists in lists, 860 KB", of_state=True)
def nesting(context: Context, *, size: int = _DEEP) -> Reply:
    (name, value), *rest = context.members
    deep = "<value><array><data>" * size + value + "</data></array></value>" * size
    return reply_xml(answers.response(answers.struct([(name, deep), *rest])))


@fault("failed", "20,000 tags opened, 60 KB")
def nesting_unclosed(context: Context, *, size: int = _DEEP) -> Reply:
    return Reply(body=b"<methodResponse>" + b"<a>" * size)


@fault("failed", "47 KB of xmlns and 2,000 tags", of_state=True)
def xmlns_bomb(context: Context, *, size: int = 47_000) -> Reply:
    name = "x" * size
    xml = context.xml.replace("<methodResponse>", f'<methodResponse xmlns="{name}">', 1)
    return reply_xml(xml.replace(_ROOT, "<a/>" * 2_000 + _ROOT))


@fault("true_or_failed", "64 KB of blanks before the last tag")
def padded(context: Context, *, size: int = 64_000) -> Reply:
    body = b"".join(_padded(context.xml, size))
    return replace(normal_reply(context), body=body)


@fault("failed", "200 MB")
def huge_body(context: Context, *, size: int = _HUGE) -> Reply:
    return Reply(chunks=partial(_padded, context.xml, size))


@fault("failed", "200 MB with a Content-Length")
def huge_body_declared(context: Context, *, size: int = _HUGE) -> Reply:
    length = size + len(answers.encoded(context.xml))
    return Reply(chunks=partial(_padded, context.xml, size), declared_length=length)


@fault("failed", "200 KB that become 200 MB")
def gzip_bomb(context: Context, *, size: int = _HUGE) -> Reply:
    chunks = partial(_compressed, context.xml, size)
    return Reply(chunks=chunks, headers={"Content-Encoding": "gzip"})


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
