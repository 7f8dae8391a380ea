#!/bin/bash
# Prepares the image that Tez was copied into.
set -euo pipefail
install -d -o root -g hadoop -m 775 /var/log/tez
