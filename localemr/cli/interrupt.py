"""`localemr interrupt`: EC2 takes spot instances back."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Annotated, Any

import typer

from localemr.cli import clients, onkubernetes, targets
from localemr.cli.console import columns, out, read_settings, reported
from localemr.cli.control import ControlError, NoControlError, call
from localemr.problem import Problem
from localemr.settings import Settings

ENABLE = "LOCALEMR_CONTROL=on in the environment of the controller when it starts enables it (docs/spot.md)"


def interrupt(
    cluster: Annotated[str, typer.Argument(help="The cluster's id or name.")],
    group: Annotated[
        str | None, typer.Option("--group", help="Of this instance group or fleet: its id, name or role.")
    ] = None,
    instance: Annotated[
        str | None, typer.Option("--instance", help="This instance: its id, EC2 id, host name or address.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="So many of them, the newest first.")] = 1,
    notice: Annotated[
        float, typer.Option("--notice", min=0, help="Seconds between the notice and the end; EC2 has 120.")
    ] = 120.0,
) -> None:
    """Take spot instances back as EC2 does: after a notice. Instances on demand are refused."""
    with reported():
        settings = onkubernetes.installed(read_settings())
        if group and instance:
            raise Problem("--group and --instance exclude each other", "name the instance alone")
        with closing(clients.emr(settings)) as emr:
            found = targets.cluster(emr, cluster)
            ids = _members(emr, found, group) if group else None
            if instance:
                ids = [targets.instance(emr, found, instance)["Id"]]
        request = {"cluster": found["Id"], "instances": ids, "count": count, "notice": notice}
        rows = [
            (name, f"is taken back at {datetime.fromtimestamp(at).astimezone().isoformat(timespec='seconds')}")
            for name, at in _call(settings, request)["interrupted"].items()
        ]
        out.print("\n".join(columns(rows, indent="")), soft_wrap=True, markup=False)


def _call(settings: Settings, request: dict[str, Any]) -> Any:
    keys = (settings.access_key, settings.secret_key) if settings.accepted_keys else None
    try:
        return call(settings.endpoint, keys, "POST", "interruptions", request)
    except NoControlError as error:
        raise Problem("this installation has no control API, which interrupts instances", ENABLE) from error
    except ControlError as error:
        raise Problem(str(error), "`aws emr list-instances` shows each instance's Market and state") from error


def _members(emr: Any, cluster: targets.Item, called: str) -> list[str]:
    """The running instances of a group or fleet: of one with both markets those on spot. Raises Problem."""
    fleets = cluster.get("InstanceCollectionType") == "INSTANCE_FLEET"
    kind = "InstanceFleet" if fleets else "InstanceGroup"
    operation = "list_instance_fleets" if fleets else "list_instance_groups"
    pages = emr.get_paginator(operation).paginate(ClusterId=cluster["Id"])
    groups = [each for page in pages for each in page[f"{kind}s"]]
    chosen = {each["Id"] for each in groups if called in (each["Id"], each.get("Name"), each[f"{kind}Type"])}
    if not chosen:
        raise Problem(
            f"{cluster['Id']} has no instance {'fleet' if fleets else 'group'} {called!r}",
            f"it has {', '.join(each['Id'] for each in groups)}",
        )
    listed = emr.get_paginator("list_instances").paginate(ClusterId=cluster["Id"], InstanceStates=["RUNNING"])
    running = [each for page in listed for each in page["Instances"] if each.get(f"{kind}Id") in chosen]
    if not running:
        raise Problem(f"no instance of {called!r} runs", "`localemr status` shows the instances that run")
    spot = [each["Id"] for each in running if each["Market"] == "SPOT"]
    return spot or [each["Id"] for each in running]
