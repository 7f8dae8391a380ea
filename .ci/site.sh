#!/usr/bin/env bash
# Builds the documentation site in site, with the packages of .ci/site.lock in an environment of its own, .venv-site.
set -euo pipefail
cd "$(dirname "$0")/.."
export NO_MKDOCS_2_WARNING=1 PYTHONDONTWRITEBYTECODE=1
if [ "$(cksum .ci/site.lock)" != "$(cat .venv-site/localemr-stamp 2>/dev/null)" ]; then
    "${PYTHON:-python3}" -m venv --clear .venv-site
    .venv-site/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes -r .ci/site.lock
    cksum .ci/site.lock >.venv-site/localemr-stamp
fi
exec .venv-site/bin/mkdocs build --strict --site-dir site
