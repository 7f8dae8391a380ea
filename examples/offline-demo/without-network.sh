#!/usr/bin/env bash
# without-network.sh COMMAND…: stands for another machine. It runs the command with a Docker daemon of its own, which has no
# image, where there is no network but loopback and Docker's own bridge. Needs Linux and root.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "this needs root" >&2; exit 1; }
if [ "${1:-}" != --inside ]; then
    exec unshare --net --mount --pid --fork --mount-proc -- bash "$0" --inside "$@"
fi
shift
ip link set lo up
folder=$(mktemp -d "${TMPDIR:-/tmp}/without-network.XXXXXX")
export DOCKER_HOST=unix://$folder/docker.sock
unset LOCALEMR_REGISTRY LOCALEMR_PORT LOCALEMR_S3_PORT LOCALEMR_S3_CONSOLE_PORT LOCALEMR_SUBNETS
export LOCALEMR_HOME=$folder/home LOCALEMR_INSTALLATION=offline XDG_STATE_HOME=$folder/state
dockerd --host "$DOCKER_HOST" --data-root "$folder/data" --exec-root "$folder/run" --pidfile "$folder/pid" \
    >"$folder/log" 2>&1 &
daemon=$!
end() {
    localemr down || true
    kill "$daemon" && wait "$daemon" || true
    rm -rf "$folder"
}
trap end EXIT
for _ in $(seq 120); do
    docker info >/dev/null 2>&1 && break
    kill -0 "$daemon" 2>/dev/null || { tail -n 20 "$folder/log" >&2; exit 1; }
    sleep 0.5
done
echo "The networks here: $(ip -brief address | tr -s ' ' | tr '\n' ';')"
if (exec 3<>/dev/tcp/1.1.1.1/53) 2>/dev/null; then
    echo "there is a network here" >&2
    exit 1
fi
"$@"
