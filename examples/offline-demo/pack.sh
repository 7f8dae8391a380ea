#!/usr/bin/env bash
# pack.sh FOLDER [WHEEL]: on the machine with a network. Puts the images that clusters with Hadoop and Spark need into FOLDER
# and, with LocalEMR's wheel, that and the Python packages that it needs.
set -euo pipefail
folder=$1 wheel=${2:-}
mkdir -p "$folder"
localemr images build emr-7.13.0 --applications Hadoop,Spark
localemr images save "$folder/images.tar" emr-7.13.0 --applications Hadoop,Spark
if [ -n "$wheel" ]; then
    python3 -m pip download --quiet --dest "$folder/wheels" "$wheel"
fi
ls -lh "$folder"
