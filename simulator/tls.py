"""Self-signed certificates for this machine."""

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# A long period, because a test may have changed the clock.
_FROM: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNTIL: Final = datetime(2049, 12, 31, tzinfo=UTC)
_HOSTS: Final = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate and its key, both PEM.

    A client that is given `certificate` as an authority trusts a server that uses it.
    """

    certificate: bytes
    key: bytes

    @classmethod
    def make(cls) -> Self:
        """Make one for localhost and this machine's own addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulator")])
        names = [x509.DNSName("localhost"), *(x509.IPAddress(ip_address(one)) for one in _HOSTS)]
        public_key = key.public_key()
        certificate = (
            x509.CertificateBuilder(name, name, public_key, x509.random_serial_number())
            .not_valid_before(_FROM)
            .not_valid_after(_UNTIL)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )

    def use_in(self, context: ssl.SSLContext) -> None:
        """Use this certificate for new connections of a server's context."""
        # Python reads certificates from files only.
        with TemporaryDirectory() as folder:
            path = Path(folder) / "both.pem"
            path.touch(mode=0o600)
            path.write_bytes(self.certificate + self.key)
            context.load_cert_chain(path)


class Tls:
    """The TLS side of a server: its own certificate, or an untrusted one in its place."""

    def __init__(self) -> None:
        self.own: Final = Certificate.make()
        self.context: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._shown = self.own
        self.own.use_in(self.context)

    def show_untrusted(self) -> None:
        """Use a certificate that no client trusts."""
        self._show(Certificate.make())

    def show_own(self) -> None:
        """Use the own certificate again."""
        self._show(self.own)

    def _show(self, certificate: Certificate) -> None:
        if certificate is not self._shown:
            certificate.use_in(self.context)
            self._shown = certificate
