#!/bin/bash
# The command hcat, which Hive's launcher knows by its name, below $OUT at EMR's paths. Run by images/files/Dockerfile.
set -euo pipefail
mkdir -p "$OUT"/usr/bin "$OUT"/usr/lib/hive-hcatalog/bin
ln -s ../lib/hive/bin/launch "$OUT/usr/bin/hcat"
ln -s ../../hive/bin/launch "$OUT/usr/lib/hive-hcatalog/bin/hcat"
