"""MapReduce's job history, read out of HDFS through the NameNode's web port, which only the master has.

Jobs that have just ended lie in the intermediate folder until the history server moves them to the folder of their day.
Both are read: a cluster may end before that. HTTP is loaded when it is needed, which on most instances is never.
"""

from __future__ import annotations

import json
import re
import time

from localemr_node.logfiles import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from http.client import HTTPResponse
    from typing import Any

    from localemr_node.logfiles import Logs

    Statuses = list[dict[str, Any]]
    """FileStatus of WebHDFS."""

NAMENODE = "127.0.0.1:9870"
CONFIGURATION = "/etc/hadoop/conf/mapred-site.xml"
DONE, INTERMEDIATE = "mapreduce.jobhistory.done-dir", "mapreduce.jobhistory.intermediate-done-dir"
INSTANCE = "/mnt/var/lib/info/instance.json"
PREFIX = "hadoop-mapreduce/history"
TIMEOUT = 5.0
"""Seconds for a request that is repeated."""
LAST = 60.0
"""Seconds for a request without which a job's history would be lost."""
ENDINGS = (".jhist", "_conf.xml")
JOBS_A_FOLDER = 1000
"""The history server's: a job's number without its last three digits is the name of its folder, with six digits."""

_JOB = re.compile(r"job_\d+_(\d+)")


def is_here(instance: str = INSTANCE) -> bool:
    """Whether this instance has the NameNode."""
    with open(instance, encoding="utf-8") as file:
        return bool(json.load(file)["isRunningNameNode"])


def files(namenode: str = NAMENODE, configuration: str = CONFIGURATION, timeout: float = LAST) -> Logs:
    """The history of all ended jobs; nothing where there is no NameNode, or none yet. Raises TimeoutError when it is
    slow."""
    from http.client import HTTPException

    hdfs = _Hdfs(namenode, timeout)
    try:
        yield from _moved(hdfs, _property(configuration, DONE))
        yield from _arrived(hdfs, _property(configuration, INTERMEDIATE))
    except TimeoutError:
        raise
    except (OSError, HTTPException, ValueError, LookupError):
        return  # the NameNode starts or stops: the next call finds what is missing


class News:
    """The same for frequent calls: one request, unless a job ended or was moved since the last call."""

    def __init__(self) -> None:
        self._seen: list[tuple[str, int]] = []
        self._found: list[Log] = []

    def files(self, namenode: str = NAMENODE, configuration: str = CONFIGURATION) -> list[Log]:
        """The history of all ended jobs."""
        from http.client import HTTPException

        try:
            folders = _Hdfs(namenode, TIMEOUT).list(_property(configuration, INTERMEDIATE))
            now = [(each["pathSuffix"], each["modificationTime"]) for each in folders]
            if now != self._seen:
                self._found, self._seen = list(files(namenode, configuration, TIMEOUT)), now
        except (OSError, HTTPException, ValueError, LookupError):
            pass  # the next call finds what is missing
        return self._found


def _moved(hdfs: _Hdfs, folder: str, key: str = PREFIX) -> Logs:
    """Files below the folder of done jobs: YYYY/MM/DD/000000."""
    for status in hdfs.list(folder):
        name = status["pathSuffix"]
        if status["type"] == "DIRECTORY":
            yield from _moved(hdfs, f"{folder}/{name}", f"{key}/{name}")
        elif name.endswith(ENDINGS):
            yield hdfs.log(f"{folder}/{name}", status, key)


def _arrived(hdfs: _Hdfs, folder: str) -> Logs:
    """Files of the intermediate folder, one folder a user, under the keys that they will have."""
    for user in hdfs.list(folder):
        of_user = f"{folder}/{user['pathSuffix']}"
        found = [(job, each) for each in hdfs.list(of_user) if (job := _JOB.match(each["pathSuffix"]))]
        # The .jhist comes last: with it, the configuration is complete.
        days = {
            job[0]: _day(status["pathSuffix"]) for job, status in found if status["pathSuffix"].endswith(ENDINGS[0])
        }
        for job, status in found:
            if job[0] in days and status["pathSuffix"].endswith(ENDINGS):
                number = int(job[1]) // JOBS_A_FOLDER
                yield hdfs.log(f"{of_user}/{status['pathSuffix']}", status, f"{PREFIX}/{days[job[0]]}/{number:06d}")


def _day(name: str) -> str:
    """The folders of the day, from the name of a .jhist file: its fifth part is when the job ended, in ms."""
    return time.strftime("%Y/%m/%d", time.localtime(int(name.split("-")[4]) / 1000))


class _Hdfs:
    """The operations of WebHDFS that this module uses."""

    def __init__(self, namenode: str, timeout: float) -> None:
        self._namenode = namenode
        self._timeout = timeout

    def list(self, path: str) -> Statuses:
        """FileStatus of each child; none when the folder is missing."""
        answer = _get(self._namenode, _path(path, "LISTSTATUS"), self._timeout)
        if answer.status == 404:
            return []
        found: Statuses = json.loads(answer.read())["FileStatuses"]["FileStatus"]
        return found

    def log(self, path: str, status: dict[str, Any], folder: str) -> Log:
        """The log for a file in HDFS. Moving a file there changes neither its length nor its time."""
        stamp = [status["length"], status["modificationTime"] * 1_000_000]
        return Log(f"{folder}/{status['pathSuffix']}.gz", stamp, lambda: self._open(path))

    def _open(self, path: str) -> HTTPResponse:
        answer = _get(self._namenode, _path(path, "OPEN"), self._timeout)
        if answer.status == 404:
            raise FileNotFoundError(path)  # the history server has just moved it
        address, _, path = answer.headers["Location"].removeprefix("http://").partition("/")
        return _get(address, f"/{path}", self._timeout)


def _path(path: str, operation: str) -> str:
    from urllib.parse import quote

    return f"/webhdfs/v1{quote(path)}?op={operation}&user.name=hdfs"


def _get(address: str, path: str, timeout: float) -> HTTPResponse:
    from http.client import HTTPConnection

    connection = HTTPConnection(address, timeout=timeout)
    connection.request("GET", path, headers={"Connection": "close"})
    return connection.getresponse()


def _property(file: str, name: str) -> str:
    with open(file, encoding="utf-8") as opened:
        found = re.search(rf"<name>{re.escape(name)}</name>\s*<value>(.*?)</value>", opened.read())
    if found is None:
        raise LookupError(name)
    return found[1].rstrip("/")
