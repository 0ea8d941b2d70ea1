"""Answers that are not the XML-RPC that was expected."""

from dataclasses import replace

from simulator import answers
from simulator.service import members

from .exchange import Exchange, Make, Reply, honest
from .rules import FaultRule

_TEXT = "Internal error"
_CODE = 500


def body(_exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer with the rule's own bytes."""
    return Reply(body=b"not XML" if rule.body is None else rule.body)


def empty(_exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer nothing, properly."""
    return Reply()


def truncated(exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer with two thirds of the XML, and announce no more than that."""
    whole = answers.encoded(exchange.xml)
    return Reply(body=whole[: len(whole) * 2 // 3])


def wrong_root(exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer with everything in place but the name of the root."""
    return _xml(exchange.xml.replace("methodResponse>", "answer>"))


def method_call(exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer with a call that carries what the answer should carry."""
    name = "" if exchange.method is None else exchange.method
    call = exchange.xml.replace("methodResponse>", "methodCall>")
    opening = "<methodCall>"
    named = answers.lines(opening, f"<methodName>{name}</methodName>")
    return _xml(call.replace(opening, named, 1))


def fault_struct(_exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer a fault as the XML-RPC specification has it."""
    code = _CODE if rule.code is None else rule.code
    return _xml(answers.fault(answers.fault_struct(code, rule.text or _TEXT)))


def fault_string(_exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer a fault that is only a text."""
    return _xml(answers.fault(answers.value("string", rule.text or _TEXT)))


def fault_empty(_exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer a fault with nothing in it."""
    return _xml(answers.lines("<methodResponse>", "<fault>", "</fault>", "</methodResponse>"))


def fault_empty_struct(_exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer a fault whose struct has no members."""
    return _xml(answers.fault(answers.struct(())))


def fault_quoting(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer a fault whose text quotes everything that was sent, credentials too."""
    sent = ", ".join(f"{name}={value}" for name, value in exchange.params.items())
    text = f"{rule.text or _TEXT} ({sent})"
    code = _CODE if rule.code is None else rule.code
    return _xml(answers.fault(answers.fault_struct(code, text)))


def unknown_available(exchange: Exchange, _rule: FaultRule) -> Reply:
    """Answer an `available` that is neither 0 nor 1."""
    found = list(exchange.members)
    found[0] = (found[0][0], answers.value("i4", "2"))
    return _xml(answers.response(answers.struct(found)))


def unknown_reason(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer an `availReason` that the document does not have; `available` stays true."""
    return _reporting(exchange, reason=rule.text or "sabbatical", call_state=None)


def unknown_call_state(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer a status that the document does not have."""
    return _reporting(exchange, reason=None, call_state=rule.text or "ringing")


def prefixed(prefix: bytes) -> Make:
    """Answer honestly, with something in front."""

    def make(exchange: Exchange, _rule: FaultRule) -> Reply:
        reply = honest(exchange)
        return replace(reply, body=prefix + reply.body)

    return make


def _reporting(exchange: Exchange, *, reason: str | None, call_state: str | None) -> Reply:
    state, method = exchange.state, exchange.method
    if state is None or method is None:
        return honest(exchange)
    reported = replace(
        state,
        reason=state.reason if reason is None else reason,
        call_state=state.call_state if call_state is None else call_state,
    )
    told = members(method, reported, exchange.dialect)
    return replace(_xml(answers.response(answers.struct(told))), state=reported)


def _xml(xml: str) -> Reply:
    return Reply(body=answers.encoded(xml))
