#!/usr/bin/env bash
# The include check. Usage: check_layers.sh ROOT
set -euo pipefail
rules=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/layers.awk
cd "$1"

folders=()
for folder in include src ports tools apps firmware tests; do
  [[ ! -d $folder ]] || folders+=("$folder")
done
mapfile -t files < <(find "${folders[@]}" -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.inc')
((${#files[@]} > 0))
awk -f "$rules" "${files[@]}"
echo "${#files[@]} files keep the layers"
