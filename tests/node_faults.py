"""Runs the node's supervisor in child processes, each with one fault: killed at an effect, or with a full disk.

    python -ISB node_faults.py LIBRARY      requests on standard input, answers on standard output, one JSON line each

A request is {"root", "boot", "kind", "at", "stop"}: carry out a boot of the node below `root` (BOOTS), with a fault of
a kind at the effect number `at` (from 1; 0: none), with `stop` to the end of its shutdown. Effects are calls of `os`
that change something outside of this process; nothing here lists the places that make them. The answer has all effects,
as [name, whether it needs room on a disk], and the child's exit status (negative: killed by that signal). Like the end
of a container, the end of the child ends all other processes.
"""

import ctypes
import errno
import json
import os
import pwd
import signal
import stat
import sys
import traceback
from importlib import import_module

EFFECTS = (
    "open", "write", "pwrite", "fsync", "fdatasync", "ftruncate", "rename", "mkdir", "unlink", "chown", "fchown",
    "chmod", "fork", "close",
)  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
LASTING = 86400
FULL = ("full", "stays")
ORIGINAL = {name: getattr(os, name) for name in EFFECTS}
USER = pwd.getpwuid(os.getuid()).pw_name


class Faults:
    """Counts effects, and makes one of them fail.

    `kill`: the process is killed before it. `half`: after it; of a write only the first half is done. `full`: from it
    on the disk is full, until `freed`; a write still takes a half. `once`: it alone finds a full disk.
    `stays`: as `full`, until the end of the process.
    """

    def __init__(self, kind: str, at: int) -> None:
        self.kind, self.at = kind, at
        self.effects: list[tuple[str, bool]] = []
        self.freed = False
        self._owner = os.getpid()
        for name in EFFECTS:
            setattr(os, name, self._wrapped(name))

    def _wrapped(self, name):
        original = ORIGINAL[name]

        def call(*args, **options):
            if os.getpid() != self._owner or not counts(name, args):
                return original(*args, **options)
            room = takes_room(name, args)
            self.effects.append((name, room))
            here = len(self.effects) == self.at
            if self.kind in ("kill", "half") and here:
                if self.kind == "half":
                    original(*halved(name, args), **options)
                os.kill(self._owner, signal.SIGKILL)
            past = 0 < self.at < len(self.effects) and self.kind in FULL
            if (here or past) and self.kind in (*FULL, "once") and room and not self.freed:
                if here and self.kind in FULL and name in ("write", "pwrite") and len(args[1]) > 1:
                    return original(*halved(name, args))
                raise OSError(errno.ENOSPC, "No space left on device")
            return None if name in ("fsync", "fdatasync") else original(*args, **options)

        return call


def counts(name, args):
    """Whether the call changes something."""
    if name == "open":
        return bool(args[1] & WRITING)
    return name != "close"


