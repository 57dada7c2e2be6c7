#!/usr/bin/env bash
# What run.sh shows while it builds, with a cmake that only pretends to. Usage: check_run_script.sh ROOT
set -euo pipefail
root=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
cp -r "$root/run.sh" "$root/scripts" "$work"
cd "$work"
failed=0

cat >bin/cmake <<'END'
#!/usr/bin/env bash
if [[ $1 == --preset ]]; then
  mkdir -p build/release
  touch build/release/Makefile
  echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >build/release/CMakeCache.txt
  exit
fi
if [[ -f broken ]]; then
  echo 'model.cpp:1:1: error: unknown type name'
  exit 2
fi
if [[ ! -f build/release/thimble ]]; then
  echo '[  7%] Building CXX object model.cpp.o'
  echo '[ 93%] Linking CXX executable thimble'
  printf '#!/bin/sh\necho "told $*"\n' >build/release/thimble
  chmod +x build/release/thimble
fi
echo '[100%] Built target thimble'
END
chmod +x bin/cmake
export PATH=$work/bin:$PATH

# expect WHAT WANTED GOT
expect() {
  [[ $3 == "$2" ]] && return
  printf '%s: expected\n%q\nbut found\n%q\n' "$1" "$2" "$3"
  failed=1
}

on_a_terminal() { script -qec "$1" /dev/null | tr -d '\r'; }

expect 'first build, piped' $'configuring ...\nbuilding ...\ntold once' "$(./run.sh once 2>&1)"
expect 'nothing to build, piped' 'told once' "$(./run.sh once 2>&1)"
expect 'nothing to build, on a terminal' 'told once' "$(on_a_terminal './run.sh once')"
rm build/release/thimble
expect 'a build on a terminal' $'building   7 %building  93 %\e[Ktold once' "$(on_a_terminal './run.sh once')"
touch broken
status=0
said=$(./run.sh once 2>&1) || status=$?
expect 'status of a failed build' 1 "$status"
expect 'a failed build' $'model.cpp:1:1: error: unknown type name\nThat failed; all of it is in '"$work/build/logs/run.log" "$said"
exit $failed
