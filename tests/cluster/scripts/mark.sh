#!/bin/bash
# A bootstrap action: leaves what it was given, who it ran as, and whether daemons were there already.
set -e
echo "$(whoami) $*" > /tmp/bootstrap-mark
sudo touch /tmp/bootstrap-sudo
pgrep java > /tmp/bootstrap-java || true
echo "marked $HOSTNAME"
