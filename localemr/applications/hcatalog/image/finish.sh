#!/bin/bash
# Checks the image that the command was copied into.
set -euo pipefail
hcat -h 2>&1 | grep -F "usage: hcat"
