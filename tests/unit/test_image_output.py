"""What is kept of the output of an image's build."""

from __future__ import annotations

from pathlib import Path

from localemr.images.build import LINES_SHOWN, _Output, log_of
from localemr.images.image import Image

IMAGE = Image("spark", "0123", {}, {})
LINES = (
    "Step 2/3 : RUN bash install.sh\n",
    " ---> Running in 301109f7b9ef\n",
    "\x1b[91mfetching\n\x1b[0m",
    "no route\n",
    "Removing intermediate container 301109f7b9ef\n",
)


def output(tmp_path: Path) -> tuple[_Output, list[tuple[str, int, int, str]]]:
    reported: list[tuple[str, int, int, str]] = []
    made = _Output(IMAGE, log_of(IMAGE, tmp_path), lambda *report: reported.append(report))
    for line in LINES:
        made.add(line)
    return made, reported


def test_each_line_is_reported_with_its_step_and_written_to_the_log(tmp_path: Path) -> None:
    _, reported = output(tmp_path)
    assert reported[0] == ("spark", 2, 3, "RUN bash install.sh")
    assert reported[2] == ("spark", 2, 3, "fetching")
    assert "fetching\nno route\n" in (tmp_path / "build-spark-0123.log").read_text()


def test_the_cause_of_a_failure_is_what_the_command_wrote_last(tmp_path: Path) -> None:
    made, _ = output(tmp_path)
    failure = made.failure("The command 'bash install.sh' returned a non-zero code: 1")
    log = tmp_path / "build-spark-0123.log"
    assert failure.cause == f"image spark, step 2 of 3: no route (log: {log})"
    assert "no route" in str(failure) and "non-zero code: 1" in str(failure) and str(log) in str(failure)
    assert len(str(failure).splitlines()) <= LINES_SHOWN + 2


def test_without_output_it_is_what_docker_says(tmp_path: Path) -> None:
    made = _Output(IMAGE, log_of(IMAGE, tmp_path), lambda *report: None)
    made.add("Step 1/3 : FROM nowhere\n")
    assert ": pull access denied" in made.failure("pull access denied").cause
