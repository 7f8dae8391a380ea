#!/bin/bash
echo "no such package: left-pad" >&2
exit 7
