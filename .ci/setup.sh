#!/usr/bin/env bash
# Makes this machine ready for LocalEMR: the virtual environment .venv, and a Docker daemon that answers.
#
# What exists already is not changed. On Debian (or Ubuntu), as root or with sudo, what is missing is installed; on any
# other system the message says what to install. Run it as often as you like: with all in place it takes under a second.
# Written for bash 3.2, which macOS has.
set -euo pipefail
cd "$(dirname "$0")/.."

LOG="$(mktemp "${TMPDIR:-/tmp}/localemr-setup.XXXXXX")"
trap 'rm -f "$LOG"' EXIT
DAEMON_LOG=/var/log/localemr-dockerd.log
DOCKER_SECONDS=60
BASE_IMAGE=debian:bookworm-slim

fail() {
    printf '\nerror: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf 'fix: %s\n' "$2" >&2
    exit 1
}

# step TEXT COMMAND…: run the command with its output in a log, and show how long it has been running.
step() {
    local text="$1" start=$SECONDS pid
    shift
    : >"$LOG"
    "$@" >"$LOG" 2>&1 &
    pid=$!
    if [ -t 1 ]; then
        while kill -0 "$pid" 2>/dev/null; do
            printf '\r  %s … %d s' "$text" $((SECONDS - start))
            sleep 0.2
        done
        printf '\r\033[K'
    else
        printf '  %s …\n' "$text"
    fi
    if ! wait "$pid"; then
        tail -n 40 "$LOG" >&2
        fail "$text failed, see above"
    fi
    printf '  %s: done in %d s\n' "$text" $((SECONDS - start))
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# request_password: let sudo request the password before its commands run with their output in a log.
request_password() {
    [ "$(id -u)" = 0 ] || sudo -v || fail "sudo refused" "run as root, or install what is named above by hand"
}

UPDATED=
apt_install() {
    request_password
    if [ -z "$UPDATED" ]; then
        step "package lists (apt-get update)" as_root apt-get update
        UPDATED=yes
    fi
    step "installing $*" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# --- Python -----------------------------------------------------------------------------------------------------------

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found" "install it (Debian 12: apt-get install python3), or name it in PYTHON"
}

# The stamp names all that the environment was made from; the directory is part of it, since its scripts hold absolute paths.
stamp() {
    printf '%s\n' "$PWD"
    cksum requirements.lock .ci/build.lock pyproject.toml
}

make_venv() {
    local python
    python="$(find_python)"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        may_install || fail "$python cannot make virtual environments (no ensurepip)" "install your system's venv package"
        apt_install python3-venv
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$python still cannot make virtual environments" "set PYTHON to one that can, such as /usr/bin/python3"
    fi
    .venv/bin/python -c 'import pip' 2>/dev/null || step "virtual environment .venv" "$python" -m venv --clear .venv
    step "Python packages (requirements.lock)" .venv/bin/python -m pip install --disable-pip-version-check \
        --no-compile --require-hashes -r requirements.lock -r .ci/build.lock
    step "LocalEMR itself" .venv/bin/python -m pip install --disable-pip-version-check \
        --no-deps --no-build-isolation -e .
    stamp >.venv/localemr-stamp
}

if [ "$(stamp)" != "$(cat .venv/localemr-stamp 2>/dev/null)" ] || ! .venv/bin/python -c '' 2>/dev/null; then
    make_venv
fi

# --- Docker -----------------------------------------------------------------------------------------------------------

docker_answers() { docker info >/dev/null 2>&1; }

# in_group: the rights of a group that was joined after this session began, as .ci/run-docker uses them.
docker_answers_in_group() { command -v sg >/dev/null && sg docker -c 'docker info' >/dev/null 2>&1; }

install_docker() {
    [ "$(uname -s)" = Linux ] && may_install ||
        fail "Docker is not installed" "install Docker Engine 20.10 or newer (or Docker Desktop) and start it"
    # cgroupfs-mount: where no init system mounts the control groups, the daemon does not start without it.
    apt_install docker.io iptables ca-certificates cgroupfs-mount
    if [ "$(id -u)" != 0 ]; then
        as_root usermod -aG docker "$(id -un)"
        echo "  $(id -un) is now in the group docker (log in again for other shells)"
    fi
}

DAEMON=
start_docker() {
    if [ -d /run/systemd/system ]; then
        request_password
        step "starting Docker (systemctl start docker)" as_root systemctl start docker
    else
        command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ] ||
            fail "a docker command is here, but no daemon answers and dockerd is not installed" "install Docker Engine"
        request_password
        [ -n "$(ls -A /sys/fs/cgroup 2>/dev/null)" ] || ! command -v cgroupfs-mount >/dev/null || as_root cgroupfs-mount
        # Detached from this terminal, so that it outlives it. PATH: dockerd looks for containerd and iptables.
        DAEMON=$(as_root sh -c "PATH=\$PATH:/usr/sbin:/sbin; export PATH
            nohup setsid dockerd >>$DAEMON_LOG 2>&1 </dev/null & echo \$!")
    fi
    step "waiting for the Docker daemon" await_docker
}

await_docker() {
    local end=$((SECONDS + DOCKER_SECONDS))
    until docker_answers || docker_answers_in_group; do
        if [ $SECONDS -ge $end ] || { [ -n "$DAEMON" ] && ! [ -d "/proc/$DAEMON" ]; }; then
            echo "the daemon ended, or did not answer within $DOCKER_SECONDS s"
            if [ -r "$DAEMON_LOG" ]; then
                echo "the end of $DAEMON_LOG:"
                tail -n 20 "$DAEMON_LOG"
            fi
            return 1
        fi
        sleep 0.5
    done
}

refused() {
    case "$(docker info 2>&1)" in *"permission denied"*) return 0 ;; *) return 1 ;; esac
}

has_daemon() { command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ]; }

ensure_docker() {
    docker_answers && return
    docker_answers_in_group && return
    if [ -n "${DOCKER_HOST:-}" ]; then
        fail "no Docker daemon answers at DOCKER_HOST=$DOCKER_HOST" "start it, or unset DOCKER_HOST"
    fi
    if command -v docker >/dev/null && refused; then
        fail "this user may not talk to the Docker daemon (permission denied on its socket)" \
            "run 'sudo usermod -aG docker $(id -un)' and log in again, or run make as root"
    fi
    if [ "$(uname -s)" != Linux ]; then
        command -v docker >/dev/null || fail "Docker is not installed" "install Docker Desktop and start it"
        fail "Docker is installed but not running" "start Docker Desktop"
    fi
    # A docker command alone, without a daemon, is no Docker.
    has_daemon || install_docker
    start_docker
}

# Where no base image can be pulled, the image build makes it with debootstrap.
ensure_debootstrap() {
    command -v debootstrap >/dev/null && return
    [ -x /usr/sbin/debootstrap ] && return
    may_install || return 0
    .ci/run-docker docker image inspect "$BASE_IMAGE" >/dev/null 2>&1 && return
    .ci/run-docker timeout 60 docker pull -q "$BASE_IMAGE" >/dev/null 2>&1 && return
    apt_install debootstrap
}

[ "${LOCALEMR_RUNTIME:-docker}" = memory ] && exit 0
ensure_docker
ensure_debootstrap
