#!/bin/bash
# Makes Python $VERSION the `python3` and `pip3` of an image. Programs of Debian and of LocalEMR keep Debian's own Python.
set -euo pipefail
own=$(readlink -f /usr/bin/python3)
find /usr/bin /usr/sbin /usr/local/bin /usr/lib/localemr -type f -perm -u+x ! -name 'pip*' \
    -exec sed -E -i "1s,^#! */usr/bin/python3( |\$),#!$own\1," {} +
ln -sfn "python$VERSION" /usr/bin/python3
sed "1s|.*|#!/usr/bin/python$VERSION|" /usr/bin/pip3 > "/usr/bin/pip$VERSION"
chmod 755 "/usr/bin/pip$VERSION"
python3 -m compileall -q "/usr/lib/python$VERSION" "/usr/local/lib/python$VERSION"
"$(command -v aws)" --version > /dev/null
python3 -c 'import ctypes, numpy, sqlite3, ssl, boto3'
