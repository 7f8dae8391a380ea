"""The effect of emrfs-site with S3A serving s3://, as from emr-7.10 on.

EMR translates a fixed set of EMRFS's properties for S3A, where S3A's own are not set (AWS, migration guide "EMRFS to
S3A"). This table has the properties that Hadoop 3.4's S3A and MinIO support; encryption is not included.
"""

from __future__ import annotations

from localemr.domain.model.application import Facts

S3A_NAMES = {
    "fs.s3.maxConnections": "fs.s3a.connection.maximum",
    "fs.s3.maxRetries": "fs.s3a.retry.limit",
    "fs.s3.delete.maxBatchSize": "fs.s3a.bulk.delete.page.size",
    "fs.s3.buffer.dir": "fs.s3a.buffer.dir",
    "fs.s3.sts.endpoint": "fs.s3a.assumed.role.sts.endpoint",
    "fs.s3.sts.sessionDurationSeconds": "fs.s3a.assumed.role.session.duration",
    "fs.s3n.multipart.uploads.enabled": "fs.s3a.multipart.uploads.enabled",
    "fs.s3n.multipart.uploads.split.size": "fs.s3a.multipart.size",
}


def as_s3a(facts: Facts) -> dict[str, str]:
    """The requested properties of emrfs-site, by S3A's names."""
    requested = facts.requested.get("emrfs-site", {})
    return {s3a: requested[emrfs] for emrfs, s3a in S3A_NAMES.items() if emrfs in requested}
