"""Servers and networks that misbehave, on real connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import importlib.util
import logging
import socket
import ssl
import time
from types import ModuleType

import aiohttp
from freezegun import freeze_time
import pytest

from custom_components.belfabriek.api import (
    CannotConnectError,
    CheckedRequest,
    ConnectionLostError,
    ConnectionRefusedByServerError,
    EncryptionError,
    FaultError,
    RateLimitedError,
    RequestTimeoutError,
    UntrustedCertificateError,
    UnusableAnswerError,
    transport,
)
from custom_components.belfabriek.api.transport import Answer, Transport, is_busy_status
from tests.certificates import Certificate

from .conftest import MakeClient

type Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]
"""Serves one connection; the connections are numbered."""


def response(text: str, *, headers: bytes = b"", status: bytes = b"200 OK") -> bytes:
    """Return the bytes of an HTTP response."""
    body = text.encode()
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, headers, len(body), body)


async def request_of(reader: asyncio.StreamReader) -> str:
    """Read one request and return its body, which is one line."""
    await reader.readuntil(b"\r\n\r\n")
    return (await reader.readline()).decode().strip()


@asynccontextmanager
async def serve(speak: Speak, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve connections, and return the address."""
    connections = 0

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            await speak(reader, writer, connections)
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0, ssl=tls)
    async with server:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        server.close_clients()


def respond(content: bytes) -> Speak:
    """Return a server that gives one response to everything."""

    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            await request_of(reader)
            writer.write(content)
            await writer.drain()

    return speak


async def post(session: aiohttp.ClientSession, url: str, text: str = "a") -> str:
    """Send a request and return the text of the answer."""
    answer = await Transport(session, url).post(f"{text}\n".encode())
    return answer.body.decode()


class TestKeptConnections:
    @pytest.mark.parametrize("pause", [None, 0.05])
    @pytest.mark.parametrize(
        "extra",
        [response("x"), response("x")[:20], response("xxxx")[:-2], b"\r\n", b"garbage"],
        ids=["whole", "half a header", "half a body", "line end", "garbage"],
    )
    async def test_unsolicited_bytes_are_never_the_answer_to_another_request(
        self, session: aiohttp.ClientSession, extra: bytes, pause: float | None
    ) -> None:
        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            while True:
                request = await request_of(reader)
                writer.write(response(f"for {request}"))
                if pause is not None:
                    await writer.drain()
                    await asyncio.sleep(pause)
                writer.write(extra)
                await writer.drain()

        answers = []
        async with serve(speak) as url:
            for request in ("a", "b", "c", "d"):
                try:
                    answers.append((request, await post(session, url, request)))
                except CannotConnectError:
                    # Garbage in the same packet makes only this answer unusable.
                    assert (pause, extra) == (None, b"garbage")
                await asyncio.sleep((pause or 0) * 2)
        assert answers == [(request, f"for {request}") for request, _ in answers]
        assert len(answers) == 4 or extra == b"garbage"

    async def test_unsolicited_bytes_in_the_socket_are_detected(
        self, session: aiohttp.ClientSession
    ) -> None:
        writers = []

        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            writers.append(writer)
            while True:
                writer.write(response(f"for {await request_of(reader)}"))

        async with serve(speak) as url:
            assert await post(session, url, "a") == "for a"
            # The event loop has no time to read these bytes before the next request.
            writers[0].write(response("for nobody"))
            assert await post(session, url, "b") == "for b"

    async def test_request_that_fails_on_a_new_connection_is_not_repeated(
        self, session: aiohttp.ClientSession
    ) -> None:
        requests, writers = [], []

        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            writers.append(writer)
            requests.append(await request_of(reader))
            if number == 1:
                writer.write(response("ok"))
                await reader.read()

        async with serve(speak) as url:
            await post(session, url, "a")
            writers[0].write(b"unsolicited")
            with pytest.raises(ConnectionLostError):
                await post(session, url, "b")
        assert requests == ["a", "b"]

    async def test_late_answer_is_never_the_answer_to_another_request(
        self, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.5)

        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            while True:
                request = await request_of(reader)
                if request == "late":
                    await asyncio.sleep(0.6)
                writer.write(response(f"for {request}"))
                await writer.drain()

        async with serve(speak) as url:
            assert await post(session, url, "a") == "for a"
            with pytest.raises(RequestTimeoutError):
                await post(session, url, "late")
            for _ in range(5):
                assert await post(session, url, "b") == "for b"
                await asyncio.sleep(0.05)

    @pytest.mark.parametrize("requests", [8, 1])
    async def test_silently_dead_connections_fail_no_request(
        self, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, requests: int
    ) -> None:
        monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 1.0)
        together = asyncio.Barrier(8)

        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            while True:
                await request_of(reader)
                if number <= 8:
                    await together.wait()
                writer.write(response("ok"))
                await writer.drain()
                if number <= 8:
                    # The network path has changed: no data arrives any more.
                    await reader.read()
                    return

        async with serve(speak) as url:
            for number in (8, requests):
                answers = await asyncio.gather(*(post(session, url) for _ in range(number)))
                assert answers == ["ok"] * number

    async def test_silent_server_is_asked_once_on_a_new_connection(
        self, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.5)
        asked: list[str] = []

        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            while True:
                asked.append(await request_of(reader))
                if asked[-1] == "a":
                    writer.write(response("ok"))
                    await writer.drain()

        async with serve(speak) as url:
            await post(session, url)
            with pytest.raises(RequestTimeoutError):
                await Transport(session, url).post(b"silent\n", fresh=True)
        assert asked == ["a", "silent"]


