# shellcheck shell=bash
# Sourced by test.sh: the group `parity`. Ids and logits against programs that others wrote, from PyPI.

readonly parity_work=build/parity

# PyTorch, hundreds of megabytes, is the system's where it has it; so is llama.cpp, a build of a quarter of an hour. What
# is not there is skipped by name. A wheel of llama-cpp-python in a folder that PIP_FIND_LINKS names is installed.
group_parity() {
  local group_failed=0 shared=${THIMBLE_SHARED:-../shared} python=$parity_work/venv/bin/python bin=build/release
  build_release thimble make_fixture encode_texts print_logits
  if ! make_parity_venv; then
    echo "SKIPPED: ids and logits of others: no PyPI for $(tr '\n' ' ' <tests/parity/requirements.txt)"
    count skipped
    return
  fi
  check 'GGUF files of ours, read by gguf' "$python" tests/parity/gguf_export.py $bin/thimble $bin/make_fixture $shared
  check 'ids of tokenizers' "$python" tests/parity/tokenizers_parity.py $bin/encode_texts $shared
  check 'ids of sentencepiece' "$python" tests/parity/sentencepiece_parity.py $bin/encode_texts $bin/thimble $shared
  check 'logits of transformers' "$python" tests/parity/transformers_parity.py $bin/print_logits $shared
  check 'ids and logits of llama.cpp' "$python" tests/parity/llama_cpp_parity.py $bin/thimble $bin/encode_texts \
    $bin/print_logits $shared
  return "$group_failed"
}

make_parity_venv() {
  local venv=$parity_work/venv
  mkdir -p "$parity_work"
  [[ -x $venv/bin/python ]] || python3 -m venv --system-site-packages "$venv" || return 1
  cmp -s tests/parity/requirements.txt "$venv/installed" && return
  timeout 300 "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/parity/requirements.txt || return 1
  timeout 60 "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: llama-cpp-python==0.3.36 ||
    echo 'no wheel of llama-cpp-python'
  cp tests/parity/requirements.txt "$venv/installed"
}
