#!/bin/bash
# Fetches Hudi ($VERSION) and arranges it below $OUT/usr/lib/hudi. Run by images/files/Dockerfile.
set -euo pipefail
artifact=$(grep -o 'hudi-spark[0-9.]*-bundle_[0-9.]*[0-9]' version/jars.sha256)
fetch-jars /tmp/jars version/jars.sha256 -Dartifact="$artifact" -Dtable.version="$VERSION"

home=$OUT/usr/lib/hudi
mkdir -p "$home" "$OUT/etc/hudi/conf"
mv "/tmp/jars/$artifact-$VERSION.jar" "$home/"
ln -s "$artifact-$VERSION.jar" "$home/hudi-spark-bundle.jar"
ln -s /etc/hudi/conf "$home/conf"
