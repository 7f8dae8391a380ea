#!/bin/bash
# Arranges the server below $OUT at EMR's paths; it is Python and needs nothing that is not on instances. Run by
# images/files/Dockerfile.
set -euo pipefail
home=$OUT/usr/lib/livy
mkdir -p "$home/bin" "$home/lib" "$OUT/etc/livy/conf"
cp -r files/lib/localemr_livy "$home/lib/"
find "$home/lib" -name __pycache__ -prune -exec rm -r {} +
install -m 755 files/livy-server "$home/bin/"
ln -s /etc/livy/conf "$home/conf"
