"""The command with which a pod becomes an instance, executed by the shell on files of this test."""

from __future__ import annotations

import subprocess
from pathlib import Path

from localemr.runtime.archives import compressed, tar
from localemr.runtime.base import File
from localemr.runtime.kubernetes.manifests import ARCHIVE, FIRST, START, UNPACKED, WAIT_AND_UNPACK

OWN, PEER, SERVICE = "ip-10-213-7-11.ec2.internal", "ip-10-213-7-10.ec2.internal", "i-j-1"
BEFORE = """\
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
10.244.1.5\tip-10-213-7-11.i-j-1.emr.svc.cluster.local\tip-10-213-7-11
"""
GETENT = f"""#!/bin/sh
case $2 in
  ip-10-213-7-11) echo "10.244.1.5 STREAM ip-10-213-7-11" ;;
  ip-10-213-7-10.{SERVICE}) [ -e tried ] && echo "10.244.2.3 STREAM x" || {{ touch tried; exit 2; }} ;;
  *) exit 2 ;;
esac
"""


def stub(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def run(script: str, folder: Path, *arguments: str, data: bytes = b"") -> str:
    """What the script prints, with its paths below the folder and a name server that knows the peer only later."""
    places = {"/etc/hosts": "hosts", FIRST: ".", "-C /": "-C .", UNPACKED: "unpacked"}
    here = script.replace("/usr/lib/localemr/supervisor", "./supervisor")
    for there, place in places.items():
        here = here.replace(there, place)
    stub(folder, "getent", GETENT)
    stub(folder, "uname", "#!/bin/sh\necho ip-10-213-7-11\n")
    stub(folder, "supervisor", "#!/bin/sh\ncat hosts\n")
    command = ["/bin/sh", "-c", here, "localemr-start", *arguments]
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    done = subprocess.run(command, cwd=folder, env=environment, input=data, capture_output=True, timeout=60, check=True)
    return done.stdout.decode()


def test_a_pod_unpacks_its_files_and_knows_itself_and_its_peers(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).write_bytes(compressed({"/deep/below/file": File("text", mode=0o600)}))
    (tmp_path / "hosts").write_text(BEFORE)
    after = run(START, tmp_path, OWN, SERVICE, PEER)
    assert after == (
        "# Kubernetes-managed hosts file.\n"
        "127.0.0.1\tlocalhost\n"
        f"10.244.1.5 {OWN} ip-10-213-7-11\n"
        f"10.244.2.3 {PEER} ip-10-213-7-10\n"
    ), "the first line of an address is what a reverse look-up finds"
    file = tmp_path / "deep" / "below" / "file"
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("text", 0o600)
    assert (tmp_path / "unpacked").exists()


def test_a_pod_without_its_files_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(BEFORE)
    (tmp_path / ARCHIVE).write_bytes(b"nothing")
    try:
        run(START, tmp_path, OWN, SERVICE)
    except subprocess.CalledProcessError as error:
        assert error.stdout == b""
    else:
        raise AssertionError("the supervisor was started")


def test_files_that_are_sent_wait_for_the_first_ones(tmp_path: Path) -> None:
    data = tar({"/later": File("text")})
    try:
        run(f"timeout 1 sh -c '{WAIT_AND_UNPACK}'", tmp_path, data=data)
    except subprocess.CalledProcessError as error:
        assert error.returncode == 124
    assert not (tmp_path / "later").exists()
    (tmp_path / "unpacked").touch()
    run(WAIT_AND_UNPACK, tmp_path, data=data)
    assert (tmp_path / "later").read_text() == "text"
