"""Machines: a network namespace each with a containerd and a kubelet, on a bridge in a further namespace.

This host is at the bridge too (HOST): it reaches pods, and pods reach the API server and the name server.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path

from tests.kubernetes.images import pause
from tests.kubernetes.processes import CGROUPS, GROUP, NICE, Processes, run, until
from tests.kubernetes.servers import DOMAIN

BRIDGE, LINK = "lemr-net", "lemr0"
NETWORK, HOST = "10.99.0", "10.99.0.253"
SOCKET = "/run/containerd/containerd.sock"
"""Each machine has a /run of its own."""
RESERVED_MB = 2048
"""Memory of the host that is no machine's."""


def make_bridge() -> None:
    """The bridge, with this host on it."""
    if BRIDGE in run("ip", "netns"):
        return
    run("ip", "netns", "add", BRIDGE)
    run("ip", "-n", BRIDGE, "link", "add", "br0", "type", "bridge")
    run("ip", "-n", BRIDGE, "link", "set", "br0", "up")
    run("ip", "link", "add", LINK, "type", "veth", "peer", "name", "host", "netns", BRIDGE)
    run("ip", "-n", BRIDGE, "link", "set", "host", "master", "br0", "up")
    run("ip", "addr", "add", f"{HOST}/24", "dev", LINK)
    run("ip", "link", "set", LINK, "up")


def remove_bridge() -> None:
    """Remove it, and the namespaces' ends with it."""
    run("ip", "link", "del", LINK, quiet=True)
    run("ip", "netns", "del", BRIDGE, quiet=True)


