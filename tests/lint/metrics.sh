#!/bin/sh
# The manual, the dashboard and the alerts name the metrics that the program has, and no others; the
# manual and the dashboard name all of them.
# usage: metrics.sh [SOURCE DIRECTORY]
set -eu

cd "${1:-${srcdir:-.}}"
table=src/base/metric_table.c
page=man/taskgate-metrics.7
dashboard=deploy/grafana/taskgate.json
rules=deploy/prometheus/taskgate.rules.yml
bad=0

complain() {
    echo "$1"
    bad=1
}

# Without what a histogram adds to its name.
names() {
    grep -ohE '\b(taskgate|process)_[a-z_]+' "$@" | sed -E 's/_(bucket|sum|count)$//' | sort -u
}

known=$(sed -n 's/^.*= {"\([a-z_]*\)", METRIC_[A-Z]*,.*/\1/p' "$table")
test "$(echo "$known" | wc -l)" -gt 10 || { echo "$table: no metrics found"; exit 1; }
for file in "$page" "$dashboard" "$rules"; do
    for name in $(names "$file"); do
        echo "$known" | grep -qx "$name" || complain "$file: there is no metric $name"
    done
done
for file in "$page" "$dashboard"; do
    for name in $known; do
        names "$file" | grep -qx "$name" || complain "$file: $name is missing"
    done
done
for name in $(sed -n 's/^\.It Li //p' "$page" | tr -d ','); do
    echo "$known" | grep -qx "$name" || complain "$page describes $name, which is no metric"
done
if command -v python3 >/dev/null; then
    python3 -m json.tool "$dashboard" /dev/null || complain "$dashboard: not JSON"
fi
if command -v promtool >/dev/null; then
    promtool check rules "$rules" || complain "$rules: not good rules"
fi
exit $bad
