"""Makes both calls for one extension, and prints a report without secrets."""

from argparse import ArgumentParser
import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from getpass import getpass
import json
from pathlib import Path
import platform
import re
import sys
import time
from typing import TYPE_CHECKING, Final, override

import aiohttp
from yarl import URL

INTEGRATION: Final = Path(__file__).parents[1] / "custom_components" / "belfabriek"

if TYPE_CHECKING:
    from custom_components.belfabriek import api
    from custom_components.belfabriek.api import redaction, transport
else:  # As a package of its own: custom_components.belfabriek imports Home Assistant.
    sys.path.append(str(INTEGRATION))
    import api
    from api import redaction, transport

MANIFEST: Final = json.loads((INTEGRATION / "manifest.json").read_text("utf-8"))
SHOWN_HEADERS: Final = (
    "Content-Type",
    "Content-Length",
    "Transfer-Encoding",
    "Content-Encoding",
    "Connection",
    "Keep-Alive",
    "Retry-After",
    "Server",
    "X-Powered-By",
    "Via",
)
"""Headers whose values are in the report. Of all others, it has only the names."""
MAX_NAMES: Final = 40
MAX_QUOTE: Final = 100
"""Maximum number of characters of a text from the server."""
SHORT: Final = 3
"""IDs up to this length are not masked in headers, because "***" in place of a digit of a version
would reveal the ID."""
FAILURES_OF_BOTH: Final = (api.ServerUnreachableError, api.RateLimitedError, api.FaultError)
"""After one of these, the second call would fail in the same way."""


def _printable(text: str) -> str:
    """Return a text that cannot control a terminal."""
    return "".join(each for each in text if each.isprintable())


class ObservedResponse(aiohttp.ClientResponse):
    """A response that knows its connection."""

    encryption: str = "not encrypted"
    certificate: Mapping[str, object] | None = None

    @override
    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        # The connection is released as soon as the answer is complete.
        tls = connection.transport and connection.transport.get_extra_info("ssl_object")
        if tls:
            self.encryption = f"{tls.version()}, {tls.cipher()[0]}"
            self.certificate = tls.getpeercert()
        return await super().start(connection)


