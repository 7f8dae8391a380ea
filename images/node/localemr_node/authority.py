"""The node's own certificate authority, for AWS's host names alone, and its place in the node's trust stores.

Its key is made on the node and never leaves it. The names that it may sign are constrained: to others no client of this
node believes it.
"""

from __future__ import annotations

import os
import struct
import subprocess

from localemr_node.files import read_text, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

FOLDER = "/var/lib/localemr/authority"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
LOCAL = "/usr/local/share/ca-certificates/localemr-aws.crt"
"""Where `update-ca-certificates` finds it when it makes the stores anew."""
JAVA_STORE = "/etc/ssl/certs/java/cacerts"
SUBJECT = "LocalEMR, for AWS's names on this instance"
DAYS = "3650"

_REQUEST = """[req]
prompt = no
distinguished_name = dn
x509_extensions = ext
[dn]
CN = {subject}
[ext]
{extensions}
"""
_AUTHORITY = """basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
nameConstraints = critical,{constraints}
"""
_SERVER = """basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


class Authority:
    """The files of an authority in a folder of the current user."""

    def __init__(self, folder: str = FOLDER) -> None:
        self._folder = folder
        self.certificate = os.path.join(folder, "ca.pem")
        self._key = os.path.join(folder, "ca.key")

    def make(self, domains: Iterable[str]) -> None:
        """Make the authority for names below these domains; no effect when there is one. Raises OSError."""
        if os.path.exists(self.certificate):
            return
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        constraints = ",".join(f"permitted;DNS:{domain}" for domain in domains)
        text = _REQUEST.format(subject=SUBJECT, extensions=_AUTHORITY.format(constraints=constraints))
        # Under its name once it is whole: a start that was cut off makes it again.
        _openssl(self._written("ca.cnf", text), "-keyout", self._key, "-out", f"{self.certificate}.new")
        os.rename(f"{self.certificate}.new", self.certificate)

    def give(self, user: int) -> None:
        """Hand the folder and its files to a user id: the relay makes certificates as that user."""
        for path in (self._folder, *(os.path.join(self._folder, name) for name in os.listdir(self._folder))):
            os.chown(path, user, user)

    def context(self) -> ssl.SSLContext:
        """TLS for a server that has a certificate for every name that a client requests."""
        import ssl

        from localemr_node.awsnames import certificate_names

        contexts: dict[str, ssl.SSLContext] = {}

        def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            names = certificate_names(name or "s3.amazonaws.com")
            if names[0] not in contexts:
                try:
                    contexts[names[0]] = self._server_context(names)
                except OSError:
                    return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
            connection.context = contexts[names[0]]
            return None

        first = self._server_context(certificate_names("s3.amazonaws.com"))
        first.sni_callback = choose
        return first

    def _server_context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        import ssl

        if not all(_is_plain(name) for name in names):
            raise OSError("not a host name")
        name = names[-1]
        certificate, key = (os.path.join(self._folder, f"{name}.{ending}") for ending in ("pem", "key"))
        if not os.path.exists(certificate):
            text = _SERVER.format(names=",".join(f"DNS:{each}" for each in names))
            signed = ("-CA", self.certificate, "-CAkey", self._key)
            request = self._written(f"{name}.cnf", _REQUEST.format(subject="LocalEMR", extensions=text))
            _openssl(request, "-keyout", key, "-out", f"{certificate}.new", *signed)
            os.rename(f"{certificate}.new", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def _written(self, name: str, text: str) -> str:
        path = os.path.join(self._folder, name)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write_all(fd, text.encode())
        finally:
            os.close(fd)
        return path


def _openssl(request: str, *options: str) -> None:
    """Make a key and a certificate. Raises OSError."""
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    command = ["openssl", "req", "-x509", "-config", request, *kind, "-days", DAYS, *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"openssl: {done.stderr.strip()}")


def _is_plain(name: str) -> bool:
    return 0 < len(name) <= 253 and all(each.isalnum() or each in ".-*_" for each in name) and name.isascii()


def trust(certificate: str, bundle: str = BUNDLE, local: str = LOCAL, java: str = JAVA_STORE) -> None:
    """Add the certificate to the node's trust stores; no effect when it is there. Raises OSError."""
    text = read_text(certificate) or ""
    if read_text(local) == text:
        return
    with open(bundle, "a", encoding="ascii") as file:
        file.write(text)
    if os.path.exists(java):
        with open(java, "rb") as store:
            content = store.read()
        added = with_certificate(content, "localemr-aws", der(text))
        if added is not None:
            _replace(java, added)
    with open(local, "w", encoding="ascii") as file:
        file.write(text)


def der(text: str) -> bytes:
    """The bytes of a certificate in PEM."""
    import binascii

    inner = text.partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END CERTIFICATE-----")[0]
    return binascii.a2b_base64(inner)


_JKS = struct.Struct("!III")
_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
_PASSWORD = "changeit"
"""Java's own, of its trust store."""


def with_certificate(store: bytes, alias: str, certificate: bytes) -> bytes | None:
    """Java's trust store with a certificate more, in Sun's format JKS, in which Debian's is: entries, then a digest of
    the password, a constant and all before. None: the store has another format."""
    import hashlib

    if len(store) < _JKS.size + 20:
        return None
    magic, version, count = _JKS.unpack_from(store)
    if (magic, version) != (_MAGIC, _VERSION):
        return None
    entry = struct.pack("!I", _TRUSTED) + _text(alias) + struct.pack("!Q", 0) + _text("X.509")
    entry += struct.pack("!I", len(certificate)) + certificate
    content = _JKS.pack(magic, version, count + 1) + store[_JKS.size : -20] + entry
    start = _PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite"
    return content + hashlib.sha1(start + content, usedforsecurity=False).digest()


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text)) + text.encode()


def _replace(path: str, content: bytes) -> None:
    """Replace a file's content: a reader sees the old or the new one."""
    fd = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        write_all(fd, content)
    finally:
        os.close(fd)
    os.rename(f"{path}.new", path)
