#!/bin/bash
# A mapper that goes on when it may.
while [ ! -e /tmp/go ]; do sleep 0.1; done
cat
