#!/usr/bin/env bash
# run.sh FOLDER: on the machine without a network, with what pack.sh put into FOLDER. Same system and Python version there;
# Docker has to be installed.
set -euo pipefail
folder=$1
if [ -d "$folder/wheels" ]; then
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet --no-index --find-links "$folder/wheels" localemr
    PATH=$folder/venv/bin:$PATH
fi
localemr images load "$folder/images.tar"
localemr demo
