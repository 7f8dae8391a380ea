"""What EMR's instance-state log says every quarter of an hour: what runs on the host and what it takes."""

from __future__ import annotations

import os
import subprocess
import time

INSTANCE_STATE = "/mnt/var/log/instance-state"
SETUP_DEVICES = "/mnt/var/log/setup-devices"
EVERY = 900.0  # seconds
KEPT = 96
"""Files that stay on the instance: those of a day."""
COMMANDS = (
    "date -u",
    "uptime",
    "free -m",
    "df -h",
    "df -i",
    "vmstat 1 2",
    "ps -eo user,pid,ppid,pcpu,pmem,rss,stat,lstart,args --sort=-pcpu --width 500",
    "ss -tan state listening",
    "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/cpu.stat",
)
DEVICES = ("lsblk --output NAME,SIZE,TYPE,MOUNTPOINT", "findmnt --target /mnt", "df -hT / /mnt")


class Snapshots:
    """Writes instance-state logs, one when it is first asked and then one in 15 minutes; devices once."""

    def __init__(self, directory: str = INSTANCE_STATE, devices: str = SETUP_DEVICES) -> None:
        self._directory = directory
        self._devices = devices
        self._due = 0.0

    def keep_up(self, now: float) -> None:
        """Write what is due."""
        if now < self._due:
            return
        if not os.path.exists(f"{self._devices}/setup_drives.log"):
            write(f"{self._devices}/setup_drives.log", DEVICES)
        self._due = now + EVERY
        stamp = time.strftime("%Y-%m-%d-%H-%M", time.gmtime(now))
        write(f"{self._directory}/instance-state.log-{stamp}", COMMANDS)
        for name in sorted(os.listdir(self._directory))[:-KEPT]:
            os.unlink(f"{self._directory}/{name}")


def write(path: str, commands: tuple[str, ...]) -> None:
    """Write what the commands say to a file, each under its own words. One that is missing says so itself."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        for command in commands:
            file.write(f"# {command}\n".encode())
            done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
            file.write(done.stdout + done.stderr + b"\n")
