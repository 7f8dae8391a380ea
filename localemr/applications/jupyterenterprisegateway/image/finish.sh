#!/bin/bash
# Prepares the image that the gateway was copied into: EMR's user, folders, compiled modules.
set -euo pipefail
useradd --system --user-group --groups hadoop --home-dir /home/emr-notebook --create-home --shell /bin/bash emr-notebook
install -d -o emr-notebook -g hadoop -m 775 /var/log/jupyter-enterprise-gateway
install -d -o hadoop -g hadoop -m 775 /var/log/notebook-executions /mnt/var/lib/hadoop/notebooks
python3.11 -m compileall -q /emr/notebook-env/lib || true # some packages have templates that are no modules
/emr/notebook-env/bin/jupyter-enterprisegateway --version | grep -Fx "$VERSION"
# A notebook is executed, and a failure is reported.
cd /tmp
cat > try.ipynb << 'END'
{"cells": [{"cell_type": "code", "id": "a", "metadata": {"tags": ["parameters"]}, "execution_count": null, "outputs": [], "source": "n = 1"},
  {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": null, "outputs": [], "source": "print(6 * 7 // n)"}],
 "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}, "nbformat": 4, "nbformat_minor": 5}
END
echo '{}' > none.json && echo '{"n": 0}' > zero.json
/emr/notebook-env/bin/execute-notebook try.ipynb out.ipynb none.json failure
grep -F '"42\n"' out.ipynb
if /emr/notebook-env/bin/execute-notebook try.ipynb out.ipynb zero.json failure; then exit 1; fi
grep -F 'ZeroDivisionError' failure
rm -rf /root/.sparkmagic /root/.ipython /root/.local /root/.cache