def halved(name, args):
    return (args[0], bytes(args[1])[: len(args[1]) // 2], *args[2:]) if name in ("write", "pwrite") else args


def takes_room(name, args):
    """Whether the call needs room on a disk: not writing to a pipe, nor opening a file that is there."""
    if name in ("write", "pwrite"):
        return stat.S_ISREG(os.fstat(args[0]).st_mode)
    if name == "open":
        return bool(args[1] & os.O_CREAT) and not os.path.exists(args[0])
    return name == "mkdir"


class Node:
    """One boot of a node, without the loop: what the loop would call is called in a fixed order."""

    def __init__(self, root: str, output: int) -> None:
        from localemr_node import init, processes
        from localemr_node.inbox import Inbox
        from localemr_node.journal import Journal
        from localemr_node.supervisor import Supervisor

        processes.of_run = lambda name, leader: [leader] if leader else []  # reading all of /proc takes its time
        self.root = root
        self.journal = Journal(os.path.join(root, "journal"), lambda lines: init.report(output, lines))
        self.supervisor = Supervisor(root, os.path.join(root, "logs"), self.journal)
        self.inbox = Inbox(root, self.journal, self.supervisor.booted, os.path.join(root, "etc-hosts"))
        init.report(output, b"\n")
        self.inbox.on_file("hosts")
        self.supervisor.boot()
        self.inbox.scan()

    def arrives(self, folder: str, name: str, text: str) -> None:
        """A file is written by the controller, or by a process of the node; then the supervisor notices it."""
        path = os.path.join(self.root, folder, name)
        write(path, text)
        if folder == "runs":
            self.supervisor.on_run_file(name)
        elif folder == "stop":
            self.supervisor.on_stop_file(name)
        elif folder == "measure":
            self.inbox.on_measure(name)
        else:
            self.inbox.on_file(name)

    def run(self, name: str, code: int = 0, seconds: int = 0, **more: object) -> None:
        """A run that notes its start and ends with a code."""
        script = 'echo "$LOCALEMR_RUN" >> "$1"; [ "$3" = 0 ] || exec sleep "$3"; echo why > "$LOCALEMR_NOTE"; exit "$2"'
        argv = ["sh", "-c", script, "sh", os.path.join(self.root, "starts"), str(code), str(seconds)]
        document = {"name": name, "argv": argv, "user": USER, "cwd": os.path.join(self.root, "work"), **more}
        self.arrives("runs", f"{name}.json", json.dumps(document))

    def wait(self) -> None:
        """Until all runs but the lasting ones ended."""
        for pid, run in list(self.supervisor.running.items()):
            if run.name != "lasting":
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self.supervisor.reap()


def write(path: str, text: str) -> None:
    """Write a file as somebody else: uncounted, and while the disk is full as well."""
    fd = ORIGINAL["open"](path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    ORIGINAL["write"](fd, text.encode())
    ORIGINAL["close"](fd)


def first(node: Node) -> None:
    """The first boot: runs of every kind, requests, measurements."""
    node.run("good", spec={"any": 1})
    node.wait()
    node.arrives("stop", "stopped", "TERM")
    node.run("stopped")
    node.run("wrong", argv=[])
    node.run("lasting", seconds=LASTING)
    node.run("lasting", seconds=LASTING)
    node.arrives("measure", "load", "0.5")
    node.arrives("", "again", "2")
    node.arrives("", "hosts", "10.0.0.1 one\n")
    node.run("late", code=3)
    node.wait()


def second(node: Node) -> None:
    """The next boot: runs of the first are known, and there are new ones."""
    first(node)
    node.run("new")
    node.wait()
    node.arrives("measure", "load", "0.7")


BOOTS = {"first": first, "second": second, "idle": lambda node: None}


def carry_out(request: dict, output: int, faults: Faults) -> None:
    node = Node(request["root"], output)
    BOOTS[request["boot"]](node)
    if request["kind"] in ("full", "once"):
        faults.freed = True
        node.journal.flush()
        node.inbox.on_file("hosts")
        node.arrives("", "again", "0")
    if request.get("stop"):
        node.supervisor.shut_down()


def child(request: dict) -> None:
    output = os.open(os.path.join(request["root"], "reports"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    faults = Faults(request["kind"], request["at"])
    code = 0
    try:
        carry_out(request, output, faults)
    except BaseException:
        traceback.print_exc()
        code = 1
    write(os.path.join(request["root"], "effects"), json.dumps(faults.effects))
    os._exit(code)


def answer(request: dict) -> dict:
    result = os.path.join(request["root"], "effects")
    write(result, "[]")
    pid = os.fork()
    if pid == 0:
        child(request)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with open(f"/proc/self/task/{os.getpid()}/children") as children:
        for orphan in children.read().split():
            os.kill(int(orphan), signal.SIGKILL)
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    with open(result) as file:
        return {"status": status, "effects": json.load(file)}


def main() -> None:
    sys.path.append(sys.argv[1])
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: what the child leaves becomes ours
    import_module("localemr_node.init")  # so that no child has to load it

    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


main()
