#!/bin/sh
# The shell scripts are clean under shellcheck and parse in the system's sh.
# usage: shell.sh [SOURCE DIRECTORY]
set -eu

cd "${1:-${srcdir:-.}}"
set -- deploy/*.sh tests/*.sh tests/*/*.sh
for script in "$@"; do
    sh -n "$script"
done
command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
shellcheck -s sh "$@"
