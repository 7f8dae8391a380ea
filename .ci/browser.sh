#!/usr/bin/env bash
# Chromium and its driver for tests/browser, on Debian or Ubuntu as root or with sudo. Where they cannot be installed the tests are
# skipped, and say so.
set -euo pipefail
command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0
if ! command -v apt-get >/dev/null; then
    echo "no Chromium: tests/browser is skipped (install chromium and chromedriver)" >&2
    exit 0
fi
root=()
[ "$(id -u)" = 0 ] || root=(sudo --)
echo "  installing chromium chromium-driver …"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${root[@]}" apt-get update && "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends chromium chromium-driver; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "no Chromium: tests/browser is skipped" >&2
fi
