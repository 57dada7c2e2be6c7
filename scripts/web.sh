# shellcheck shell=bash
# Sourced by test.sh: the group `web`. The page of `thimble serve` in a real browser, Debian's chromium, driven by
# Playwright from PyPI.

readonly web_work=build/web

group_web() {
  build_release thimble make_fixture
  if ! make_web_venv; then
    echo "SKIPPED: the page in a browser: no PyPI for $(tr '\n' ' ' <tests/web/requirements.txt)"
    count skipped
    return
  fi
  run_unittest "$web_work/venv/bin/python" -m unittest discover -s tests/web -p '*_test.py'
}

make_web_venv() {
  local venv=$web_work/venv
  mkdir -p "$web_work"
  [[ -x $venv/bin/python ]] || python3 -m venv "$venv" || return 1
  cmp -s tests/web/requirements.txt "$venv/installed" && return
  timeout 300 "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/web/requirements.txt &&
    cp tests/web/requirements.txt "$venv/installed"
}
