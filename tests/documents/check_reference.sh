#!/usr/bin/env bash
# Every option that --help shows stands in the manual page and is offered by the completions; the page has no fault that
# mandoc or groff sees, and the scripts are good syntax for their shells. Usage: check_reference.sh THIMBLE
set -euo pipefail
thimble=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

fail() {
  echo "$*"
  failed=1
}

for kind in man bash zsh fish; do "$thimble" --reference $kind >"$kind"; done

# options_of COMMAND: one per line; of the program itself without a command.
options_of() { "$thimble" ${1:+"$1"} --help | sed -n 's/^  \(-[^ ]*\).*/\1/p' | tr , '\n'; }

# offered WORD...: what bash offers for the last word.
offered() {
  # shellcheck disable=SC2034 # the completion reads them
  COMP_WORDS=(thimble "$@") COMP_CWORD=$#
  _thimble
  printf '%s\n' "${COMPREPLY[@]}"
}

offers() {  # WORD FILE-OF-OFFERS WHERE
  grep -qxF -e "$1" "$2" || fail "bash does not offer $1 after thimble $3"
}

# Sections of the page and of the scripts that speak of one command; of the program itself where it is empty.
section_of_man() { awk -v want="${1:+thimble $1}" '/^   ?thimble / { now = $1 " " $2 } now == want' man.txt; }
section_of_zsh() { awk -v want="  ${1:--*})" '/^  [^ ]*\)$/ { inside = $0 == want } inside' zsh; }
section_of_fish() { grep -F "${1:+seen_subcommand_from $1}" fish; }

check_command() {
  local command=$1 option
  options_of "$command" >options
  [[ -s options ]] || fail "thimble $command: --help shows no option"
  section_of_man "$command" >man.section
  section_of_zsh "$command" >zsh.section
  section_of_fish "$command" >fish.section
  offered ${command:+"$command"} - >offers
  while read -r option; do
    grep -qE -e "(^|[ ,])$option([ ,]|$)" man.section || fail "thimble $command: the manual page lacks $option"
    offers "$option" offers "$command"
    grep -qF -e "${option}[" zsh.section || fail "thimble $command: zsh lacks $option"
    local long=${option#--} short=${option#-}
    grep -qE -e " -(l $long|s $short) " fish.section || fail "thimble $command: fish lacks $option"
  done <options
}

# shellcheck disable=SC1091
. ./bash
mandoc -T ascii man | sed 's/.\x08//g' >man.txt  # bold and italics are overprinted
commands=$("$thimble" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[[ -n $commands ]] || fail 'thimble --help names no command'
offered '' >first_words
for command in $commands; do offers "$command" first_words ''; done
for command in '' $commands; do check_command "$command"; done
echo "$(wc -w <<<"$commands") commands"

offered convert --type m >offers
offers mixed offers 'convert --type'
offered run --color = a >offers
offers always offers 'run --color='
offered help ev >offers
offers eval offers 'help'

# A date would make every day's build another one.
remarks=$(mandoc -T lint -W warning man | grep -v 'missing date' || true)
[[ -z $remarks ]] || fail "$remarks"
if command -v groff >/dev/null; then
  remarks=$(groff -man -ww -z man 2>&1)
  [[ -z $remarks ]] || fail "groff: $remarks"
fi
for shell in bash zsh fish; do
  ! command -v $shell >/dev/null || $shell -n $shell || fail "$shell cannot read its completion"
done
exit $failed
