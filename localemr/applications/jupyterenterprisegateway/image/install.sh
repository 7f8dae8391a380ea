#!/bin/bash
# Installs the gateway, the kernels and what executes notebooks into an environment at EMR's path. Run by images/files/Dockerfile.
# requirements.txt leaves out what only user interfaces, Kubernetes and Kerberos need (the command at its head).
set -euo pipefail
home=/emr/notebook-env
python3.11 -m venv "$home"
"$home/bin/pip" install -q --require-hashes --no-deps --no-cache-dir -r requirements.txt
for kernel in pysparkkernel sparkkernel; do
  cp -r "$home/lib/python3.11/site-packages/sparkmagic/kernels/$kernel" "$home/share/jupyter/kernels/"
  rm -rf "$home/share/jupyter/kernels/$kernel"/{__pycache__,*.py}
done
install -m 755 files/execute-notebook "$home/bin/"
find "$home" -type d \( -name tests -o -name __pycache__ \) -prune -exec rm -r {} +
mkdir -p "$OUT/emr" "$OUT/etc/jupyter/conf"
mv "$home" "$OUT/emr/"
