"""Self-signed certificates for this machine."""

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate, which a client can be told to trust, and its key, both PEM."""

    certificate: bytes
    key: bytes

    @classmethod
    def make(cls) -> Self:
        """Make one for localhost and this machine's own addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulator")])
        addresses = (x509.IPAddress(ip_address(each)) for each in ("127.0.0.1", "::1"))
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses])
        public_key = key.public_key()
        certificate = (
            x509.CertificateBuilder(name, name, public_key, x509.random_serial_number())
            # A long period, because a test may have changed the clock.
            .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2049, 12, 31, tzinfo=UTC))
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return cls(certificate.public_bytes(pem), key.private_bytes(pem, pkcs8, plain))

    def server_context(self) -> ssl.SSLContext:
        """Return the context of a server that uses this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.use_in(context)
        return context

    def use_in(self, context: ssl.SSLContext) -> None:
        """Use this certificate for new connections of a server's context."""
        # Python reads certificates from files only.
        with TemporaryDirectory() as folder:
            path = Path(folder) / "both.pem"
            path.write_bytes(self.certificate + self.key)
            context.load_cert_chain(path)