class TestRenamedHook:
    """aiohttp 4 has no `ClientRequest.send`."""

    @pytest.fixture
    def renamed(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        """Return the module as imported with an aiohttp without `ClientRequest.send`."""
        spec = importlib.util.find_spec(transport.__name__)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        with monkeypatch.context() as patch:
            patch.delattr(aiohttp.ClientRequest, "send")
            spec.loader.exec_module(module)
        return module

    def test_renamed_hook_is_logged(
        self, renamed: ModuleType, caplog: pytest.LogCaptureFixture
    ) -> None:
        (record,) = caplog.get_records("setup")
        assert "ClientRequest.send" in record.message
        assert record.levelno == logging.WARNING

    async def test_every_request_uses_a_new_connection(self, renamed: ModuleType) -> None:
        connections = []

        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            """Keep the connection open although the client asks for the opposite."""
            while True:
                header = await reader.readuntil(b"\r\n\r\n")
                connections.append((number, b"Connection: close\r\n" in header))
                request = (await reader.readline()).decode().strip()
                writer.write(response(f"for {request}"))
                await writer.drain()

        connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())
        async with (
            serve(speak) as url,
            aiohttp.ClientSession(
                connector=connector, request_class=renamed.CheckedRequest
            ) as session,
        ):
            for request in ("a", "b", "c"):
                answer = await renamed.Transport(session, url).post(f"{request}\n".encode())
                assert answer.body.decode() == f"for {request}"
        assert connections == [(1, True), (2, True), (3, True)]


