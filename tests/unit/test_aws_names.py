"""AWS's host names on a node: which it answers, its name server, and what becomes of all other questions."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import Any

import pytest
from localemr_node import dns, nameserver, resolvconf
from localemr_node.awsnames import HERE, OUTSIDE, REFUSED, Names, certificate_names, host_of, service_of

S3, CONTROLLER = "http://s3:9000", "http://172.18.0.1:4577"
DOCUMENT = {
    "services": {"s3": S3, "elasticmapreduce": CONTROLLER, "glue": CONTROLLER, "sts": CONTROLLER},
    "domains": ["amazonaws.com", "amazonaws.com.cn", "api.aws"],
    "others": CONTROLLER,
    "outside": False,
}
NAMES = Names(DOCUMENT)
OF_S3 = [
    "s3.amazonaws.com", "s3.us-east-1.amazonaws.com", "s3-eu-west-1.amazonaws.com",
    "s3.dualstack.eu-west-1.amazonaws.com",
    "bucket.s3.amazonaws.com", "my.bucket.s3.eu-central-1.amazonaws.com", "bucket.s3-us-west-2.amazonaws.com",
    "b.s3.dualstack.ap-southeast-2.amazonaws.com", "b.s3-fips.us-gov-west-1.amazonaws.com",
    "b.s3-accelerate.amazonaws.com",
    "b.s3-accelerate.dualstack.amazonaws.com", "s3-external-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn",
    "S3.US-East-1.AmazonAWS.com.", "s3.logs.s3.us-east-1.amazonaws.com", "glue.us-east-1.s3.us-east-1.amazonaws.com",
]  # fmt: skip
OF_OTHERS = {
    "glue.us-east-1.amazonaws.com": "glue",
    "glue-fips.us-east-1.amazonaws.com": "glue",
    "glue.us-east-1.api.aws": "glue",
    "sts.amazonaws.com": "sts",
    "sts.eu-west-1.amazonaws.com": "sts",
    "elasticmapreduce.us-east-1.amazonaws.com": "elasticmapreduce",
    "us-east-1.elasticmapreduce.amazonaws.com": "elasticmapreduce",
    "sqs.us-east-1.amazonaws.com": "sqs",
    "123.s3-control.us-east-1.amazonaws.com": "s3-control",
    "abc.execute-api.us-east-1.amazonaws.com": "execute-api",
}
MACHINES = [
    "ec2-1-2-3-4.compute-1.amazonaws.com", "db.abc.us-east-1.rds.amazonaws.com", "x.us-east-1.es.amazonaws.com",
    "1.dkr.ecr.us-east-1.amazonaws.com", "b.s3-website-us-east-1.amazonaws.com", "amazonaws.com.cn.amazonaws.com",
]  # fmt: skip
ELSEWHERE = ["example.com", "amazonaws.com.example.com", "notamazonaws.com", "aws.amazon.com", "s3", "catalog"]


@pytest.mark.parametrize("name", OF_S3)
def test_every_name_of_s3_is_answered_by_the_clusters_s3(name: str) -> None:
    assert (NAMES.decide(name), NAMES.url(name)) == (HERE, S3)


@pytest.mark.parametrize(("name", "service"), OF_OTHERS.items())
def test_names_of_other_services(name: str, service: str) -> None:
    prefix = name.removesuffix(".amazonaws.com").removesuffix(".api.aws")
    assert service_of(prefix) == service
    assert (NAMES.decide(name), NAMES.url(name)) == (HERE, CONTROLLER)
    reaching = Names(DOCUMENT | {"outside": True})
    assert reaching.decide(name) == (HERE if service in DOCUMENT["services"] else OUTSIDE)
    alone = Names(DOCUMENT | {"services": {"s3": S3}, "others": ""})
    assert (alone.decide(name), alone.url(name)) == (REFUSED, "")


@pytest.mark.parametrize("name", MACHINES)
def test_machines_of_aws_are_not_reached(name: str) -> None:
    assert NAMES.decide(name) == REFUSED
    assert Names(DOCUMENT | {"outside": True}).decide(name) == OUTSIDE


@pytest.mark.parametrize("name", ELSEWHERE)
def test_all_else_is_looked_up_as_before(name: str) -> None:
    assert NAMES.decide(name) == OUTSIDE


def test_buckets_below_the_name_of_s3() -> None:
    assert [NAMES.is_bucket(name) for name in ("bucket.s3", "a.b.S3", "s3", "xs3", "s3.example.com")] == [
        True, True, False, False, False]  # fmt: skip
    assert not Names(DOCUMENT | {"services": {"s3": "http://10.0.0.1:9000"}}).is_bucket("b.10.0.0.1")
    assert host_of("https://s3.local:9000/x") == "s3.local"


def test_certificates_are_for_all_names_beside_one() -> None:
    assert certificate_names("Glue.us-east-1.amazonaws.com") == ("*.us-east-1.amazonaws.com", "us-east-1.amazonaws.com")


# ---- the name server


class Client:
    """A name server's questions and answers, in this process."""

    def __init__(self, document: dict[str, Any] = DOCUMENT) -> None:
        self.answers: list[tuple[bytes, Any]] = []
        self.passed_on: list[bytes] = []
        self.server = nameserver.Server(Names(document), lambda *sent: self.answers.append(sent), self.passed_on.append)

    def ask(self, name: str, kind: int = dns.A, number: int = 7) -> None:
        self.server.on_query(dns.query(number, name, kind), ("127.0.0.1", 99))


