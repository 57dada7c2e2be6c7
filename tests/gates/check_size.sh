#!/usr/bin/env bash
# Holds object files under a number of bytes of code and constants together.
# Usage: check_size.sh MOST OBJECT...
set -euo pipefail
most=$1
shift
bytes=$(size "$@" | awk 'NR > 1 { total += $1 } END { print total }')
echo "$bytes bytes, at most $most"
((bytes > 0 && bytes <= most))
