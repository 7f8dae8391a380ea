#!/bin/bash
# Installs the hub, its proxy and the pages of users' servers into an environment at EMR's path. Run by images/files/Dockerfile.
# requirements.txt leaves out what the gateway's environment has, which this one sees; kernels are the gateway's.
set -euo pipefail
home=/opt/conda packages=/opt/conda/lib/python3.11/site-packages
python3.11 -m venv "$home"
"$home/bin/pip" install -q --require-hashes --no-deps --no-cache-dir -r requirements.txt
printf '%s\n' /emr/notebook-env/lib/python3.11/site-packages /usr/local/lib/python3.11/dist-packages > "$packages/localemr.pth"
cp -r files/lib/localemr_jupyterhub "$packages/"
install -m 755 files/proxy files/start-hub "$home/bin/"
kernels=$home/share/jupyter/kernels
mkdir -p "$kernels/python3" "$OUT"/{opt,usr/bin,etc/jupyter/conf}
ln -s /emr/notebook-env/share/jupyter/kernels/{pysparkkernel,sparkkernel} "$kernels/"
cat > "$kernels/python3/kernel.json" << END
{"argv": ["$home/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3", "language": "python"}
END
find "$home" -type d \( -name tests -o -name __pycache__ \) -prune -exec rm -r {} +
find "$home" -name '*.map' -delete
mv "$home" "$OUT/opt/"
install -m 755 files/docker "$OUT/usr/bin/docker"
