#!/bin/bash
# Ignores TERM, and leaves a daemon that left the session and ignores it too; $1 marks both.
trap '' TERM
setsid bash -c "trap '' TERM; while :; do sleep 0.1; done # $1-daemon" &
while :; do sleep 0.1; done
