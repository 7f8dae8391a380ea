#!/bin/bash
# Checks the image that Delta Lake was copied into.
set -euo pipefail
[ "$(ls /usr/share/aws/delta/lib | wc -l)" = 2 ]
