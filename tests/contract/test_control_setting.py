"""The control API exists with the memory runtime, and elsewhere only where a setting enables it."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localemr.app import Controller, new_app
from localemr.cli.console import read_settings
from localemr.clock import RealClock
from localemr.doors import behind_door
from localemr.platforms import memory_platform
from localemr.problem import Problem
from localemr.settings import Settings
from localemr.testing.client import Control, ControlError
from localemr.testing.server import Server


@pytest.mark.parametrize(
    ("settings", "exists"),
    [
        (Settings(), False),
        (Settings(control="off"), False),
        (Settings(control="on"), True),
        (Settings(runtime="memory"), True),
        (Settings(runtime="memory", control="off"), False),
    ],
)
def test_where_it_exists(server: Server, tmp_path: Path, settings: Settings, exists: bool) -> None:
    settings = replace(settings, home=str(tmp_path))

    def do(work: Coroutine[Any, Any, Any]) -> Any:
        return server.run(work)

    controller = do(Controller.open(settings, memory_platform(RealClock())))
    try:
        app = new_app()
        controller.serve(app, {})
        server.app = behind_door(app, settings, lambda: controller)
        control = Control(f"http://127.0.0.1:{server.port}")
        if exists:
            control.fail_step("load")
            assert len(control.rules()) == 1
        else:
            for request in (control.rules, control.now, control.fail_step, lambda: control.script({"on": "step"})):
                with pytest.raises(ControlError, match="LOCALEMR_CONTROL=on"):
                    request()
    finally:
        do(controller.close())


def test_a_value_that_is_neither_on_nor_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALEMR_CONTROL", "yes")
    with pytest.raises(Problem, match="expected on or off"):
        read_settings()
