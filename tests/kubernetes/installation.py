"""LocalEMR as docs/kubernetes.md installs it: `kubectl apply -k`, and connections to its Services."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "kubernetes" / "images" / "kustomization.yaml"
NAMESPACE = "localemr"
PARTS = ("statefulset/s3", "statefulset/catalog", "deployment/controller")
SCALE = "0.15"
"""Of instances' memory: three m5.xlarge fit small machines."""
OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [{base}]
configMapGenerator:
  - name: settings
    namespace: localemr
    behavior: merge
    literals:
      - LOCALEMR_MEMORY_SCALE={scale}
      - LOCALEMR_CONTROL=on
"""
CONTROLLER, S3 = 14577, 14578
"""Ports of this host that lead to them."""


def kubectl(*arguments: str) -> str:
    """The command's output. Raises CalledProcessError."""
    done = subprocess.run(["kubectl", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def in_namespace(*arguments: str) -> str:
    """The same, in the installation's namespace."""
    return kubectl("-n", NAMESPACE, *arguments)


def apply(folder: Path) -> None:
    """Do what the documentation says, with small instances by an overlay in this folder, and wait."""
    IMAGES.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "localemr", "images", "env", "--kustomize"]
    IMAGES.write_text(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout)
    base = os.path.relpath(ROOT / "kubernetes" / "overlays" / "minio", folder)
    (folder / "kustomization.yaml").write_text(OVERLAY.format(base=base, scale=SCALE))
    kubectl("apply", "-k", str(folder))
    for each in PARTS:
        in_namespace("rollout", "status", each, "--timeout=300s")


def replace_controller() -> None:
    """Replace the controller, on S3's machine: the scheduler may have moved it to any."""
    others = set(kubectl("get", "nodes", "-o", "name").split()) - {f"node/{machine_of('s3-0')}"}
    for each in others:
        kubectl("cordon", each)
    in_namespace("rollout", "restart", "deployment/controller")
    in_namespace("rollout", "status", "deployment/controller", "--timeout=300s")
    for each in others:
        kubectl("uncordon", each)


def delete(folder: Path) -> None:
    """Remove everything."""
    kubectl("delete", "-k", str(folder), "--timeout=120s")


@contextmanager
def forwarded(service: str, ports: str) -> Iterator[None]:
    """A Service's port on this host, also after its pod was replaced."""
    loop = f"while :; do kubectl -n {NAMESPACE} port-forward service/{service} {ports}; sleep 0.5; done"
    with subprocess.Popen(["sh", "-c", loop], stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def localemr(*arguments: str) -> str:
    """What a command of LocalEMR prints, with the ports of this host that lead to Kubernetes. Raises
    CalledProcessError."""
    chosen = {"RUNTIME": "kubernetes", "PORT": str(CONTROLLER), "S3_PORT": str(S3)}
    environment = {**os.environ, **{f"LOCALEMR_{name}": value for name, value in chosen.items()}, "COLUMNS": "200"}
    command = [sys.executable, "-m", "localemr", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def machine_of(pod: str) -> str:
    """Where a pod is."""
    return in_namespace("get", "pod", pod, "-o", "jsonpath={.spec.nodeName}")
