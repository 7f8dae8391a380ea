"""The memory runtime keeps to what every runtime has to do."""

from __future__ import annotations

from localemr.runtime.base import Runtime
from localemr.runtime.memory import MemoryRuntime
from tests.runtime_contract import RuntimeContract


class TestMemoryRuntime(RuntimeContract):
    def make(self) -> Runtime:
        return MemoryRuntime()

    async def kill(self, runtime: Runtime, name: str) -> None:
        assert isinstance(runtime, MemoryRuntime)
        runtime.kill(name)

    async def cut(self, runtime: Runtime, name: str) -> None:
        assert isinstance(runtime, MemoryRuntime)
        runtime.nodes[name].log.rotate()
