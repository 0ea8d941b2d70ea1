"""Bodies that are not the response that was expected: no XML, other XML, or an XML-RPC fault."""

from simulator import answers
from simulator.fault import Context, Reply, fault

_TEXT = "Internal error"


def reply_xml(xml: str) -> Reply:
    """Reply with XML that reports no state."""
    return Reply(body=answers.encoded(xml))


@fault("failed", "text that is not XML, or other bytes")
def body(context: Context, *, body: bytes = b"not XML") -> Reply:
    return Reply(body=body)


@fault("failed", "nothing in the body")
def empty_body(context: Context) -> Reply:
    return Reply()


@fault("failed", "XML that ends after two thirds")
def truncated_xml(context: Context) -> Reply:
    whole = answers.encoded(context.xml)
    return Reply(body=whole[: len(whole) * 2 // 3])


@fault("failed", "a root that is no methodResponse")
def wrong_root(context: Context) -> Reply:
    return reply_xml(context.xml.replace("methodResponse>", "answer>"))


@fault("failed", "a methodCall for an answer", of_state=True)
def method_call(context: Context) -> Reply:
    named = answers.lines("<methodCall>", f"<methodName>{context.method}</methodName>")
    xml = context.xml.replace("<methodResponse>", named)
    return reply_xml(xml.replace("</methodResponse>", "</methodCall>"))


@fault("failed", "a fault with code and text")
def fault_struct(context: Context, *, code: int = 500, text: str = _TEXT) -> Reply:
    return reply_xml(answers.fault_response(answers.fault_struct(code, text)))


@fault("failed", "a fault that is only a text")
def fault_string(context: Context, *, text: str = _TEXT) -> Reply:
    return reply_xml(answers.fault_response(answers.value("string", text)))


@fault("failed", "a fault whose struct is not in a value")
def fault_without_value(context: Context, *, code: int = 500, text: str = _TEXT) -> Reply:
    struct = answers.fault_struct(code, text)
    return reply_xml(
        answers.fault_response(struct.removeprefix("<value>").removesuffix("</value>"))
    )


@fault("failed", "a fault whose code is not an integer")
def fault_code_not_integer(context: Context, *, code: str = "E-17", text: str = _TEXT) -> Reply:
    members = (
        ("faultCode", answers.value("i4", code)),
        ("faultString", answers.value("string", text)),
    )
    return reply_xml(answers.fault_response(answers.struct(members)))


@fault("failed", "a fault with nothing in it")
def fault_empty(context: Context) -> Reply:
    return reply_xml(answers.lines("<methodResponse>", "<fault>", "</fault>", "</methodResponse>"))


@fault("failed", "a fault without members")
def fault_empty_struct(context: Context) -> Reply:
    return reply_xml(answers.fault_response(answers.struct(())))


@fault("failed", "a fault that quotes the credentials")
def fault_quoting(context: Context, *, code: int = 500, text: str = _TEXT) -> Reply:
    sent = ", ".join(f"{name}={value}" for name, value in context.params.items())
    return fault_struct(context, code=code, text=f"{text} ({sent})")