def code(message: bytes) -> int:
    return int(struct.unpack("!H", message[2:4])[0] & 0xF)


def test_names_of_aws_are_the_nodes_own_address() -> None:
    client = Client()
    client.ask("bucket.s3.eu-west-1.amazonaws.com", number=513)
    client.ask("glue.us-east-1.amazonaws.com", dns.AAAA)
    client.ask("db.abc.us-east-1.rds.amazonaws.com")
    first, second, third = (message for message, to in client.answers if to == ("127.0.0.1", 99))
    assert (first[:2], dns.addresses(first)) == ((513).to_bytes(2, "big"), (socket.inet_aton("127.0.0.53"),))
    assert (code(second), dns.addresses(second)) == (dns.NO_ERROR, ())
    assert (code(third), dns.addresses(third)) == (dns.NO_SUCH_NAME, ())
    assert client.passed_on == []


def test_other_questions_are_passed_on_and_their_answers_come_back() -> None:
    client = Client()
    for number in (7, 8):
        client.ask("example.com", dns.AAAA, number)
    one, other = client.passed_on
    assert one[:2] != other[:2]
    assert one[2:] == other[2:] == dns.query(0, "example.com", dns.AAAA)[2:]
    client.server.on_answer(other[:2] + b"the answer")
    client.server.on_answer(one[:2] + b"the answer")
    client.server.on_answer(one[:2] + b"a second one, which nothing awaits")
    assert [message for message, _ in client.answers] == [b"\0\x08the answer", b"\0\x07the answer"]


def test_a_buckets_name_has_the_address_of_s3() -> None:
    client = Client()
    client.ask("bucket.s3")
    (passed_on,) = client.passed_on
    question = dns.question(passed_on)
    assert (question.name, question.kind) == ("s3", dns.A)
    client.server.on_answer(dns.reply(question, (b"\x0a\xd5\0\x02",)))
    ((answer, _),) = client.answers
    assert (dns.question(answer).name, dns.addresses(answer)) == ("bucket.s3", (b"\x0a\xd5\0\x02",))
    client.ask("bucket.s3", dns.AAAA)
    assert dns.addresses(client.answers[1][0]) == ()
    client.ask("bucket.s3")
    client.server.on_answer(dns.reply(dns.question(client.passed_on[1]), code=dns.NO_SUCH_NAME))
    assert code(client.answers[2][0]) == dns.SERVER_FAILURE


def test_what_is_no_question_is_dropped() -> None:
    client = Client()
    whole = dns.query(1, "s3.amazonaws.com")
    for length in range(len(whole)):
        client.server.on_query(whole[:length], ("127.0.0.1", 99))
    client.server.on_query(os.urandom(600), ("127.0.0.1", 99))
    client.server.on_answer(b"")
    client.server.on_answer(b"\1")
    assert client.answers == []


def test_questions_without_an_answer_do_not_pile_up() -> None:
    client = Client()
    for number in range(2 * nameserver.MOST_WAITING):
        client.ask("example.com", number=number)
    assert len(client.server._waiting) == nameserver.MOST_WAITING


def test_over_sockets_with_a_relay_that_comes_with_a_connection() -> None:
    """The whole loop: questions, an upstream that answers, and a child for a connection."""
    upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    upstream.bind(("127.0.0.1", 0))
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind(("127.0.0.1", 0))
    listening = socket.create_server(("127.0.0.1", 0))

    def relay() -> None:
        with listening.accept()[0] as connection:
            connection.sendall(b"relayed")

    pid = os.fork()
    if pid == 0:
        nameserver.serve(NAMES, own.fileno(), [listening.fileno()], upstream.getsockname(), relay)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.sendto(dns.query(5, "s3.amazonaws.com"), own.getsockname())
            assert dns.addresses(client.recv(512)) == (socket.inet_aton("127.0.0.53"),)
            client.sendto(dns.query(6, "example.com"), own.getsockname())
            upstream.settimeout(10)
            request, sender = upstream.recvfrom(512)
            upstream.sendto(dns.reply(dns.question(request), (b"\1\2\3\4",)), sender)
            answer = client.recv(512)
            assert (answer[:2], dns.addresses(answer)) == (b"\0\6", (b"\1\2\3\4",))
        for _ in range(2):  # the first relay has ended by then: another one comes
            with socket.create_connection(listening.getsockname(), 10) as connection:
                assert connection.makefile("rb").read() == b"relayed"
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        for each in (upstream, own, listening):
            each.close()


# ---- /etc/resolv.conf

DOCKERS = "# Generated by Docker Engine.\nnameserver 127.0.0.11\nsearch ec2.internal\noptions ndots:0\n"


def test_the_name_server_is_replaced_once_and_for_all(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(DOCKERS)
    for _ in range(2):  # a second boot finds the file as the first one left it, or Docker's again
        assert resolvconf.take_over("127.0.0.53", str(file)) == "127.0.0.11"
        lines = file.read_text().splitlines()
        assert [line for line in lines if line.startswith("nameserver")] == ["nameserver 127.0.0.53"]
        assert "search ec2.internal" in lines
        assert "options ndots:0" in lines
    file.write_text(DOCKERS)
    assert resolvconf.take_over("127.0.0.53", str(file)) == "127.0.0.11"


@pytest.mark.parametrize("text", ["", "search x\n", "nameserver\n", "nameserver fd00::1\n"])
def test_without_a_name_server_nothing_is_changed(tmp_path: Path, text: str) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(text)
    assert resolvconf.take_over("127.0.0.53", str(file)) is None
    assert file.read_text() == text
