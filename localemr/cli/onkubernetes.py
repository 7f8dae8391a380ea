"""What `up`, `down`, `status` and `logs` do where the installation is on Kubernetes (docs/kubernetes.md)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from localemr.cli.console import err, out
from localemr.cli.kustomize import component, overlay
from localemr.installation import kubectl
from localemr.installation.background import Controller
from localemr.installation.containers import Member
from localemr.installation.home import make_home
from localemr.installation.kubectl import NAMESPACE, namespace_of
from localemr.problem import Problem
from localemr.settings import KUBERNETES, PREFIX, Settings

PACKAGE = Path(__file__).parents[1]
PACKED = "deployment"
"""The folder of kubernetes/ in an installed package (setup.py)."""
FOLDER = PACKAGE / PACKED if (PACKAGE / PACKED).is_dir() else PACKAGE.parent / KUBERNETES
"""In a source tree it is beside the package."""
OWN = frozenset({
    "access_key", "access_keys", "allowed_hosts", "catalog_endpoint", "controller_container", "home", "host",
    "kubernetes_namespace", "node_endpoint", "port", "prices", "registry", "runtime", "s3_console_port", "s3_port",
    "secret_key",
})  # fmt: skip
"""Settings of this host's commands, and those that kubernetes/base chooses: the others are passed to the controller."""
PORT_INSIDE = 4577
"""The controller's (kubernetes/base/settings.env)."""
START_SECONDS = 600
REMOVE_SECONDS = 300


def installed(settings: Settings) -> Settings:
    """The settings with the runtime that `up` chose, and with the keys that a controller on Kubernetes checks."""
    started = Controller(settings).running()
    runtime = started.runtime if started else settings.runtime
    if runtime != KUBERNETES:
        return replace(settings, runtime=runtime)
    keys = settings.access_keys or f"{settings.access_key}:{settings.secret_key}"
    return replace(settings, runtime=runtime, access_keys=keys)


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of this environment that are the controller's."""
    own = {f"{PREFIX}{name.upper()}" for name in OWN}
    found = {name: value for name, value in environ.items() if name.startswith(PREFIX) and name not in own}
    s3 = found.get(f"{PREFIX}S3_ENDPOINT")
    return found | ({f"{PREFIX}NODE_S3_ENDPOINT": found.get(f"{PREFIX}NODE_S3_ENDPOINT", s3)} if s3 else {})


def parts(settings: Settings) -> list[str]:
    """What has to be ready."""
    own = [] if settings.s3_endpoint else ["statefulset/s3"]
    return [*own, "statefulset/catalog", "deployment/controller"]


def write(settings: Settings, environ: Mapping[str, str]) -> Path:
    """A copy of kubernetes/ in the home, with this version's images and these settings; the folder to apply."""
    from localemr.images.plan import catalog, controller, services
    from localemr.images.present import portable

    copy = make_home(settings) / KUBERNETES
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("images"))
    references = [portable(each)[-1].reference for each in (*services(), controller(), catalog())]
    base = "existing-s3" if settings.s3_endpoint else "minio"
    keys = settings.access_key, settings.secret_key
    texts = {
        "images": component(references, settings.registry),
        "up": overlay(f"../overlays/{base}", settings.registry, passed_on(environ), keys),
    }
    for name, text in texts.items():
        (copy / name).mkdir()
        (copy / name / "kustomization.yaml").write_text(text)
    return copy / "up"


def bring_up(settings: Settings) -> bool:
    """Apply, wait until all is ready, and lead this host's ports there. False when all was up. Raises Problem."""
    if namespace_of(settings) != NAMESPACE:
        raise Problem(
            f"LOCALEMR_KUBERNETES_NAMESPACE={settings.kubernetes_namespace}, but `localemr up` makes {NAMESPACE}",
            "unset it, or apply an overlay of your own (docs/kubernetes.md)",
        )
    controller = Controller(settings)
    before = controller.running()
    if before and before.runtime != KUBERNETES:
        raise Problem(f"the controller already runs with the {before.runtime} runtime", "`localemr down` first")
    with err.status("applying"):
        changes = kubectl.run("apply", "-k", str(write(settings, os.environ)), seconds=REMOVE_SECONDS).splitlines()
    for each in parts(settings):
        with err.status(f"waiting for {each}"):
            limit = f"--timeout={START_SECONDS}s"
            kubectl.run("-n", NAMESPACE, "rollout", "status", each, limit, seconds=START_SECONDS + 10)
    changed = any(not line.endswith(" unchanged") for line in changes)
    if before and controller.healthy():
        return changed
    with err.status("leading this host's ports to the controller"):
        controller.stop()
        process = controller.start({**os.environ, f"{PREFIX}RUNTIME": KUBERNETES}, forwarding(settings))
        controller.wait_healthy(process, START_SECONDS)
    return True


def forwarding(settings: Settings) -> list[str]:
    """Python's arguments for the process that leads ports of this host to Services."""
    found = [f"controller={settings.port}:{PORT_INSIDE}"]
    if not settings.s3_endpoint:
        found.append(f"s3={settings.s3_port}:9000,{settings.s3_console_port}:9001")
    return ["-m", "localemr.installation.forwarding", NAMESPACE, *found]


def remove(settings: Settings, keep_data: bool) -> None:
    """Remove everything, or with `keep_data` all but the namespace with its claims. Raises Problem."""
    with err.status("removing LocalEMR from Kubernetes"):
        if keep_data:
            names = ("deployment/controller", "statefulset/s3", "statefulset/catalog")
            gone = kubectl.run("-n", NAMESPACE, "delete", "--ignore-not-found", *names, seconds=REMOVE_SECONDS)
        else:
            folder = write(settings, os.environ)
            gone = kubectl.run("delete", "--ignore-not-found", "-k", str(folder), seconds=REMOVE_SECONDS)
    shutil.rmtree(settings.home_path / KUBERNETES, ignore_errors=True)
    out.print(f"Removed {len(gone.splitlines())} objects from Kubernetes.")


def show(settings: Settings) -> list[Member]:
    """Print the installation's own pods, and how many pods of instances run. Returns those."""
    try:
        pods = kubectl.listed(settings, "pods")
    except Problem as problem:
        out.print(f"Kubernetes  [red]{problem.message}[/]", soft_wrap=True)
        return []
    for each in pods:
        if kubectl.INSTANCE not in each["metadata"].get("labels", {}):
            ready = all(one.get("ready") for one in each["status"].get("containerStatuses", [{}]))
            shown = "[green]ready[/]" if ready else f"[yellow]{each['status'].get('phase')}, not ready[/]"
            out.print(f"pod         {each['metadata']['name']} {shown} on {each['spec'].get('nodeName', 'no machine')}")
    found = kubectl.members(settings)
    running = sum(each.state == "running" for each in found)
    out.print(f"Kubernetes  {running} of {len(found)} pods of instances running, namespace {namespace_of(settings)}")
    return found


def show_log(settings: Settings, follow: bool, write: Callable[[bytes], object]) -> None:
    """Write the controller's own log."""
    follows = ["--follow"] if follow else []
    argv = [kubectl.program(), "-n", namespace_of(settings), "logs", *follows, "deployment/controller"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process, suppress(KeyboardInterrupt):
        assert process.stdout is not None
        while piece := process.stdout.read1(1 << 16):  # type: ignore[attr-defined]  # a BufferedReader
            write(piece)
