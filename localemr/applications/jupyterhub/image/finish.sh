#!/bin/bash
# Prepares the image that the hub was copied into: EMR's first user, folders, compiled modules.
set -euo pipefail
useradd --create-home --shell /bin/bash --no-user-group jovyan
echo jovyan:jupyter | chpasswd
install -d -m 755 /var/log/jupyterhub /var/lib/jupyter
install -d -m 700 /var/lib/jupyterhub
ln -s /home /var/lib/jupyter/home
python3.11 -m compileall -q /opt/conda/lib || true # some packages have templates that are no modules
/opt/conda/bin/jupyterhub --version | grep -Fx "$VERSION"
/opt/conda/bin/python -c 'import localemr_jupyterhub.contents, configurable_http_proxy.configproxy, notebook.notebookapp, jupyterlab, ipykernel'
/opt/conda/bin/python -m jupyter_client.kernelspecapp list > /tmp/kernels 2>&1
for kernel in python3 pysparkkernel sparkkernel; do grep -E "^ *$kernel +/opt/conda/" /tmp/kernels; done
rm -rf /root/.ipython /root/.local /root/.cache /root/.jupyter
