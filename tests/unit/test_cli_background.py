"""The controller as a background process: nothing but what `up` started is ever stopped."""

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from localemr.installation.background import Controller, Started, fetch_health, port_free, start_time
from localemr.problem import Problem
from localemr.settings import Settings


@pytest.fixture
def controller(tmp_path, free_port):
    return Controller(Settings(home=str(tmp_path / "home"), port=free_port))


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def record(controller, pid, started):
    controller.pid_file.parent.mkdir(parents=True, exist_ok=True)
    controller.pid_file.write_text(json.dumps(Started(pid, started, "memory").__dict__))


def test_no_pid_file_or_a_broken_one_means_not_running(controller):
    assert controller.running() is None
    controller.pid_file.parent.mkdir(parents=True)
    for text in ("", "123", "[]", '{"pid": 1}'):
        controller.pid_file.write_text(text)
        assert controller.running() is None


def test_a_living_process_is_recognised_by_pid_and_start_time(controller, sleeper):
    record(controller, sleeper.pid, start_time(sleeper.pid))
    assert controller.running() == Started(sleeper.pid, start_time(sleeper.pid), "memory")


def test_a_process_that_took_over_the_pid_is_left_alone(controller, sleeper):
    record(controller, sleeper.pid, "another time")
    assert controller.running() is None
    assert controller.stop() is False
    assert sleeper.poll() is None
    assert not controller.pid_file.exists()


def test_stop_ends_the_process_and_forgets_it(controller, sleeper):
    record(controller, sleeper.pid, start_time(sleeper.pid))
    assert controller.stop() is True
    assert sleeper.wait(timeout=5) < 0
    assert not controller.pid_file.exists()


def test_a_zombie_counts_as_ended():
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert start_time(process.pid) is None
    process.wait()


def test_a_taken_port_is_a_problem_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not port_free("127.0.0.1", port)
        controller = Controller(Settings(home=str(tmp_path), port=port))
        with pytest.raises(Problem, match=f"port {port} .* used by another program"):
            controller.start({})
    assert not controller.pid_file.exists()


def test_a_controller_that_dies_at_start_is_shown_with_its_log(controller):
    controller.pid_file.parent.mkdir(parents=True)
    controller.log_file.write_text("it broke\n")
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(Problem, match=r"exit code 3 while starting:\nit broke"):
        controller.wait_healthy(process, 20)


class _Answer(BaseHTTPRequestHandler):
    status, body = 200, b"{}"

    def do_GET(self):
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_arguments):
        pass


@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (200, b'{"status": "ok"}', (200, {"status": "ok"})),
        (503, b'{"docker": "away"}', (503, {"docker": "away"})),
        (200, b"<html>another program</html>", None),
        (404, b'{"error": "another program"}', None),
    ],
)
def test_health_is_a_controllers_only_if_it_looks_like_one(status, body, wanted):
    handler = type("Handler", (_Answer,), {"status": status, "body": body})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert fetch_health(f"http://127.0.0.1:{server.server_port}") == wanted
        thread.join()


def test_no_answer_is_no_health(free_port):
    assert fetch_health(f"http://127.0.0.1:{free_port}") is None
    assert port_free("127.0.0.1", free_port)
