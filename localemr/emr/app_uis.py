"""Web pages of applications, and credentials for a cluster's endpoints.

URLs lead to the controller, which serves the pages of clusters (localemr/webui). Where callers have to sign, a URL
contains a ticket. Elsewhere no credentials are required.
"""

from __future__ import annotations

import re
import secrets

from localemr.domain.accept.tags import read_tags
from localemr.domain.model import ids
from localemr.domain.model.application import WebUi
from localemr.domain.model.dependencies import installed
from localemr.domain.model.errors import InvalidRequestException, ValidationException
from localemr.domain.model.names import partition
from localemr.domain.model.primaries import is_on
from localemr.domain.model.records import MASTER, Cluster, Instance, acting
from localemr.domain.model.states import READY, InstanceState
from localemr.emr.lookup import by_cluster_id, by_key, by_ready_cluster_id, check_id
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.security_configurations import ROLE_NOT_SUPPORTED, ROLE_REQUIRED, runtime_roles_enabled
from localemr.emr.views import tag_list
from localemr.store import Resource

KIND = "persistent-app-ui"
ATTACHED = "ATTACHED"
"""Amazon's notebook extension requests a URL once the UI has this status."""

CREDENTIALS_SECONDS = 3600.0
_CLUSTER_ARN = re.compile(rf"arn:aws[a-z-]*:elasticmapreduce:[a-z0-9-]+:\d{{12}}:cluster/({ids.CLUSTER.pattern})")
_APPLICATION_ID = re.compile(r"application_(\d+_\d+)")
_PROFILERS = {"SHS": "SHS", "TEZUI": "TEZ", "YTS": "YTS"}
_PERSISTENT = {"SHS": "SparkHistoryServer", "TEZ": "TezUI", "YTS": "YarnTimelineService"}


@operation("CreatePersistentAppUI", Effect.STATEFUL)
def create_persistent_app_ui(context: Context, request: Request) -> Response:
    """Store a new persistent UI of a cluster.

    Clusters of EMR on EC2 only.
    """
    cluster = _by_arn(context, request["TargetResourceArn"])
    if "EMRContainersConfig" in request:
        raise InvalidRequestException("EMRContainersConfig cannot be specified for a cluster of EMR on EC2.")
    made = Resource(
        ids.new_persistent_app_ui_id(),
        context.now(),
        {
            "ClusterId": cluster.id,
            "Type": _PROFILERS[request.get("ProfilerType", "SHS")],
            "AuthorId": f"arn:{partition(context.region)}:iam::{context.account}:root",
            "Tags": read_tags(request.get("Tags", ()), InvalidRequestException),
        },
    )
    context.store.resources.put(KIND, made)
    return {"PersistentAppUIId": made.id, "RuntimeRoleEnabledCluster": runtime_roles_enabled(context, cluster)}


@operation("DescribePersistentAppUI", Effect.STATEFUL)
def describe_persistent_app_ui(context: Context, request: Request) -> Response:
    """A persistent UI in full.

    Always `ATTACHED`.
    """
    found = _by_id(context, request["PersistentAppUIId"])
    view = {
        "PersistentAppUIId": found.id,
        "PersistentAppUITypeList": [found.document["Type"]],
        "PersistentAppUIStatus": ATTACHED,
        "AuthorId": found.document["AuthorId"],
        "CreationTime": found.created,
        "LastModifiedTime": found.created,
        "Tags": tag_list(found.document["Tags"]),
    }
    return {"PersistentAppUI": view}


@operation("GetPersistentAppUIPresignedURL", Effect.REAL)
def get_persistent_app_ui_presigned_url(context: Context, request: Request) -> Response:
    """The URL of the cluster's own Spark history server.

    Ready while the cluster runs. The page is not served after the cluster's end. Pages of Tez and the timeline service
    are not served.
    """
    found = _by_id(context, request["PersistentAppUIId"])
    kind = request.get("PersistentAppUIType", found.document["Type"])
    if kind != found.document["Type"]:
        raise InvalidRequestException(f"Persistent application UI '{found.id}' does not have type {kind}.")
    cluster = by_cluster_id(context, found.document["ClusterId"])
    return _answer(_url(context, cluster, _PERSISTENT[kind], request.get("ApplicationId")))


