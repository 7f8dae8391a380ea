"""Process 1 of every node: watches its folders and calls the supervisor (docs/node-contract.md)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal

from localemr_node.files import write_all
from localemr_node.inbox import Inbox
from localemr_node.inotify import Watch
from localemr_node.journal import Journal
from localemr_node.listener import Listener, listen
from localemr_node.measuring import Measuring
from localemr_node.metadata import respond
from localemr_node.network import Network
from localemr_node.shortage import Shortage
from localemr_node.shuffle import Shuffle
from localemr_node.spawning import PATH
from localemr_node.supervisor import Supervisor, now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

METADATA = "http://169.254.169.254"
"""EC2's address of the instance metadata service."""
ROOT = "/var/lib/localemr"
LOGS = "/mnt/var/log/localemr"
RETRY_SECONDS = 1.0
"""Between two attempts to write what a full disk did not take."""
LOOK_SECONDS = 1.0
"""Between two looks at the control group: version 1 gives no notice of ended processes that a container can receive."""


def main() -> int:
    """The entry point of the image."""
    _start_cron()
    return serve(ROOT, LOGS, listen(*metadata_place(os.environ), respond))


def metadata_place(environ: Mapping[str, str]) -> tuple[str, int]:
    """Address and port of the instance metadata service: where SDKs of this environment look for it."""
    place = environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", METADATA).partition("://")[2].strip("/")
    host, _, port = place.partition(":")
    return host, int(port or 80)


def _start_cron() -> None:
    """Start cron, which runs on every instance of EMR. It goes into the background by itself."""
    with contextlib.suppress(OSError):
        quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
        os.posix_spawn("/usr/sbin/cron", ["cron"], {"PATH": PATH}, file_actions=quiet)


def serve(root: str, logs: str, metadata: Listener | None = None, hosts_file: str = "/etc/hosts") -> int:
    """Runs until SIGTERM; `metadata` is the instance metadata service."""
    output = private_output()
    wakeup, ended = _signals()
    journal = Journal(os.path.join(root, "journal"), lambda lines: report(output, lines))
    supervisor = Supervisor(root, logs, journal)
    inbox = Inbox(root, journal, supervisor.booted, hosts_file)
    watch = Watch(
        {
            root: inbox.on_file,
            supervisor.runs_dir: supervisor.on_run_file,
            supervisor.stop_dir: supervisor.on_stop_file,
            inbox.measure_dir: inbox.on_measure,
        }
    )
    calls: dict[int, Callable[[], object]] = {wakeup: lambda: os.read(wakeup, 4096), watch.fd: watch.deliver}
    if metadata:
        calls[metadata.fd] = metadata.accept
    poll = select.poll()
    for fd in calls:
        poll.register(fd, select.POLLIN)
    measuring = Measuring.open(root, journal.measure, lambda fd, events, call: _register(poll, calls, fd, events, call))
    report(output, b"\n")  # ends a line that a killed predecessor did not
    _serve_names(Network.open(root), supervisor)
    inbox.on_file("hosts")  # runs may need the names
    supervisor.boot()
    inbox.scan()
    shortage, shuffle = Shortage(), Shuffle()
    while not ended:
        measure(shortage.news(), journal)  # first: it may be why a run ended
        supervisor.reap()
        measure(shuffle.news(), journal)
        if measuring:
            measuring.tick(supervisor.has_step)
        waits = [supervisor.escalate(), LOOK_SECONDS]
        if journal.holds or inbox.due:
            journal.flush()
            if inbox.due:
                inbox.on_file("hosts")
            waits.append(RETRY_SECONDS)
        left = min((wait for wait in waits if wait is not None), default=None)
        for fd, _ in poll.poll(None if left is None else left * 1000):
            if calls[fd]() is False:  # notices were dropped
                supervisor.scan()
                inbox.scan()
    supervisor.shut_down()
    return 0


def _register(
    poll: select.poll, calls: dict[int, Callable[[], object]], fd: int, events: int, call: Callable[[], object] | None
) -> None:
    """Watch a descriptor, with what to call then; without a call no longer."""
    if call is None:
        poll.unregister(fd)
        del calls[fd]
    else:
        poll.register(fd, events)
        calls[fd] = call


def _serve_names(network: Network | None, supervisor: Supervisor) -> None:
    """Start the node's name server, now and whenever it has ended."""
    if network is not None and (pid := network.start()):
        supervisor.helpers[pid] = lambda: _serve_names(network, supervisor)


def measure(news: Iterable[tuple[str, int]], journal: Journal) -> None:
    """Report measurements that changed."""
    for name, value in news:
        with contextlib.suppress(OSError):  # a full disk
            journal.measure(name, value, now())


def private_output() -> int:
    """The container's standard output, for this process alone.

    What others write to /proc/1/fd/1 goes to standard error: it cannot be taken for a report.
    """
    fd: int = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
    os.dup2(2, 1)
    return fd


def report(output: int, lines: bytes) -> None:
    """Write lines for the controller. They are in the journal: without a reader now, they can be requested later."""
    with contextlib.suppress(OSError):
        write_all(output, lines)


def _signals() -> tuple[int, list[int]]:
    """Handle signals: a descriptor that is readable after each, and a list that is filled by SIGTERM."""
    wakeup, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    ended: list[int] = []
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return wakeup, ended
