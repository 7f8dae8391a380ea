#!/bin/bash
# Fetches Delta Lake ($VERSION) and arranges it below $OUT/usr/share/aws/delta. Run by images/files/Dockerfile.
set -euo pipefail
# delta-core before 3.0, delta-spark since then: the jar keeps its name without versions.
artifact=$(grep -o 'delta-\(core\|spark\)_[0-9.]*[0-9]' version/jars.sha256)
fetch-jars /tmp/jars version/jars.sha256 -Dartifact="$artifact" -Dtable.version="$VERSION"

home=$OUT/usr/share/aws/delta
mkdir -p "$home/lib" "$OUT/etc/delta/conf"
mv "/tmp/jars/$artifact-$VERSION.jar" "$home/lib/${artifact%_*}.jar"
mv "/tmp/jars/delta-storage-$VERSION.jar" "$home/lib/delta-storage.jar"
ln -s /etc/delta/conf "$home/conf"