@operation("GetOnClusterAppUIPresignedURL", Effect.REAL)
def get_on_cluster_app_ui_presigned_url(context: Context, request: Request) -> Response:
    """The URL of a page on the master of a cluster that is RUNNING or WAITING, of one application where its id is
    given.

    At the controller's address, with a ticket where signatures are checked ([web UIs](web-uis.md)). Without a type the
    Spark history server; no Tez, no timeline service.
    """
    cluster = by_ready_cluster_id(context, request["ClusterId"])
    kind = request.get("OnClusterAppUIType", "SparkHistoryServer")
    application_id = request.get("ApplicationId")
    if kind == "ApplicationMaster" and application_id is None:
        raise InvalidRequestException("ApplicationId must be specified for OnClusterAppUIType ApplicationMaster.")
    if _page(context, cluster, kind) is None:
        raise InvalidRequestException(f"Cluster '{cluster.id}' does not serve the application UI {kind}.")
    url = _url(context, cluster, kind, application_id)
    return {"PresignedURLReady": url is not None} if request.get("DryRun") else _answer(url)


@operation("GetClusterSessionCredentials", Effect.AWS_ONLY)
def get_cluster_session_credentials(context: Context, request: Request) -> Response:
    """A fresh user name and password for an hour.

    For clusters whose security configuration enables runtime roles; no endpoint of a cluster requires them.
    """
    cluster = by_ready_cluster_id(context, request["ClusterId"])
    if not runtime_roles_enabled(context, cluster):
        raise InvalidRequestException(ROLE_NOT_SUPPORTED)
    if "ExecutionRoleArn" not in request:
        raise InvalidRequestException(ROLE_REQUIRED)
    credentials = {"Username": f"user-{secrets.token_hex(8)}", "Password": secrets.token_urlsafe(32)}
    return {"Credentials": {"UsernamePassword": credentials}, "ExpiresAt": context.now() + CREDENTIALS_SECONDS}


def _by_id(context: Context, ui_id: str) -> Resource:
    check_id(ids.PERSISTENT_APP_UI, "persistentAppUIId", ui_id)
    return by_key(context, KIND, ui_id, f"Persistent application UI '{ui_id}' does not exist.")


def _by_arn(context: Context, arn: str) -> Cluster:
    match = _CLUSTER_ARN.fullmatch(arn)
    if match is None:
        raise ValidationException(f"targetResourceArn '{arn}' is not valid.")
    return by_cluster_id(context, match[1])


def _answer(url: str | None) -> Response:
    return {"PresignedURLReady": url is not None, "PresignedURL": url}


def _url(context: Context, cluster: Cluster, kind: str, application_id: str | None) -> str | None:
    """The page's current URL; None while the page is not served. Raises ValidationException for a malformed application
    id."""
    number = None
    if application_id is not None:
        match = _APPLICATION_ID.fullmatch(application_id)
        if match is None:
            raise ValidationException(f"applicationId '{application_id}' is not valid.")
        number = match[1]
    page = _page(context, cluster, kind)
    master = _master(context, cluster, page) if page else None
    if page is None or master is None:
        return None
    path = page.path if number is None else page.kinds[kind].format(number)
    address = context.web_page(cluster, master, page.port, path)
    return address and context.endpoint + address


def _page(context: Context, cluster: Cluster, kind: str) -> WebUi | None:
    """The page of this type among those of the cluster's applications; None when there is no such page."""
    applications = installed(cluster.spec.installs, context.catalog.applications)
    pages = (page for application in applications for page in application.web_uis)
    return next((page for page in pages if kind in page.kinds), None)


def _master(context: Context, cluster: Cluster, page: WebUi) -> Instance | None:
    """The master of a cluster that is ready, or the one of three primaries that has the page."""
    if cluster.status.state not in READY:
        return None
    masters = [
        each
        for each in context.store.instances(cluster.id)
        if each.spec.role == MASTER
        and each.status.state == InstanceState.RUNNING
        and is_on(page.on, each.spec.host, cluster.status.primaries)
    ]
    return acting(masters, cluster.status.primaries)
