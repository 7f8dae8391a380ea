#!/bin/bash
# Prepares the image that Greeter was copied into.
set -euo pipefail
install -d -o hadoop -g hadoop -m 755 /var/log/greeter
