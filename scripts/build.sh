# shellcheck shell=bash
# Sourced by run.sh and test.sh: configure and build a preset.

JOBS=${JOBS:-$(nproc)}

# configure PRESET [-DOPTION...]: starts afresh when the folder was made elsewhere (a copied or moved checkout).
configure() {
  local preset=$1 cache=build/$1/CMakeCache.txt
  shift
  if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache"; then
    rm -rf "build/$preset"
  fi
  # A preset that names another compiler than before makes CMake start anew and forget its other settings.
  local said
  said=$(cmake --preset "$preset" "$@" 2>&1) || { echo "$said" && return 1; }
  if [[ $said == *'require your cache to be deleted'* ]]; then
    rm -rf "build/$preset"
    said=$(cmake --preset "$preset" "$@" 2>&1) || { echo "$said" && return 1; }
  fi
  echo "$said"
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  cmake --build "build/$preset" -j "$JOBS" ${1:+--target "$@"}
}
