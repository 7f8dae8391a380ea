"""The control plane: etcd, API server, controller manager, scheduler, name server; on this host, not in a namespace."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from ssl import create_default_context

from tests.kubernetes.processes import Processes, run, until
from tests.kubernetes.volumes import document

ROOT = Path(__file__).parents[2]
PORT, ETCD, PEER = 16443, 12379, 12380
LOOPBACK = "127.0.0.1"
SERVICES, DOMAIN = "10.96.0.0/16", "cluster.local"
ADMIN = "small-kubernetes-admin"
"""The token of a user who may do everything: it is worth nothing outside this test."""


class ControlPlane:
    """The servers, with their state in a folder. `programs` has etcd and kubernetes; `address` is where
    machines reach the API server, and pods the name server; `gates` are feature gates as NAME=VALUE, `grace` the
    seconds after which a silent machine has stopped."""

    def __init__(
        self,
        folder: Path,
        programs: Path,
        address: str = LOOPBACK,
        machines: int = 0,
        gates: tuple[str, ...] = (),
        grace: int = 16,
    ) -> None:
        self.folder, self.programs, self.address = folder, programs, address
        self.machines, self.gates, self.grace = machines, gates, grace
        self.processes = Processes(folder)

    @property
    def kubeconfig(self) -> Path:
        """For a user who may do everything."""
        return self.kubeconfig_of("admin", ADMIN)

    def kubeconfig_of(self, name: str, token: str) -> Path:
        """A user's kubeconfig."""
        path = self.folder / f"{name}.kubeconfig"
        server = {"server": f"https://{self.address}:{PORT}", "certificate-authority": str(self.folder / "ca.crt")}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "small", "cluster": server}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": "small", "context": {"cluster": "small", "user": name, "namespace": "default"}}],
            "current-context": "small",
        }
        path.write_text(json.dumps(document))
        return path

    def up(self) -> None:
        """Start them and wait until the API server is ready."""
        self._make_certificates()
        tokens = [f'{ADMIN},admin,admin,"system:masters"']
        tokens += [f'm{n}-token,system:node:m{n},m{n},"system:nodes"' for n in range(1, self.machines + 1)]
        (self.folder / "tokens.csv").write_text("\n".join(tokens) + "\n")
        self._start_etcd()
        self._start_api_server()
        until(self.ready, "the API server is not ready")
        config, kubernetes = str(self.kubeconfig), str(self.programs / "kubernetes")
        own = ["--bind-address", LOOPBACK, "--cert-dir", str(self.folder / "certs"), "--leader-elect=false"]
        self.processes.start("manager", [
            kubernetes, "manager", "--kubeconfig", config, *own, "--secure-port", "16257",
            "--service-account-private-key-file", str(self.folder / "sa.key"),
            "--root-ca-file", str(self.folder / "ca.crt"), "--use-service-account-credentials=true",
            "--node-monitor-period", "2s", "--node-monitor-grace-period", f"{self.grace}s",
        ])  # fmt: skip
        self.processes.start(
            "scheduler", [kubernetes, "scheduler", "--kubeconfig", config, *own, "--secure-port", "16259"]
        )

    def start_names(self) -> None:
        """Start the name server."""
        self._start_module("names", str(self.kubeconfig), self.address)

    def start_services(self, device: str) -> None:
        """Give Services' addresses to a device of this host, and pass connections on."""
        self._start_module("services", str(self.kubeconfig), device)

    def start_filters(self, namespaces: list[str]) -> None:
        """Have NetworkPolicies judge what pods of these network namespaces send each other."""
        self._start_module("filters", str(self.kubeconfig), self.address, *namespaces)

    def _start_module(self, name: str, *arguments: str) -> None:
        path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'images' / 'node'}"}
        self.processes.start(name, [sys.executable, "-m", f"tests.kubernetes.{name}", *arguments], path)

    def make_volumes(self, count: int) -> None:
        """Make volumes for claims."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), "apply", "-f", "-"]
        made = document(self.folder / "volumes", count)
        subprocess.run(command, input=made, text=True, check=True, stdout=subprocess.DEVNULL)

    def down(self) -> None:
        """End them."""
        for name in ("filters", "services", "names", "scheduler", "manager", "apiserver", "etcd"):
            self.processes.end(name)

    def ready(self) -> bool:
        """Whether the API server is."""
        context = create_default_context(cafile=str(self.folder / "ca.crt"))
        request = urllib.request.Request(f"https://{self.address}:{PORT}/readyz")
        request.add_header("Authorization", f"Bearer {ADMIN}")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _start_etcd(self) -> None:
        client, peer = f"http://{LOOPBACK}:{ETCD}", f"http://{LOOPBACK}:{PEER}"
        self.processes.start("etcd", [
            str(self.programs / "etcd"), "--data-dir", str(self.folder / "etcd"), "--unsafe-no-fsync",
            "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
        ])  # fmt: skip

    def _start_api_server(self) -> None:
        file = self.folder.joinpath
        self.processes.start("apiserver", [
            str(self.programs / "kubernetes"), "apiserver", "--etcd-servers", f"http://{LOOPBACK}:{ETCD}",
            "--bind-address", "0.0.0.0", "--advertise-address", self.address, "--secure-port", str(PORT),
            "--tls-cert-file", str(file("server.crt")), "--tls-private-key-file", str(file("server.key")),
            "--cert-dir", str(file("certs")), "--service-cluster-ip-range", SERVICES,
            "--token-auth-file", str(file("tokens.csv")), "--authorization-mode", "Node,RBAC",
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", str(file("sa.pub")),
            "--service-account-signing-key-file", str(file("sa.key")),
            "--kubelet-preferred-address-types", "InternalIP",
            *(["--feature-gates", ",".join(self.gates)] if self.gates else []),
        ])  # fmt: skip

    def _make_certificates(self) -> None:
        file = self.folder.joinpath
        if file("server.crt").exists():
            return
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=small-ca",
            "-addext", "keyUsage=critical,keyCertSign", "-keyout", str(file("ca.key")),
            "-out", str(file("ca.crt")))  # fmt: skip
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=apiserver",
            "-keyout", str(file("server.key")), "-out", str(file("server.csr")))  # fmt: skip
        names = f"IP:{LOOPBACK},IP:{self.address},IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc"
        file("names").write_text(f"subjectAltName={names}\n")
        run("openssl", "x509", "-req", "-in", str(file("server.csr")), "-CA", str(file("ca.crt")), "-days", "30",
            "-CAkey", str(file("ca.key")), "-CAcreateserial", "-extfile", str(file("names")),
            "-out", str(file("server.crt")))  # fmt: skip
        run("openssl", "genrsa", "-out", str(file("sa.key")), "2048")
        run("openssl", "rsa", "-in", str(file("sa.key")), "-pubout", "-out", str(file("sa.pub")))
