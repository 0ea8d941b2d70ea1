import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
import gc
import itertools
import math
import re
import socket
from traceback import format_exception
import tracemalloc
from typing import override
from xmlrpc.server import SimpleXMLRPCServer

from aiohttp import ClientSession, TCPConnector, web
from aiohttp.abc import AbstractResolver, ResolveResult
import pytest

from custom_components.belfabriek.api import (
    BelfabriekClient,
    CannotConnectError,
    Credentials,
    Failure,
    FailureKind,
    FaultError,
    Pace,
    Pacer,
    ParameterNames,
    RateLimitedError,
    RequestTimeoutError,
    Status,
    UnusableAnswerError,
    transport,
)
from simulator import Account, Dialect, Simulator

from .conftest import CREDENTIALS, MakeClient

AVAILABILITY = "ivr.getAgentAvail"
STATUS = "general.getExtensionStatus"
AVAILABLE_ANSWER = (
    "<methodResponse><params><param><value><struct><member><name>available</name>"
    "<value>1</value></member></struct></value></param></params></methodResponse>"
)

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serve(handler: Handler) -> AsyncIterator[str]:
    """Serve answers that the simulator cannot send, and return the address."""
    app = web.Application()
    app.router.add_post("/", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def respond(body: str = AVAILABLE_ANSWER, **kwargs: object) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(text=body, **kwargs)  # type: ignore[arg-type]

    return handler


class TestCalls:
    async def test_availability_is_read_from_the_answer(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        simulator.extension("01001").set(available=False, reason="pause", endpoint="31612345678")
        read = await make_client().get_agent_availability("01001")
        assert (read.available, read.reason, read.endpoint) == (False, "pause", "31612345678")

    async def test_call_state_is_read_from_the_answer(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        simulator.extension("01001").call_state = "wrapup"
        assert await make_client().get_call_state("01001") == "wrapup"

    @pytest.mark.parametrize(
        ("endpoint", "status", "parameters", "available_type"),
        itertools.product(
            ("endpoint", "extension"),
            ("status", "Available"),
            ("sample", "table"),
            ("i4", "int", "string", "boolean", "untyped"),
        ),
    )
    async def test_every_dialect_is_understood(
        self,
        simulator: Simulator,
        make_client: MakeClient,
        endpoint: str,
        status: str,
        parameters: str,
        available_type: str,
    ) -> None:
        simulator.dialect = Dialect(
            endpoint=endpoint,
            status=status,
            parameters=parameters,
            available_type=available_type,
        )
        simulator.extension("01001").set(call_state="called", endpoint="31201112222")
        read = await make_client(parameter_names=ParameterNames(parameters)).get_extension_state(
            "01001"
        )
        assert read.status is Status.ON_CALL
        assert read.availability.endpoint == "31201112222"

    async def test_right_answer_with_an_error_status_is_unusable(
        self, make_client: MakeClient
    ) -> None:
        status = 200

        async def answer(request: web.Request) -> web.Response:
            return web.Response(text=AVAILABLE_ANSWER, status=status)

        async with serve(answer) as url:
            client = make_client(url=url)
            assert (await client.get_agent_availability("01001")).available
            status = 500
            with pytest.raises(UnusableAnswerError):
                await client.get_agent_availability("01001")

    async def test_shapes_of_both_answers_contain_no_phone_number(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        simulator.extension("01001").set(endpoint="31201234567")
        shapes = await make_client().get_answer_shapes("01001", ())
        assert list(shapes) == [AVAILABILITY, STATUS]
        assert all(shape.startswith("HTTP 200 <methodResponse>") for shape in shapes.values())
        assert "[11 digits]" in shapes[AVAILABILITY]
        assert "31201234567" not in str(shapes)
        # Both calls are made, whatever the agent is doing.
        assert [each.method for each in simulator.requests] == [AVAILABILITY, STATUS]

    async def test_shapes_need_no_second_call(self, make_client: MakeClient) -> None:
        client = make_client(replace(CREDENTIALS, supervisor_id=None))
        assert list(await client.get_answer_shapes("01001", ())) == [AVAILABILITY]

    async def test_shape_of_a_failed_request_is_the_error(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        await simulator.stop()
        shapes = await make_client().get_answer_shapes("01001", ())
        assert set(shapes) == {AVAILABILITY, STATUS}
        assert all("refuses the connection" in shape for shape in shapes.values())

    @pytest.mark.parametrize(
        ("available", "always", "credentials", "methods"),
        [
            (True, False, CREDENTIALS, [AVAILABILITY, STATUS]),
            (False, False, CREDENTIALS, [AVAILABILITY]),
            (False, True, CREDENTIALS, [AVAILABILITY, STATUS]),
            (True, True, replace(CREDENTIALS, supervisor_id=None), [AVAILABILITY]),
            (True, True, replace(CREDENTIALS, manager_id=""), [AVAILABILITY]),
        ],
    )
    async def test_second_call_is_made_if_the_agent_takes_calls(
        self,
        simulator: Simulator,
        make_client: MakeClient,
        available: bool,
        always: bool,
        credentials: Credentials,
        methods: list[str],
    ) -> None:
        simulator.extension("01001").set(available=available)
        client = make_client(credentials)
        read = await client.get_extension_state("01001", always_call_state=always)
        assert [each.method for each in simulator.requests] == methods
        assert (read.call_state_text is not None) is (STATUS in methods)

    async def test_second_call_needs_a_supervisor_and_a_manager_id(
        self, make_client: MakeClient
    ) -> None:
        client = make_client(replace(CREDENTIALS, manager_id=None))
        assert not client.include_call_state
        with pytest.raises(ValueError, match="manager"):
            await client.get_call_state("01001")

    async def test_requests_keep_the_pace(
        self, session: ClientSession, simulator: Simulator
    ) -> None:
        pacer = Pacer()
        pacer.pace = Pace(gap=0.05)
        client = BelfabriekClient(session, CREDENTIALS, url=simulator.url, pacer=pacer)
        loop = asyncio.get_running_loop()
        started = loop.time()
        await client.get_extension_state("01001")
        assert client.pacer is pacer
        assert loop.time() - started >= 0.05

    async def test_state_keeps_no_answer_in_memory(self, make_client: MakeClient) -> None:
        async def padded(request: web.Request) -> web.Response:
            return web.Response(text=AVAILABLE_ANSWER + " " * 15_000)

        async with serve(padded) as url:
            client = make_client(replace(CREDENTIALS, supervisor_id=None), url=url)
            await client.get_extension_state("0")
            tracemalloc.start()
            try:
                for number in range(100):
                    await client.get_extension_state(str(number))
                gc.collect()
                kept, _ = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert kept < 50 * 15_000

    async def test_leading_zeros_reach_the_server(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        await make_client().get_extension_state("01001")
        assert {request.params["extensionId"] for request in simulator.requests} == {"01001"}

    async def test_pin_replaces_a_missing_account_id(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        simulator.account = Account(pin="777", account_id="")
        client = make_client(Credentials(account_pin="777", supervisor_id="1", manager_id="2"))
        assert (await client.get_extension_state("01001")).status is Status.READY

    async def test_request_asks_for_no_compression(self, make_client: MakeClient) -> None:
        seen: list[web.Request] = []

        async def handler(request: web.Request) -> web.StreamResponse:
            seen.append(request)
            return web.Response(text=AVAILABLE_ANSWER)

        async with serve(handler) as url:
            await make_client(url=url).get_agent_availability("01001")
        (request,) = seen
        assert request.headers["Content-Type"] == "text/xml"
        assert request.headers["Accept-Encoding"] == "identity"

    async def test_answer_of_the_xmlrpc_server_of_python_is_read(
        self, make_client: MakeClient
    ) -> None:
        with SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False) as server:
            server.register_function(
                lambda params: {
                    "available": 1,
                    "availReason": f"for {params['extensionId']}",
                    "endpoint": "31201234567",
                },
                AVAILABILITY,
            )
            server.register_function(lambda _: {"Available": "calling"}, STATUS)
            serving = asyncio.create_task(asyncio.to_thread(server.serve_forever, 0.01))
            port = server.socket.getsockname()[1]
            read = await make_client(url=f"http://127.0.0.1:{port}/").get_extension_state("01001")
            await asyncio.to_thread(server.shutdown)
            await serving
        assert read.status is Status.CONNECTING
        assert read.availability.reason == "for 01001"


class TestFaults:
    @pytest.mark.parametrize(
        ("account", "extension_id", "message"),
        [
            (Account(pin="99999"), "01001", "Unknown account"),
            (Account(), "09999", "Unknown extension"),
        ],
    )
    async def test_fault_has_the_text_of_the_server(
        self,
        simulator: Simulator,
        make_client: MakeClient,
        account: Account,
        extension_id: str,
        message: str,
    ) -> None:
        simulator.account = account
        with pytest.raises(FaultError) as caught:
            await make_client().get_extension_state(extension_id)
        assert caught.value.text == message
        assert caught.value.code is not None
        assert caught.value.failure == Failure(
            FailureKind.FAULT, f"the server refused the call: {message}", message
        )

    @pytest.mark.parametrize(
        ("account", "message"),
        [
            (Account(supervisor_id="9"), "Unknown supervisor"),
            (Account(manager_id="9"), "Unknown manager"),
            (Account(account_id="9"), "Unknown account ID"),
        ],
    )
    async def test_availability_is_kept_after_a_fault_of_the_second_call(
        self, simulator: Simulator, make_client: MakeClient, account: Account, message: str
    ) -> None:
        simulator.account = account
        read = await make_client().get_extension_state("01001")
        assert read.availability.available is True
        assert read.status is None
        assert read.call_state_failure
        assert read.call_state_failure.kind is FailureKind.FAULT
        assert read.call_state_failure.quote == message

    @pytest.mark.parametrize(
        ("headers", "status", "kind"),
        [
            ({}, 500, FailureKind.UNUSABLE_ANSWER),
            ({}, 403, FailureKind.BUSY),
            ({}, 503, FailureKind.BUSY),
            ({"Content-Encoding": "gzip"}, 200, FailureKind.UNUSABLE_ANSWER),
        ],
    )
    async def test_availability_is_kept_after_another_failure_of_the_second_call(
        self, make_client: MakeClient, headers: dict[str, str], status: int, kind: FailureKind
    ) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            if AVAILABILITY in await request.text():
                return web.Response(text=AVAILABLE_ANSWER)
            return web.Response(text="no", status=status, headers=headers)

        async with serve(handler) as url:
            read = await make_client(url=url).get_extension_state("01001")
        assert read.availability.available is True
        assert read.status is None
        assert read.call_state_failure
        assert read.call_state_failure.kind is kind

    async def test_rate_limit_of_the_second_call_is_raised(self, make_client: MakeClient) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            if AVAILABILITY in await request.text():
                return web.Response(text=AVAILABLE_ANSWER)
            return web.Response(status=429)

        async with serve(handler) as url:
            with pytest.raises(RateLimitedError):
                await make_client(url=url).get_extension_state("01001")

    async def test_credentials_quoted_in_a_fault_are_masked(self, make_client: MakeClient) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            sent = re.findall("<string>(.*?)</string>", await request.text())
            quoted = f"Refused: {' / '.join(sent)} code{sent[0]} x11 1st"
            return web.Response(
                text=f"<methodResponse><fault><value>{quoted}</value></fault></methodResponse>"
            )

        async with serve(handler) as url:
            client = make_client(url=url)
            for call in (client.get_agent_availability, client.get_call_state):
                with pytest.raises(FaultError) as caught:
                    await call("01001")
                error = caught.value
                for secret in ("12345", "67890", " 1 ", " 2 "):
                    assert secret not in f"{error} {error!r} {error.args} {error.text}"
                for secret in ("12345", "67890"):
                    assert secret not in "".join(format_exception(error))
                assert error.text.startswith("Refused: ***")
                assert error.text.endswith("x11 1st")

    async def test_credentials_in_unknown_values_are_masked(
        self, simulator: Simulator, make_client: MakeClient
    ) -> None:
        text = "x" * 250 + " 12345 for 1"
        simulator.extension("01001").set(call_state=text, reason=text, endpoint="31201234567")
        read = await make_client().get_extension_state("01001")
        assert read.call_state_text == read.availability.reason == "x" * 250 + " *** "
        assert read.availability.endpoint == "31201234567"

    def test_repr_of_credentials_contains_no_credential(self) -> None:
        assert "12345" not in f"{CREDENTIALS!r} {CREDENTIALS}"


class TestTransport:
    @pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 500])
    async def test_answer_with_any_other_status_is_unusable(
        self, make_client: MakeClient, status: int
    ) -> None:
        asked = 0

        async def handler(request: web.Request) -> web.StreamResponse:
            nonlocal asked
            asked += 1
            return web.Response(
                text=AVAILABLE_ANSWER, status=status, headers={"Location": str(request.url)}
            )

        async with serve(handler) as url:
            with pytest.raises(UnusableAnswerError, match=str(status)):
                await make_client(url=url).get_agent_availability("01001")
        assert asked == 1

    @pytest.mark.parametrize("status", [403, 503])
    @pytest.mark.parametrize("body", ["", "<html>Too many requests</html>", AVAILABLE_ANSWER])
    async def test_server_that_refuses_requests_is_busy(
        self, make_client: MakeClient, status: int, body: str
    ) -> None:
        async with serve(respond(body, status=status)) as url:
            with pytest.raises(CannotConnectError, match=str(status)) as caught:
                await make_client(url=url).get_agent_availability("01001")
        assert caught.value.failure.kind is FailureKind.BUSY

    @pytest.mark.parametrize("status", [403, 500, 503])
    async def test_fault_with_an_error_status_is_a_fault(
        self, make_client: MakeClient, status: int
    ) -> None:
        fault = "<methodResponse><fault><value>No such account</value></fault></methodResponse>"
        async with serve(respond(fault, status=status)) as url:
            with pytest.raises(FaultError) as caught:
                await make_client(url=url).get_agent_availability("01001")
        assert caught.value.text == "No such account"

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("30", 30.0),
            ("0", 0.0),
            ("-5", 0.0),
            ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
            ("Wed, 21 Oct 2015 07:28:00", 0.0),
            ("soon", None),
            ("", None),
            ("9" * 400, math.inf),
            ("6.5", 6.5),
            ("nan", 0.0),
        ],
    )
    async def test_retry_after_is_read_in_every_form(
        self, make_client: MakeClient, status: int, header: str, seconds: float | None
    ) -> None:
        handler = respond(status=status, headers={"Retry-After": header})
        async with serve(handler) as url:
            with pytest.raises(RateLimitedError) as caught:
                await make_client(url=url).get_agent_availability("01001")
        assert caught.value.retry_after == seconds

    async def test_rate_limit_may_have_no_retry_after(self, make_client: MakeClient) -> None:
        async with serve(respond(status=429)) as url:
            with pytest.raises(RateLimitedError, match="fewer requests") as caught:
                await make_client(url=url).get_agent_availability("01001")
        assert caught.value.retry_after is None

    async def test_compressed_answer_is_not_unpacked(self, make_client: MakeClient) -> None:
        handler = respond(headers={"Content-Encoding": "gzip"})
        async with serve(handler) as url:
            with pytest.raises(UnusableAnswerError, match="compressed"):
                await make_client(url=url).get_agent_availability("01001")

    async def test_empty_answer_is_unusable_at_once(self, make_client: MakeClient) -> None:
        async with serve(respond("")) as url:
            client = make_client(url=url)
            for call in (client.get_agent_availability, client.get_call_state):
                for _ in range(2):
                    with pytest.raises(UnusableAnswerError, match="no XML"):
                        await call("01001")

    async def test_closed_session_sends_no_request(
        self, make_client: MakeClient, session: ClientSession
    ) -> None:
        await session.close()
        with pytest.raises(CannotConnectError, match="closed"):
            await make_client().get_agent_availability("01001")

    async def test_endless_answer_is_cut_off(self, make_client: MakeClient) -> None:
        sent = 0

        async def handler(request: web.Request) -> web.StreamResponse:
            nonlocal sent
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b" " * 16_384)
                sent += 16_384

        async with serve(handler) as url:
            with pytest.raises(UnusableAnswerError, match="larger"):
                await make_client(url=url).get_agent_availability("01001")
        assert sent < 20_000_000

    async def test_slow_answer_is_a_timeout(
        self, make_client: MakeClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.05)
        simulator.delay = 60
        with pytest.raises(RequestTimeoutError):
            await make_client().get_agent_availability("01001")

    async def test_server_that_is_down_cannot_be_reached(
        self, make_client: MakeClient, simulator: Simulator
    ) -> None:
        await simulator.stop()
        with pytest.raises(CannotConnectError, match="refuses the connection") as caught:
            await make_client().get_agent_availability("01001")
        # The address may contain a credential.
        assert "127.0.0.1" not in "".join(format_exception(caught.value))

    async def test_server_without_tls_cannot_be_reached(
        self, make_client: MakeClient, simulator: Simulator
    ) -> None:
        with pytest.raises(CannotConnectError, match="encrypted"):
            await make_client(url=simulator.url.replace("http:", "https:")).get_extension_state(
                "01001"
            )

    async def test_unknown_host_name_cannot_be_reached(self) -> None:
        class FailingResolver(AbstractResolver):
            """The test harness blocks DNS lookups."""

            @override
            async def resolve(
                self, host: str, port: int = 0, family: int = socket.AF_INET
            ) -> list[ResolveResult]:
                raise OSError(socket.EAI_NONAME, "Name or service not known")

            @override
            async def close(self) -> None:
                pass

        async with ClientSession(connector=TCPConnector(resolver=FailingResolver())) as session:
            client = BelfabriekClient(session, CREDENTIALS, url="http://belfabriek.invalid/")
            with pytest.raises(CannotConnectError, match="name"):
                await client.get_agent_availability("01001")

    async def test_server_without_http_cannot_be_reached(self, make_client: MakeClient) -> None:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ESMTP\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(CannotConnectError, match="HTTP"):
                await make_client(url=f"http://127.0.0.1:{port}/").get_agent_availability("1")

    async def test_request_on_a_closed_connection_is_sent_again(
        self, make_client: MakeClient
    ) -> None:
        connections = 0

        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            """Answer the first request of a connection, and hang up on the second."""
            nonlocal connections
            connections += 1
            await reader.readuntil(b"</methodCall>\n")
            answer = AVAILABLE_ANSWER.encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
            await reader.readuntil(b"</methodCall>\n")
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            client = make_client(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            for _ in range(3):
                assert (await client.get_agent_availability("01001")).available
            server.close_clients()
        assert connections == 3

    async def test_closed_kept_connections_fail_no_request(
        self, make_client: MakeClient, simulator: Simulator
    ) -> None:
        client = make_client()
        simulator.delay = 0.02
        await asyncio.gather(*(client.get_agent_availability("01001") for _ in range(8)))
        await simulator.inject("reset_on_reuse")
        await asyncio.gather(*(client.get_agent_availability("01001") for _ in range(8)))
        for _ in range(4):
            assert (await client.get_agent_availability("01001")).available

    async def test_hanging_extension_is_asked_once_a_poll_despite_kept_connections(
        self, make_client: MakeClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.1)
        client = make_client()
        await simulator.inject("delay", extension_id="01001", seconds=60)
        for _ in range(3):
            with pytest.raises(RequestTimeoutError):
                await client.get_agent_availability("01001")
            await client.get_agent_availability("01002")
        assert [each.extension_id for each in simulator.requests].count("01001") == 3

    async def test_request_on_a_new_connection_is_not_repeated_after_a_hangup(
        self, make_client: MakeClient, simulator: Simulator
    ) -> None:
        await simulator.inject("close_without_answer")
        with pytest.raises(CannotConnectError, match="before any answer"):
            await make_client().get_agent_availability("01001")
        assert len(simulator.requests) == 1

    async def test_request_on_a_kept_connection_is_repeated_after_a_hangup(
        self, make_client: MakeClient, simulator: Simulator
    ) -> None:
        client = make_client()
        await client.get_agent_availability("01001")
        await simulator.inject("close_without_answer")
        with pytest.raises(CannotConnectError, match="before any answer"):
            await client.get_agent_availability("01001")
        assert len(simulator.requests) == 3
