#!/bin/sh
# The manual pages are clean mdoc.
# usage: man.sh [SOURCE DIRECTORY]
set -eu

cd "${1:-${srcdir:-.}}"
command -v mandoc >/dev/null || { echo "mandoc is not installed"; exit 77; }
mandoc -Tlint -W warning man/*.[1-9]