class Machine:
    """A machine: its files are in a folder, `count` is how many there are."""

    def __init__(self, folder: Path, programs: Path, plugins: Path, number: int, count: int) -> None:
        self.number, self.count, self.name = number, count, f"m{number}"
        self.folder, self.programs, self.plugins = folder / self.name, programs, plugins
        self.processes = Processes(folder)
        self.namespace, self.address = f"lemr-{self.name}", f"{NETWORK}.{number}"
        self.cgroup = f"{GROUP}/{self.name}"

    def up(self) -> None:
        """Start it, without a kubelet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_network()
        self._make_cgroups()
        inside = "mount --make-rprivate /; mount -t tmpfs tmpfs /run; hostname $0; exec sleep infinity"
        holder = ["nsenter", f"--net=/run/netns/{self.namespace}", "unshare", "-m", "-u", "sh", "-c", inside, self.name]
        self.processes.start(f"{self.name}-holder", holder)
        until(lambda: "tmpfs /run " in self._mounts(), f"{self.name} has no /run of its own")
        self._start_containerd()
        self.load(pause())

    def _start_containerd(self) -> None:
        config = self.folder / "containerd.toml"
        config.write_text(self._containerd())
        run(*self._enter(), "rm", "-f", SOCKET)
        self.processes.start(f"{self.name}-containerd", [*self._enter(), "containerd", "--config", str(config)])
        until(lambda: run(*self._enter(), "ls", SOCKET, quiet=True) != "", f"containerd of {self.name}")

    def copy_images(self, other: Machine) -> None:
        """Have the images of another machine, which has no pods yet. Both stand still meanwhile; databases alone take
        space again."""
        for each in (self, other):
            each.processes.end(f"{each.name}-containerd")
        own, source = self.folder / "containerd", other.folder / "containerd"
        run("rm", "-rf", str(own))
        run("cp", "-al", str(source), str(own))
        for database in source.rglob("*.db"):
            place = own / database.relative_to(source)
            place.unlink()
            shutil.copyfile(database, place)
        for each in (other, self):
            each._start_containerd()

    def start_kubelet(self, kubeconfig: Path, memory_mb: int) -> None:
        """Join. `memory_mb` of this host's memory are its own."""
        settings = self.folder / "kubelet.json"
        settings.write_text(json.dumps(self._kubelet(memory_mb)))
        self.processes.start(f"{self.name}-kubelet", [
            *self._enter(), str(self.programs / "kubernetes"), "kubelet", "--config", str(settings),
            "--kubeconfig", str(kubeconfig), "--hostname-override", self.name, "--node-ip", self.address,
            "--root-dir", str(self.folder / "kubelet"), "--cert-dir", str(self.folder / "certs"),
        ])  # fmt: skip

    def load(self, images: bytes | list[str]) -> None:
        """Give containerd images: an archive, or references of Docker's, whose common layers come once."""
        take = [*self._enter(), *NICE, "ctr", "-a", SOCKET, "-n", "k8s.io", "images", "import", "-"]
        if isinstance(images, bytes):
            subprocess.run(take, input=images, check=True, stdout=subprocess.DEVNULL)
            return
        with subprocess.Popen([*NICE, "docker", "save", *images], stdout=subprocess.PIPE) as saving:
            subprocess.run(take, stdin=saving.stdout, check=True, stdout=subprocess.DEVNULL)

    def power_off(self) -> None:
        """Off at once: no process is notified. What was in its /run is lost."""
        run("ip", "-n", BRIDGE, "link", "set", self.name, "down")
        for each in ("kubelet", "containerd"):
            self.processes.end(f"{self.name}-{each}", signal.SIGKILL)
        for pid in self._pids():
            run("kill", "-KILL", pid, quiet=True)
        self.processes.end(f"{self.name}-holder", signal.SIGKILL)

    def power_on(self) -> None:
        """On again, with its disk, without a kubelet."""
        run("ip", "-n", BRIDGE, "link", "set", self.name, "up")
        self.up()

    def down(self) -> None:
        """End everything of it, and remove its network."""
        self.processes.end(f"{self.name}-kubelet")
        for pid in self._pids():
            run("kill", "-KILL", pid, quiet=True)
        for each in ("containerd", "holder"):
            self.processes.end(f"{self.name}-{each}")
        run("ip", "netns", "del", self.namespace, quiet=True)
        for mount in sorted(_mounted(str(self.folder)), reverse=True):
            run("umount", "-l", mount, quiet=True)
        for cgroup in CGROUPS.glob(f"*/{self.cgroup}"):
            for each in sorted(filter(Path.is_dir, cgroup.rglob("*")), key=lambda path: -len(path.parts)):
                run("rmdir", str(each), quiet=True)
            run("rmdir", str(cgroup), quiet=True)

    def _pids(self) -> list[str]:
        """The processes of its cgroups: pods and their shims."""
        files = CGROUPS.glob(f"*/{self.cgroup}/**/cgroup.procs")
        return sorted({pid for file in files for pid in file.read_text().split()})

    def _enter(self) -> list[str]:
        pid = (self.processes.folder / "pids" / f"{self.name}-holder").read_text()
        return ["nsenter", "-t", pid, "-m", "-u", "-n"]

    def _mounts(self) -> str:
        pid = (self.processes.folder / "pids" / f"{self.name}-holder").read_text()
        try:
            return Path(f"/proc/{pid}/mounts").read_text()
        except FileNotFoundError:
            return ""

    def _make_network(self) -> None:
        if self.namespace in run("ip", "netns"):
            return
        inside = ["ip", "-n", self.namespace]
        run("ip", "netns", "add", self.namespace)
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "add", "eth0", "type", "veth", "peer", "name", self.name, "netns", BRIDGE)
        run("ip", "-n", BRIDGE, "link", "set", self.name, "master", "br0", "up")
        run(*inside, "addr", "add", f"{self.address}/24", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "up")
        run(*inside, "route", "add", "default", "via", HOST)
        for other in range(1, self.count + 1):
            if other != self.number:
                run(*inside, "route", "add", f"10.244.{other}.0/24", "via", f"{NETWORK}.{other}")
        run("ip", "route", "add", f"10.244.{self.number}.0/24", "via", self.address)
        run("nsenter", f"--net=/run/netns/{self.namespace}", "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def _make_cgroups(self) -> None:
        """Version 1: a cgroup of its own in every hierarchy, where the kubelet makes those of pods."""
        for hierarchy in CGROUPS.iterdir():
            if not (hierarchy / "cgroup.procs").exists():
                continue
            for made in (hierarchy / GROUP, hierarchy / self.cgroup):
                made.mkdir(exist_ok=True)
                for each in ("cpuset.cpus", "cpuset.mems"):
                    if (hierarchy / each).exists():
                        (made / each).write_text((hierarchy / each).read_text())

    def _containerd(self) -> str:
        cri, networks = 'plugins."io.containerd.grpc.v1.cri"', self.folder / "networks"
        networks.mkdir(exist_ok=True)
        bridge = {
            "type": "bridge", "bridge": "cni0", "isGateway": True,
            "ipam": {
                "type": "host-local", "dataDir": str(self.folder / "addresses"), "routes": [{"dst": "0.0.0.0/0"}],
                "ranges": [[{"subnet": f"10.244.{self.number}.0/24"}]],
            },
        }  # fmt: skip
        found = {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge]}
        (networks / "pods.conflist").write_text(json.dumps(found))
        return f"""\
version = 2
root = "{self.folder}/containerd"
state = "/run/containerd"
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
path = "{self.folder}/opt"
[{cri}]
sandbox_image = "localemr.test/pause:1"
restrict_oom_score_adj = true
[{cri}.cni]
bin_dir = "{self.plugins}"
conf_dir = "{networks}"
"""

    def _kubelet(self, memory_mb: int) -> dict[str, object]:
        total = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            # No other machine is on the bridge.
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self.cgroup}",
            "clusterDNS": [HOST],
            "clusterDomain": DOMAIN,
            "resolvConf": "",
            "containerRuntimeEndpoint": f"unix://{SOCKET}",
            "podLogsDir": str(self.folder / "logs"),
            # Rotated after some steps, not after months: the journal has to outlive that.
            "containerLogMaxSize": "20Ki",
            "containerLogMaxFiles": 2,
            "containerLogMonitorInterval": "3s",
            "failSwapOn": False,
            "makeIPTablesUtilChains": False,
            "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
            "imageGCHighThresholdPercent": 100,
            "systemReserved": {"memory": f"{max(total - memory_mb, RESERVED_MB)}Mi"},
        }


def _mounted(folder: str) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [place for line in lines if (place := line.split()[1]).startswith(f"{folder}/")]
