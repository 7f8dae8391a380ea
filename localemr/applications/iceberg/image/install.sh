#!/bin/bash
# Fetches Iceberg ($VERSION) and arranges it below $OUT/usr/share/aws/iceberg. Run by images/files/Dockerfile.
set -euo pipefail
artifact=$(grep -o 'iceberg-spark-runtime-[^-]*' version/jars.sha256)
# The checksums name all modules of AWS's SDK where Hadoop has none of them.
mapfile -t modules < <(grep -q ' sdk-core-' version/jars.sha256 && echo -Psdk)
fetch-jars /tmp/jars version/jars.sha256 -Dartifact="$artifact" -Dtable.version="$VERSION" "${modules[@]}"

home=$OUT/usr/share/aws/iceberg
mkdir -p "$home/lib/aws" "$OUT/etc/iceberg/conf"
mv "/tmp/jars/$artifact-$VERSION.jar" "$home/lib/iceberg-spark3-runtime.jar"
mv /tmp/jars/*.jar "$home/lib/aws/"
ln -s /etc/iceberg/conf "$home/conf"
