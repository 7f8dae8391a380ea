"""The runtime on Docker, against a daemon that is a list of answers."""

from __future__ import annotations

import docker

from localemr.runtime.docker import WHOLE_LOG


def test_no_log_opt_of_the_daemon_cuts_the_log() -> None:
    """The daemon takes its own log-opts for those options alone that a container does not give."""
    given = docker.types.LogConfig(type="json-file", config=WHOLE_LOG).config
    assert {"max-size", "max-file", "compress"} <= given.keys()
