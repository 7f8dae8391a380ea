#!/bin/bash
# Checks the image that Hudi was copied into.
set -euo pipefail
[ -f /usr/lib/hudi/hudi-spark-bundle.jar ]
