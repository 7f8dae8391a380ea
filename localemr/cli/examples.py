"""Examples of each command, which its --help shows. A test parses each one, and docs/cli.md names the commands."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "up": (
        ("localemr up", "start everything"),
        ("localemr up --runtime memory", "the API alone, without Docker"),
        ("localemr up --runtime kubernetes", "on the Kubernetes of kubectl's context"),
    ),
    "down": (
        ("localemr down", "remove everything but the images"),
        ("localemr down --keep-data", "terminate the clusters, keep S3 and the database"),
    ),
    "status": (("localemr status --all", "terminated clusters too"),),
    "doctor": (("localemr doctor", "what is missing, and how to fix it"),),
    "env": (
        ('eval "$(localemr env)"', "lead AWS SDKs and the AWS CLI here"),
        ('eval "$(localemr env --unset)"', "and back"),
    ),
    "ssh": (
        ("localemr ssh j-2AXXXXXXGAPLF", "a shell on the master"),
        ("localemr ssh nightly -- yarn application -list", "a command, on the cluster of this name"),
        ("localemr ssh nightly --instance ip-10-213-0-3", "another instance"),
    ),
    "logs": (
        ("localemr logs nightly", "the steps, and where their logs are"),
        ("localemr logs nightly load --follow", "the logs of a step, until it has ended"),
        ("localemr logs nightly load --file stderr", "one log, unchanged"),
        ("localemr logs --controller --follow", "the controller's own"),
    ),
    "cost": (
        ("localemr cost", "all clusters"),
        ("localemr cost nightly --json", "one, with its instances and steps, as JSON"),
    ),
    "interrupt": (
        ("localemr interrupt nightly", "the newest spot instance, in two minutes"),
        ("localemr interrupt nightly --group TASK --count 2 --notice 0", "two task instances, now"),
    ),
    "capacity": (
        ("localemr capacity none --type 'r5.*' --market SPOT", "EC2 has no spot instances of these types"),
        ("localemr capacity any", "it has any again"),
    ),
    "demo": (
        ("localemr demo --keep", "leave the cluster running"),
        ("localemr demo --list", "the names of the examples"),
        ("localemr demo data-analytics", "an example"),
    ),
    "serve": (("localemr serve --log-file controller.log", "in the foreground, with a log"),),
    "version": (("localemr version", "what runs here"),),
    "support": (("localemr support --file report.tar.gz", "an archive for a report of a fault"),),
    "images build": (
        ("localemr images build", "the default release, with all its applications"),
        ("localemr images build emr-6.15.0 --applications Hadoop,Spark", "another one, with these"),
    ),
    "images ls": (("localemr images ls --all", "also the images that these are built on"),),
    "images env": (
        ("localemr images env > compose/.env", "for Compose"),
        ("localemr images env --kustomize > kubernetes/images/kustomization.yaml", "for Kubernetes"),
    ),
    "images prune": (("localemr images prune --keep emr-6.15.0", "keep what this label needs"),),
    "images save": (
        ("localemr images save images.tar", "all that are built"),
        ("localemr images save images.tar emr-6.15.0", "those of this label"),
        ("localemr images save images.tar --applications Spark", "what clusters with Spark need"),
    ),
    "images load": (("localemr images load images.tar", "on another machine"),),
    "images push": (
        ("localemr images push registry.example.com:5000/team", "after `docker login`"),
        ("localemr images push registry.example.com:5000/team --applications Spark", "what clusters with Spark need"),
    ),
    "images pull": (
        ("localemr images pull registry.example.com:5000/team", "the default release"),
        ("localemr images pull registry.example.com:5000/team emr-6.15.0", "another one"),
    ),
}
"""Command without `localemr` → its examples with their meaning."""


def epilog(name: str) -> str:
    """The examples of a command, in the form in which Typer keeps lines apart."""
    rows = EXAMPLES[name]
    width = max(len(example) for example, _ in rows)
    return "\n\n".join(["Examples:", *(f"  {example:<{width}}  {meaning}" for example, meaning in rows)])
