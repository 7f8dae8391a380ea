"""How an image build is shown."""

import io
import threading

from rich.console import Console

from localemr.cli.building import display


def shown(terminal, reports):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, color_system=None)
    with display(console, ["base", "minio"]) as report:
        for each in reports:
            report(*each)
    return stream.getvalue()


def test_without_a_terminal_each_step_is_one_line():
    text = shown(
        False,
        [
            ("base", 0, 0, ""),
            ("base", 1, 2, "FROM debian"),
            ("base", 1, 2, "some output"),
            ("base", 2, 2, "RUN [x] y"),
            ("base", 2, 2, "built"),
        ],
    )
    lines = text.splitlines()
    assert [line.rpartition(" (")[0] for line in lines] == [
        "image base: ",
        "image base: 1/2 FROM debian",
        "image base: 2/2 RUN [x] y",
        "image base: 2/2 built",
    ]


def test_on_a_terminal_each_image_has_a_line_with_step_and_last_output():
    text = shown(True, [("base", 2, 5, "RUN apt-get [update]"), ("debian", 0, 0, "pulling")])
    last = text.split("minio")[-1]
    assert "1/5" in text and "RUN apt-get [update]" in text
    assert "waiting" in last
    # An image that was not announced gets a line all the same.
    assert "debian" in text and "pulling" in text


def test_reports_may_come_from_several_threads():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with display(console, []) as report:
        threads = [threading.Thread(target=report, args=(f"i{n % 3}", n, 9, "x")) for n in range(9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert "i0" in console.file.getvalue()
