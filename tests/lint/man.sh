#!/bin/sh
# The manual pages are clean mdoc, and fit a terminal of 80 columns where man can tell.
# usage: man.sh [SOURCE DIRECTORY]
set -eu

cd "${1:-${srcdir:-.}}"
command -v mandoc >/dev/null || { echo "mandoc is not installed"; exit 77; }
mandoc -Tlint -W warning man/*.[1-9]
if command -v man >/dev/null && command -v groff >/dev/null; then
    for page in man/*.[1-9]; do
        said=$(MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null)
        test -z "$said" || { echo "$page: $said" && exit 1; }
    done
fi
