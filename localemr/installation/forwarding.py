"""`python -m localemr.installation.forwarding NAMESPACE SERVICE=LOCAL:REMOTE…`: ports here lead to Services.

`kubectl port-forward` ends with the pod that it chose; here another one begins then, until SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from localemr.installation import kubectl

PAUSE = 0.5
"""Seconds until the next one begins."""


def command(namespace: str, forward: str) -> list[str]:
    """The command for a Service, written as SERVICE=LOCAL:REMOTE."""
    service, _, ports = forward.partition("=")
    return [kubectl.program(), "-n", namespace, "port-forward", f"service/{service}", *ports.split(",")]


async def keep(argv: list[str]) -> None:
    """Run it again whenever it ends, until this is cancelled."""
    while True:
        process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.DEVNULL)
        try:
            await process.wait()
        except asyncio.CancelledError:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            raise
        await asyncio.sleep(PAUSE)


async def serve(commands: list[list[str]]) -> None:
    """Keep these commands running until SIGTERM or SIGINT."""
    tasks = [asyncio.create_task(keep(each)) for each in commands]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: [each.cancel() for each in tasks])
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(serve([command(sys.argv[1], each) for each in sys.argv[2:]]))
