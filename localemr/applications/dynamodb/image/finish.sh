#!/bin/bash
# Checks the image that the connector was copied into.
set -euo pipefail
ls /usr/share/aws/emr/ddb/lib/emr-ddb-hadoop.jar /usr/share/aws/emr/ddb/lib/emr-ddb-hive.jar > /dev/null
