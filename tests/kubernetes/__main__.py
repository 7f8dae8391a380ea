"""`python -m tests.kubernetes up|down|off|on|load FOLDER`: a small real Kubernetes on this machine (README.md).

The options of `up` are kept in the folder: the other commands need none of them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.kubernetes.machines import HOST, LINK, Machine, make_bridge, remove_bridge
from tests.kubernetes.processes import make_group, remove_group
from tests.kubernetes.servers import ControlPlane

CLAIMS = 3
"""As many as kubernetes/ has."""
INSTALLATIONS = 4
"""One after the other: a volume is not used again."""
OPTIONS = "options.json"


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.kubernetes", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "off", "on", "load"))
    parser.add_argument("folder", type=Path, help="state, logs and the kubeconfig")
    parser.add_argument("--programs", type=Path, help="folder of kubernetes and etcd")
    parser.add_argument("--plugins", type=Path, default=Path("/usr/lib/cni"), help="folder of the network's plug-ins")
    parser.add_argument("--machines", type=int, default=1)
    parser.add_argument("--memory", type=int, default=8192, help="MiB of each machine")
    parser.add_argument("--machine", type=int, default=1, help="the one that is switched off or on")
    parser.add_argument("--image", action="append", default=[], help="an image of Docker's for every machine")
    options = parser.parse_args()
    options.folder = options.folder.absolute()
    kept = options.folder / OPTIONS
    if options.command == "up":
        options.folder.mkdir(parents=True, exist_ok=True)
        programs, plugins = (options.programs or options.folder).absolute(), options.plugins.absolute()
        found = {"programs": str(programs), "plugins": str(plugins)}
        kept.write_text(json.dumps(found | {"machines": options.machines, "memory": options.memory}))
    for name, value in json.loads(kept.read_text()).items():
        setattr(options, name, Path(value) if isinstance(value, str) else value)
    return options


def start(machines: list[Machine], images: list[str]) -> None:
    """Start machines with these images of Docker's: the first one takes them, the others copy its files."""
    first, *others = machines
    first.up()
    if images:
        first.load(images)
    for each in others:
        each.up()
        if images:
            each.copy_images(first)


def bring_up(plane: ControlPlane, machines: list[Machine], options: argparse.Namespace) -> None:
    """Start everything."""
    make_group()
    make_bridge()
    plane.up()
    plane.start_names()
    plane.start_services(LINK)
    plane.make_volumes(CLAIMS * INSTALLATIONS)
    start(machines, options.image)
    plane.start_filters([each.namespace for each in machines])
    for each in machines:
        each.start_kubelet(plane.kubeconfig_of(each.name, f"{each.name}-token"), options.memory)
    print(f"export KUBECONFIG={plane.kubeconfig}")


def main() -> None:
    """Carry out the command."""
    options = parsed()
    plane = ControlPlane(options.folder, options.programs, HOST, options.machines)
    numbers = range(1, options.machines + 1)
    machines = [Machine(options.folder, options.programs, options.plugins, each, options.machines) for each in numbers]
    chosen = machines[options.machine - 1]
    if options.command == "up":
        bring_up(plane, machines, options)
    elif options.command == "off":
        chosen.power_off()
    elif options.command == "on":
        chosen.power_on()
        chosen.start_kubelet(plane.kubeconfig_of(chosen.name, f"{chosen.name}-token"), options.memory)
    elif options.command == "load":
        for each in machines:
            each.load(options.image)
    else:
        for each in machines:
            each.down()
        plane.down()
        remove_bridge()
        remove_group()


if __name__ == "__main__":
    main()
