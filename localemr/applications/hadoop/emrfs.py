"""What emrfs-site means where S3A serves s3://, as it does from emr-7.10 on.

EMR translates a fixed set of EMRFS's properties for S3A, where S3A's own are not set (AWS, migration guide "EMRFS to
S3A"). Here are those that the S3A of Hadoop 3.4 has and that MinIO can follow; encryption is not among them.
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