class TestTls:
    @staticmethod
    def server_context(certificate: Certificate) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.use_in(context)
        return context

    @pytest.fixture
    async def trusting(self) -> AsyncIterator[tuple[aiohttp.ClientSession, Certificate]]:
        """Return a session, and the certificate that it trusts."""
        certificate = Certificate.make()
        context = ssl.create_default_context(cadata=certificate.certificate.decode())
        connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver(), ssl=context)
        async with aiohttp.ClientSession(
            connector=connector, request_class=CheckedRequest
        ) as session:
            yield session, certificate

    async def test_request_to_a_trusted_server_succeeds(
        self, trusting: tuple[aiohttp.ClientSession, Certificate]
    ) -> None:
        session, certificate = trusting
        async with serve(respond(response("ok")), tls=self.server_context(certificate)) as url:
            for _ in range(3):
                assert await post(session, url) == "ok"

    async def test_untrusted_certificate_raises_a_separate_error(
        self, trusting: tuple[aiohttp.ClientSession, Certificate]
    ) -> None:
        session, _ = trusting
        context = self.server_context(Certificate.make())
        async with serve(respond(response("ok")), tls=context) as url:
            with pytest.raises(UntrustedCertificateError):
                await post(session, url)

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
    async def test_old_tls_is_an_encryption_error(
        self, trusting: tuple[aiohttp.ClientSession, Certificate]
    ) -> None:
        session, certificate = trusting
        context = self.server_context(certificate)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        await self.assert_encryption_error(session, context)

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    async def test_required_client_certificate_is_an_encryption_error(
        self, trusting: tuple[aiohttp.ClientSession, Certificate], version: ssl.TLSVersion
    ) -> None:
        session, certificate = trusting
        context = self.server_context(certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        context.maximum_version = version
        await self.assert_encryption_error(session, context)

    @staticmethod
    async def assert_encryption_error(
        session: aiohttp.ClientSession, context: ssl.SSLContext
    ) -> None:
        """Check the error of a server that, unlike asyncio's, sends an alert before closing."""

        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(incoming, outgoing, server_side=True)
            while data := await reader.read(10_000):
                incoming.write(data)
                with suppress(ssl.SSLError):
                    tls.do_handshake()
                writer.write(outgoing.read())

        async with serve(speak) as url:
            with pytest.raises(EncryptionError, match="encrypted"):
                await post(session, url.replace("http:", "https:"))

    async def test_server_without_tls_is_an_encryption_error(
        self, session: aiohttp.ClientSession
    ) -> None:
        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            await reader.read(5)
            writer.write(response("", status=b"400 Bad Request"))

        async with serve(speak) as url:
            with pytest.raises(EncryptionError, match="encrypted"):
                await post(session, url.replace("http:", "https:"))


class TestRefusals:
    """Responses of a server that limits requests."""

    async def test_refused_connection_raises_a_separate_error(
        self, session: aiohttp.ClientSession
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(ConnectionRefusedByServerError):
            await post(session, f"http://127.0.0.1:{port}/")

    @pytest.mark.parametrize("is_reset", [False, True])
    @pytest.mark.parametrize("reads", [False, True])
    async def test_connection_closed_before_any_answer_is_lost(
        self, session: aiohttp.ClientSession, *, is_reset: bool, reads: bool
    ) -> None:
        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            if reads:
                await request_of(reader)
            if is_reset:
                writer.transport.abort()

        async with serve(speak) as url:
            with pytest.raises(ConnectionLostError):
                await post(session, url)

    async def test_connection_reset_in_the_handshake_is_lost(
        self, session: aiohttp.ClientSession
    ) -> None:
        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            await reader.read(5)
            writer.transport.abort()

        async with serve(speak) as url:
            with pytest.raises(ConnectionLostError):
                await post(session, url.replace("http:", "https:"))

    async def test_incomplete_answer_is_no_lost_connection(
        self, session: aiohttp.ClientSession
    ) -> None:
        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            await request_of(reader)
            writer.write(response("whole")[:-2])

        async with serve(speak) as url:
            with pytest.raises(CannotConnectError, match="broke") as caught:
                await post(session, url)
        assert not isinstance(caught.value, ConnectionLostError)

    @pytest.mark.parametrize(
        ("status", "is_busy"), [(403, True), (503, True), (200, False), (404, False), (500, False)]
    )
    async def test_answer_with_any_status_is_returned(
        self, session: aiohttp.ClientSession, status: int, *, is_busy: bool
    ) -> None:
        async with serve(respond(response("why", status=b"%d Oh" % status))) as url:
            assert await Transport(session, url).post(b"a\n") == Answer(status, b"why")
        assert is_busy_status(status) is is_busy

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("server_clock", "seconds"), [(600, 20), (-7200, 20), (0, 20), (None, 20)]
    )
    async def test_retry_after_counts_from_the_clock_of_the_server(
        self,
        session: aiohttp.ClientSession,
        status: int,
        server_clock: int | None,
        seconds: int,
    ) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        theirs = now + timedelta(seconds=server_clock or 0)
        headers = f"Retry-After: {format_datetime(theirs + timedelta(seconds=20))}\r\n"
        if server_clock is not None:
            headers += f"Date: {format_datetime(theirs, usegmt=True)}\r\n"
        refusal = response("", headers=headers.encode(), status=b"%d Oh" % status)
        async with serve(respond(refusal)) as url:
            with freeze_time(now), pytest.raises(RateLimitedError) as caught:
                await post(session, url)
        assert caught.value.retry_after == seconds

    async def test_retry_after_counts_from_our_clock_without_a_readable_date(
        self, session: aiohttp.ClientSession
    ) -> None:
        headers = b"Date: yesterday\r\nRetry-After: Wed, 21 Oct 2015 07:28:20 GMT\r\n"
        refusal = response("", headers=headers, status=b"429 Oh")
        async with serve(respond(refusal)) as url:
            with freeze_time("2015-10-21 07:28"), pytest.raises(RateLimitedError) as caught:
                await post(session, url)
        assert caught.value.retry_after == 20


class TestLimits:
    @pytest.mark.parametrize(
        "interim",
        [
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 103 Hints\r\nLink: %b\r\n\r\n" % (b"x" * 900),
        ],
        ids=["100", "103"],
    )
    async def test_flood_of_interim_answers_is_cut_off(
        self, session: aiohttp.ClientSession, interim: bytes
    ) -> None:
        sent = 0

        async def speak(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
        ) -> None:
            nonlocal sent
            await request_of(reader)
            while True:
                writer.write(interim * 100)
                await writer.drain()
                sent += len(interim) * 100

        async with serve(speak) as url:
            started = time.thread_time()
            with pytest.raises(UnusableAnswerError, match="too large"):
                await post(session, url)
            assert time.thread_time() - started < 1
        assert sent < 20_000_000

    async def test_some_interim_answers_are_skipped(self, session: aiohttp.ClientSession) -> None:
        interim = b"HTTP/1.1 100 Continue\r\n\r\n" * 1000
        async with serve(respond(interim + response("ok"))) as url:
            for _ in range(6):
                assert await post(session, url) == "ok"

    @pytest.mark.parametrize(
        "headers",
        [b"X-Long: " + b"x" * 9000 + b"\r\n", b"Content-Encoding: utf-8\r\n"],
        ids=["9,000 characters", "a charset as the encoding"],
    )
    async def test_odd_header_is_accepted(
        self, session: aiohttp.ClientSession, headers: bytes
    ) -> None:
        async with serve(respond(response("ok", headers=headers))) as url:
            assert await post(session, url) == "ok"


@pytest.mark.parametrize("status", [b"500 Oh", b"404 No", b"503 Busy", b"400 Bad", b"403 No"])
async def test_fault_with_any_status_is_a_fault(make_client: MakeClient, status: bytes) -> None:
    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await reader.readuntil(b"</methodCall>\n")
        fault = "<methodResponse><fault><value>No such desk</value></fault></methodResponse>"
        writer.write(response(fault, status=status))
        await writer.drain()

    async with serve(speak) as url:
        with pytest.raises(FaultError, match="No such desk"):
            await make_client(url=url).get_agent_availability("a0")


async def test_debug_log_shows_the_answer_without_credentials(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            await reader.readuntil(b"</methodCall>\n")
            writer.write(
                response(
                    "<methodResponse><params><param><value><struct>"
                    "<member><name>available</name><value><i4>0</i4></value></member>"
                    "<member><name>availReason</name><value>lunch 12345 for 31201234567</value>"
                    "</member></struct></value></param></params></methodResponse>"
                )
            )
            await writer.drain()

    async with serve(speak) as url:
        client = make_client(url=url)
        with caplog.at_level(logging.INFO, "custom_components.belfabriek"):
            await client.get_agent_availability("01001")
        assert "ivr" not in caplog.text
        with caplog.at_level(logging.DEBUG, "custom_components.belfabriek"):
            await client.get_agent_availability("01001")
    (message,) = (record.message for record in caplog.records if "ivr" in record.message)
    assert message.startswith("ivr.getAgentAvail for 01001: HTTP status 200")
    assert "lunch *** for 31201234567" in message
