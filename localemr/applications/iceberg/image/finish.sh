#!/bin/bash
# Checks the image that Iceberg was copied into: AWS's SDK 2 is there in one version, and no module of it twice.
set -euo pipefail
all=$(tr : '\n' < /usr/lib/hadoop/libexec/classpath; ls /usr/share/aws/iceberg/lib/aws/*.jar)
modules=$(sed -nE 's#.*/(glue|s3|sts|kms|dynamodb|sdk-core|auth|apache-client|url-connection-client)-([0-9.]*)\.jar$#\1 \2#p' <<< "$all")
[ "$(cut -d' ' -f1 <<< "$modules" | sort | uniq | wc -l) $(wc -l <<< "$modules") $(cut -d' ' -f2 <<< "$modules" | sort -u | wc -l)" = "9 9 1" ]
