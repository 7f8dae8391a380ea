#!/bin/bash
# Arranges Greeter ($VERSION) below $OUT. Run by images/files/Dockerfile.
set -euo pipefail
install -D -m 755 files/serve "$OUT/usr/lib/greeter/serve"
echo "$VERSION" > "$OUT/usr/lib/greeter/version"
