"""EMR's instance-state log: every quarter of an hour what runs on the host, and the resources in use."""

from __future__ import annotations

import os
import time

INSTANCE_STATE = "/mnt/var/log/instance-state"
SETUP_DEVICES = "/mnt/var/log/setup-devices"
EVERY = 900.0  # seconds
FIRST = 60.0
"""Seconds after which the first is written: not while the instance's daemons start."""
MOST_FILES = 96
"""Files that stay on the instance: those of a day."""
COMMANDS = (
    "date -u",
    "uptime",
    "free -m",
    "df -h",
    "df -i",
    "vmstat",
    "ps -eo user,pid,ppid,pcpu,pmem,rss,stat,lstart,args --sort=-pcpu --width 500",
    "ss -tan state listening",
    "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/cpu.stat",
)
DEVICES = ("lsblk --output NAME,SIZE,TYPE,MOUNTPOINT", "findmnt --target /mnt", "df -hT / /mnt")


class Snapshots:
    """Writes instance-state logs, one after a minute and then one in 15 minutes."""

    def __init__(self, directory: str = INSTANCE_STATE, devices: str = SETUP_DEVICES) -> None:
        self._directory = directory
        self._devices = devices
        self._due: float | None = None

    def keep_up(self, now: float) -> None:
        """Write what is due."""
        if self._due is None:
            self._due = now + FIRST
        if now >= self._due:
            self._due = now + EVERY
            self.take(now)

    def take(self, now: float) -> None:
        """Write one, and once the devices that hold the instance's data."""
        if not os.path.exists(f"{self._devices}/setup_drives.log"):
            write(f"{self._devices}/setup_drives.log", DEVICES)
        stamp = time.strftime("%Y-%m-%d-%H-%M", time.gmtime(now))
        write(f"{self._directory}/instance-state.log-{stamp}", COMMANDS)
        for name in sorted(os.listdir(self._directory))[:-MOST_FILES]:
            os.unlink(f"{self._directory}/{name}")


def write(path: str, commands: tuple[str, ...]) -> None:
    """Write the commands' output to a file, each under its command line. The shell reports a missing command there."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        for command in commands:
            print(f"# {command}", file=file, flush=True)
            os.system(f"( {command} ) >> '{path}' 2>&1")  # the module subprocess would stay in memory
            file.seek(0, os.SEEK_END)
            print(file=file, flush=True)
