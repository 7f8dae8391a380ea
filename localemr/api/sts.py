"""The one operation of AWS STS that clients ask before they talk to EMR: GetCallerIdentity.

STS speaks AWS's query protocol: a form comes in, XML goes out.
"""

from __future__ import annotations

from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

FORM = "application/x-www-form-urlencoded"
CONTENT_TYPE = "text/xml"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def answer(body: bytes, access_key: str, account: str, request_id: str) -> tuple[int, str]:
    """HTTP status and XML for a request of the query protocol; the caller is a user named as its access key."""
    action = dict(parse_qsl(body.decode("utf-8", "replace"))).get("Action", "")
    if action != "GetCallerIdentity":
        unknown = f"Could not find operation {action or 'null'} for version 2011-06-15"
        return 400, error("InvalidAction", unknown, request_id)
    identity = (
        f"<Arn>arn:aws:iam::{account}:user/{escape(access_key)}</Arn>"
        f"<UserId>{escape(access_key)}</UserId><Account>{account}</Account>"
    )
    return 200, (
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}"><GetCallerIdentityResult>{identity}'
        f"</GetCallerIdentityResult><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    )


def error(code: str, message: str, request_id: str) -> str:
    """An error in XML."""
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type><Code>{escape(code)}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
