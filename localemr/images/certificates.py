"""The certificate authorities that this host trusts beyond the usual ones."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

LOCAL = Path("/usr/local/share/ca-certificates")
SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def certificates() -> dict[str, Path]:
    """Their files by path in a build context: Debian's local folder, and the bundle that SSL_CERT_FILE names."""
    found = {f"ca/{path.name}": path for path in sorted(LOCAL.glob("*.crt"))}
    bundle = os.environ.get("SSL_CERT_FILE", "")
    if bundle and bundle != SYSTEM_BUNDLE and Path(bundle).is_file():
        found["ca/ssl-cert-file.crt"] = Path(bundle)
    return found


def fingerprint() -> str:
    """A digest of the certificates; empty: there are none."""
    files = sorted(certificates().items())
    return (
        hashlib.sha256(b"".join(name.encode() + file.read_bytes() for name, file in files)).hexdigest() if files else ""
    )
