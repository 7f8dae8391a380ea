"""`localemr status`: the running parts, their addresses and their memory."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape

from localemr.checks import shortage_in
from localemr.cli import clients, onkubernetes, webuis
from localemr.cli.console import columns, err, out, read_settings, reported
from localemr.cli.down import ACTIVE
from localemr.installation import containers, s3_health
from localemr.installation.background import Controller, fetch_health, port_free
from localemr.installation.containers import Member
from localemr.problem import Problem
from localemr.settings import Settings

GIB = 1024


def status(
    everything: Annotated[bool, typer.Option("--all", help="Terminated clusters as well.")] = False,
) -> None:
    """Show controller, MinIO, clusters with their instances and web pages, and memory in use."""
    with reported():
        settings = onkubernetes.installed(read_settings())
        health = fetch_health(settings.endpoint)
        _show_controller(settings, health)
        members = _show_members(settings)
        if health is None:
            raise typer.Exit(1)
        _show_clusters(settings, members, everything)


def _show_controller(settings: Settings, health: tuple[int, dict[str, Any]] | None) -> None:
    started = Controller(settings).running()
    process = f" (process {started.pid}, {started.runtime} runtime)" if started else ""
    if health is None:
        shown = f"[red]does not answer[/] at {settings.endpoint}{process}; {_instead(settings, process)}"
    elif health[0] == 200:
        shown = f"[green]up[/] at {settings.endpoint}{process}"
    else:
        shown = f"[yellow]unwell[/] at {settings.endpoint}{process}: {escape(str(health[1]))}"
    out.print(f"controller  {shown}", soft_wrap=True)
    if health and (shortage := shortage_in(health[1])):
        out.print(f"memory      [yellow]{escape(shortage)}[/] (docs/sizing.md)", soft_wrap=True)


def _instead(settings: Settings, process: str) -> str:
    """What to do about a controller that does not answer."""
    if process or port_free(settings.host, settings.port):
        return "`localemr up` starts it"
    return f"another program uses port {settings.port}: stop it, or choose another port with LOCALEMR_PORT"


def _show_members(settings: Settings) -> list[Member]:
    if settings.on_kubernetes:
        return onkubernetes.show(settings)
    return [] if settings.runtime == "memory" else _show_docker(settings)


def _show_docker(settings: Settings) -> list[Member]:
    healthy = s3_health.error_of(settings) is None
    shown = "[green]up[/]" if healthy else "[red]does not answer[/]"
    out.print(f"S3          {shown} at {settings.s3_url}", soft_wrap=True)
    try:
        client = containers.connect()
        with err.status("querying Docker"):
            members = containers.Containers(settings, client).members(memory=True)
            with containers.docker_errors_as_problems():
                total = client.info().get("MemTotal", 0) / containers.MIB
    except Problem as problem:
        # The controller's view follows in any case: it does not depend on Docker.
        out.print(f"Docker      [red]{escape(problem.message)}[/]", soft_wrap=True)
        return []
    used = sum(member.memory_mb for member in members)
    running = sum(member.state == "running" for member in members)
    out.print(f"Docker      {running} containers running, {used / GIB:.1f} of the host's {total / GIB:.1f} GiB in use")
    return members


def _show_clusters(settings: Settings, members: list[Member], everything: bool) -> None:
    emr = clients.emr(settings)
    filters = {} if everything else {"ClusterStates": ACTIVE}
    clusters = [item for page in emr.get_paginator("list_clusters").paginate(**filters) for item in page["Clusters"]]
    if not clusters:
        out.print("clusters    none" + ("" if everything else " active"))
    for cluster in clusters:
        _show_cluster(settings, emr, cluster, members)


def _show_cluster(settings: Settings, emr: Any, cluster: dict[str, Any], members: list[Member]) -> None:
    state = cluster["Status"]["State"]
    reason = cluster["Status"].get("StateChangeReason", {})
    explained = " ".join(filter(None, (reason.get("Code"), reason.get("Message"))))
    out.print(
        f"\n[bold]{cluster['Id']}[/]  {escape(cluster['Name'])}  [bold]{state}[/]  {escape(explained)}", soft_wrap=True
    )
    pages = emr.get_paginator("list_instances").paginate(ClusterId=cluster["Id"])
    instances = [item for page in pages for item in page["Instances"]]
    groups = _roles(emr, cluster["Id"], instances)
    memory = {member.labels.get("localemr.instance"): member.memory_mb for member in members}
    rows = [("instance", "role", "type", "state", "private DNS", "memory")]
    for item in instances:
        role = groups.get(item.get("InstanceGroupId") or item.get("InstanceFleetId"), "")
        shown = f"{memory[item['Id']]:,} MiB" if memory.get(item["Id"]) else ""
        kind, host = item.get("InstanceType", ""), item.get("PrivateDnsName", "")
        rows.append((item["Id"], role, kind, item["Status"]["State"], host, shown))
    if instances:
        out.print("\n".join(columns(rows)), soft_wrap=True, markup=False)
    if state in ACTIVE:
        _show_addresses(settings, members, emr.describe_cluster(ClusterId=cluster["Id"])["Cluster"])


def _show_addresses(settings: Settings, members: list[Member], cluster: webuis.Cluster) -> None:
    shown_at = webuis.addresses(settings, members, cluster)
    if not settings.on_kubernetes:  # there the controller alone reaches these ports
        shown_at += webuis.services(members, cluster)
    for name, instance, url in shown_at:
        out.print(f"  {url}  {name} ({instance})", soft_wrap=True)


def _roles(emr: Any, cluster_id: str, instances: list[dict[str, Any]]) -> dict[str | None, str]:
    """Role of each instance group or fleet; a cluster has either groups or fleets."""
    if any(item.get("InstanceFleetId") for item in instances):
        pages = emr.get_paginator("list_instance_fleets").paginate(ClusterId=cluster_id)
        return {item["Id"]: item["InstanceFleetType"] for page in pages for item in page["InstanceFleets"]}
    pages = emr.get_paginator("list_instance_groups").paginate(ClusterId=cluster_id)
    return {item["Id"]: item["InstanceGroupType"] for page in pages for item in page["InstanceGroups"]}