class Observer:
    """A middleware that records requests and responses."""

    def __init__(self) -> None:
        self.parameters = ""
        """The names of the parameters in the last request."""
        self.results: list[aiohttp.ClientResponse | Exception] = []

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Make the request."""
        body = request.body if isinstance(request.body, bytes) else await request.body.as_bytes()
        self.parameters = ", ".join(re.findall("<name>(.*?)</name>", body.decode("iso-8859-1")))
        try:
            response = await handler(request)
        except Exception as err:
            self.results.append(err)
            raise
        self.results.append(response)
        return response


@dataclass(slots=True)
class Report:
    """The report for an issue, and texts that only the user sees."""

    redact: api.Redactor
    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """Texts of the server. Credentials are masked, but names of people are not."""
    complete: bool = True
    """Whether every call was read, and the status is known."""

    def add(self, label: str, *lines: str) -> None:
        """Add lines under a label."""
        for number, line in enumerate(lines):
            self.lines.append(f"  {'' if number else label:<11} {line}")

    def quote(self, text: str) -> str:
        """Return a text without secrets, on one short line."""
        return self.redact(_printable(text))[:MAX_QUOTE]

    def names(self, names: Iterable[str]) -> str:
        """Return a list of names."""
        return ", ".join([self.quote(each) for each in names][:MAX_NAMES])

    def keep(self, what: str, words: str) -> str:
        """Keep a text of the server for the user; return its replacement for the report."""
        self.words.append(f"{what}: {self.redact.mask(_printable(words))}")
        return "[unknown, left out]"


class ObservedClient(api.BelfabriekClient):
    """A client that keeps the shape of its last answers by method."""

    @override
    async def _post(
        self, method: str, extension_id: str, params: Mapping[str, str]
    ) -> transport.Answer:
        self.shapes: dict[str, str] = {}
        answer = await super()._post(method, extension_id, params)
        hidden = {each for each in (*astuple(self._credentials), extension_id) if each}
        shape = redaction.shape_of(answer.body, hidden)
        self.shapes[method] = f"HTTP {answer.status} {shape}"
        return answer


@dataclass(frozen=True, slots=True)
class Asker:
    """Makes calls for one extension, and reports each attempt."""

    extension_id: str
    clients: Sequence[ObservedClient]
    """One for each set of parameter names."""
    observer: Observer
    report: Report

    async def call[AnswerT](
        self, method: str, make: Callable[[ObservedClient], Awaitable[AnswerT]]
    ) -> AnswerT | api.BelfabriekError:
        """Make one call, with the other parameter names if the server answers with a fault."""
        faults = []
        for client in self.clients:
            result = await self._attempt(client, method, make)
            if not isinstance(result, api.FaultError):
                break
            faults.append(result)
        else:
            result = faults[0]
        self.report.complete &= not isinstance(result, api.BelfabriekError)
        return result

    async def _attempt[AnswerT](
        self,
        client: ObservedClient,
        method: str,
        make: Callable[[ObservedClient], Awaitable[AnswerT]],
    ) -> AnswerT | api.BelfabriekError:
        self.observer.results.clear()
        started = time.monotonic()
        result: AnswerT | api.BelfabriekError
        try:
            result = await make(client)
        except api.BelfabriekError as err:
            result = err
        milliseconds = (time.monotonic() - started) * 1000
        report = self.report
        report.lines += ["", f"{method}, names of the vendor's {client.parameter_names}"]
        report.add("request", f"POST, parameters {self.observer.parameters}")
        for each in self.observer.results:
            _add_http(report, each)
        report.add("time", f"{milliseconds:.0f} ms")
        shape = client.shapes.get(method, "none")
        report.add("answer", *shape.replace("<member>", "\n<member>").splitlines())
        report.add("read as", *_reading(report, result))
        return result


async def ask(credentials: api.Credentials, extension_id: str, url: str) -> Report:
    """Make both calls and return the report."""
    report = _start(credentials, extension_id, url)
    observer = Observer()
    # Like the session of the integration, but with the resolver of the system.
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver()),
        cookie_jar=aiohttp.DummyCookieJar(),
        request_class=api.CheckedRequest,
        response_class=ObservedResponse,
        max_field_size=transport.MAX_HEADER,
        middlewares=[observer],
    ) as session:
        clients = [
            ObservedClient(session, credentials, url=url, parameter_names=names)
            for names in api.ParameterNames
        ]
        asker = Asker(extension_id, clients, observer, report)
        first = await asker.call(
            "ivr.getAgentAvail", lambda client: client.get_agent_availability(extension_id)
        )
        second: str | api.BelfabriekError | None = None
        if not clients[0].include_call_state:
            report.lines += ["", "general.getExtensionStatus: not called without IDs for it"]
        elif isinstance(first, FAILURES_OF_BOTH):
            report.lines += ["", "general.getExtensionStatus: not called, it would fail as well"]
        else:
            second = await asker.call(
                "general.getExtensionStatus", lambda client: client.get_call_state(extension_id)
            )
    status = _state(first, second).status if isinstance(first, api.AgentAvailability) else None
    report.complete &= status is not None
    report.lines += ["", f"Status: {status or 'unknown'}"]
    return report


def _start(credentials: api.Credentials, extension_id: str, url: str) -> Report:
    """Return a report with the address and the credentials that are used."""
    ids = {
        "account PIN": credentials.account_pin,
        "supervisor ID": credentials.supervisor_id,
        "manager ID": credentials.manager_id,
        "account ID": credentials.account_id,
        "extension ID": extension_id,
    }
    report = Report(api.Redactor(*(each for each in ids.values() if each and len(each) > SHORT)))
    report.lines.append(f"Belfabriek {MANIFEST['version']}: both calls for one extension")
    report.add("address", report.quote(str(URL(url).with_query(None).with_fragment(None))))
    report.add("given", ", ".join(name for name, value in ids.items() if value))
    versions = f"Python {platform.python_version()}, aiohttp {aiohttp.__version__}"
    report.add("run by", f"{versions}, {platform.system()}")
    return report


def _state(
    first: api.AgentAvailability, second: str | api.BelfabriekError | None
) -> api.ExtensionState:
    """Return the state in Home Assistant, which makes the second call only for available agents."""
    if not first.available:
        return api.ExtensionState(availability=first)
    if isinstance(second, api.BelfabriekError):
        return api.ExtensionState(availability=first, call_state_failure=second.failure)
    return api.ExtensionState(availability=first, call_state_text=second)


def _add_http(report: Report, result: aiohttp.ClientResponse | Exception) -> None:
    """Add one request to the report."""
    if isinstance(result, Exception):
        report.add("failed", _failure(report, result))
        return
    if isinstance(result, ObservedResponse):
        report.add("connection", result.encryption)
        if result.certificate:
            report.add("certificate", *_certificate(report, result.certificate))
    version = result.version
    report.add("response", f"HTTP/{version.major}.{version.minor}" if version else "HTTP")
    report.lines[-1] += f", status {result.status}"
    report.add("headers", *_headers(report, result))


def _headers(report: Report, response: aiohttp.ClientResponse) -> Iterator[str]:
    headers = response.headers
    for name in SHOWN_HEADERS:
        for value in headers.getall(name, []):
            yield f"{name}: {report.quote(value)}"
    if "Location" in headers:
        yield f"Location: {report.quote(_origin(headers['Location']))}, the rest is left out"
    if cookies := headers.getall("Set-Cookie", []):
        yield f"Set-Cookie: {report.names(each.partition('=')[0] for each in cookies)}=..."
    shown = {name.lower() for name in (*SHOWN_HEADERS, "Location", "Set-Cookie")}
    if others := [name for name in headers if name.lower() not in shown]:
        yield f"also: {report.names(others)}"


def _origin(location: str) -> str:
    """Return where a redirect leads, without the path."""
    try:
        return str(URL(location).origin())
    except ValueError:
        return "the same server"


def _certificate(report: Report, certificate: Mapping[str, object]) -> Iterator[str]:
    """Yield the facts of a certificate, which is trusted."""
    yield f"for {report.names(_values(certificate.get('subjectAltName')))}"
    yield f"by {report.names(_values(certificate.get('issuer')))}"
    yield f"until {certificate.get('notAfter')}"


def _values(pairs: object) -> Iterator[str]:
    """Yield the values of the possibly nested pairs that `ssl` returns for names."""
    match pairs:
        case (str(), str() as value):
            yield value
        case tuple():
            for each in pairs:
                yield from _values(each)


def _failure(report: Report, err: Exception) -> str:
    """Return why there is no response, without text from the server."""
    match err:
        case aiohttp.ClientConnectorCertificateError():
            reason = getattr(err.certificate_error, "verify_message", None)
        case aiohttp.ClientConnectorError():
            reason = getattr(err.os_error, "reason", None) or err.os_error.strerror
        case _:
            reason = None
    return type(err).__name__ + (f": {report.quote(reason)}" if reason else "")


def _reading(report: Report, result: object) -> Iterator[str]:
    """Yield what was read, without text from the server."""
    match result:
        case api.FaultError():
            yield "a fault"
            yield f"code: {report.quote(str(result.code))}"
            yield f"text: {report.keep('fault', result.text) if result.text else 'none'}"
        case api.BelfabriekError():
            yield f"{type(result).__name__}: {result}"
        case api.AgentAvailability():
            words = result.unrecognized
            known = "yes" if result.available else "no"
            yield f"available: {known if words is None else report.keep('available', words)}"
            reason = result.reason or "none"
            known = reason if not result.reason or reason.lower() in api.KNOWN_WORDS else ""
            yield f"reason: {known or report.keep('availReason', reason)}"
            yield f"endpoint: {f'{len(result.endpoint)} characters' if result.endpoint else 'none'}"
        case str():
            known = result.lower() if result.lower() in api.KNOWN_WORDS else ""
            yield f"call state: {known or report.keep('call state', result)}"


def _enter(prompt: str) -> str:
    """Return hidden input from the terminal, or the next line of a pipe."""
    line = getpass(f"{prompt}: ") if sys.stdin.isatty() else sys.stdin.readline()
    return _printable(line).strip()


def main() -> int:
    """Return 0 if every call was read and the status is known, 1 otherwise."""
    parser = ArgumentParser(prog="scripts/ask", description=__doc__)
    parser.add_argument("--url", default=api.DEFAULT_URL, help="address of the API (%(default)s)")
    parser.add_argument(
        "--allow-unencrypted",
        action="store_true",
        help="allow http to another machine: anyone on the network could read your PIN",
    )
    arguments = parser.parse_args()
    try:
        url = api.check_url(arguments.url, allow_unencrypted=arguments.allow_unencrypted)
    except api.UnencryptedUrlError as err:
        sys.exit(f"ask: {err}; use https, or --allow-unencrypted")
    except api.InvalidUrlError as err:
        sys.exit(f"ask: {err}")
    print("What you type is neither shown nor in the report.", file=sys.stderr)
    account_pin = _enter("Account PIN")
    extension_id = _enter("Extension ID, with the zeros in front")
    if not account_pin or not extension_id:
        sys.exit("ask: an account PIN and an extension ID are needed")
    supervisor_id = _enter("Supervisor ID (Enter: leave out the second call)")
    manager_id = _enter("Manager ID") if supervisor_id else ""
    account_id = _enter("Account ID (Enter: the PIN)") if manager_id else ""
    credentials = api.Credentials(
        account_pin=account_pin,
        supervisor_id=supervisor_id or None,
        manager_id=manager_id or None,
        account_id=account_id or None,
    )
    report = asyncio.run(ask(credentials, extension_id, url))
    print("\n".join(report.lines), flush=True)
    if report.words:
        print(
            "\nNot in the report, because a person may have typed it:",
            *dict.fromkeys(report.words),
            sep="\n  ",
            file=sys.stderr,
        )
        print("Add it to the issue if nothing in it is private.", file=sys.stderr)
    print(
        f"\nPaste this report into: {MANIFEST['issue_tracker']}/new?template=answer.yml",
        file=sys.stderr,
    )
    return 0 if report.complete else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt, EOFError:
        sys.exit("ask: nothing was asked")
