#!/bin/sh
# The lints see what they are for: a small clean tree passes them, and each fault put into it is
# refused with a message that names it.
set -eu

lint=$(cd "${srcdir:-.}/tests/lint" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cases=0

clean_tree() {
    rm -rf "$tree"
    mkdir -p "$tree/src/base" "$tree/src/store" "$tree/src/http" "$tree/tests/unit" \
        "$tree/tests/lint" "$tree/man" "$tree/deploy"
    cp "$lint/../../.clang-format" "$tree/"
    echo '#include "base/log.h"' >"$tree/src/http/resp.c"
    printf '#include <sqlite3.h>\n\n#include "store/store.h"\n' >"$tree/src/store/db_sqlite.c"
    printf 'int one(void)\n{\n    return 1;\n}\n' >"$tree/src/base/log.c"
    echo '# src/http/resp.c src/store/db_sqlite.c src/base/log.c man/a.8 deploy/a.sh tests/run.sh' \
        >"$tree/Makefile.am"
    cp -R "$lint/../../deploy/systemd" "$tree/deploy/"
    (cd "$tree" && ls deploy/systemd/*) >>"$tree/Makefile.am"
    echo 'TESTS = tests/unit/test_a tests/lint/a.sh' >"$tree/tests/Makefile.inc"
    touch "$tree/src/Makefile.inc" "$tree/tests/unit/test_a.c"
    for script in deploy/a.sh tests/run.sh tests/lint/a.sh; do
        printf '#!/bin/sh\nls "%s"\n' a >"$tree/$script"
    done
    printf '%s\n' '.Dd January 1, 2026' '.Dt A 8' '.Os' '.Sh NAME' '.Nm a' '.Nd one page' \
        '.Sh DESCRIPTION' 'Text.' >"$tree/man/a.8"
}

# refuses LINT MESSAGE: the lint fails on the tree as it is now, with MESSAGE in what it says.
refuses() {
    cases=$((cases + 1))
    if output=$(sh "$lint/$1.sh" "$tree" 2>&1); then
        echo "$1.sh accepts a tree with: $2"
        exit 1
    elif ! echo "$output" | grep -qF "$2"; then
        echo "$1.sh does not say: $2"
        echo "$output"
        exit 1
    fi
    clean_tree
}

clean_tree
for name in format layers lists man shell size systemd; do
    code=0
    sh "$lint/$name.sh" "$tree" || code=$?
    test $code = 0 || test $code = 77 || { echo "$name.sh refuses a clean tree" && exit 1; }
done

echo 'def test_ghsa_99h5_pjcv_gr6v_x():' >"$tree/tests/unit/test_b.py"
refuses advisories 'no test is named after pr_8067'

if command -v clang-format-14 >/dev/null; then
    printf 'int two(void) { return 2; }\n' >>"$tree/src/base/log.c"
    refuses format 'code should be clang-formatted'
fi
echo '#include "http/resp.h"' >>"$tree/src/base/log.c"
refuses layers 'upward include: base/ must not know "http/resp.h"'
echo '#include "http/resp.h"' >>"$tree/src/store/db_sqlite.c"
refuses layers 'upward include: store/ must not know "http/resp.h"'
echo '#include "resp.h"' >>"$tree/src/http/resp.c"
refuses layers '"resp.h" lacks its folder'
echo '#include <sqlite3.h>' >>"$tree/src/http/resp.c"
refuses layers '<sqlite3.h> belongs to another file'
echo '#  include <json-c/json.h>' >>"$tree/src/http/resp.c"
refuses layers '<json-c/json.h> belongs to another file'
echo '#include <openssl/evp.h>' >>"$tree/src/http/resp.c"
refuses layers '<openssl/evp.h> belongs to another file'
echo '#include <openssl/md5.h>' >>"$tree/src/http/resp.c"
refuses layers '<openssl/md5.h> has no owner'
echo '#include <jwt.h>' >>"$tree/src/base/log.c"
refuses layers '<jwt.h> belongs to another file'
echo '    sprintf(a, "b");' >>"$tree/src/base/log.c"
refuses layers 'forbidden call:     sprintf'
echo '    FCGX_FPrintF(out, "%zu");' >>"$tree/src/http/resp.c"
refuses layers 'forbidden call:     FCGX_FPrintF'
echo '    int n = json_object_get_int(o);' >>"$tree/src/http/resp.c"
refuses layers 'forbidden call:     int n = json_object_get_int'
mkdir "$tree/src/other" && echo 'int a;' >"$tree/src/other/a.c"
refuses layers 'the folder other has no layer'

touch "$tree/src/base/new.c"
refuses lists 'src/base/new.c: not in'
touch "$tree/tests/unit/test_new.c"
refuses lists 'tests/unit/test_new.c: not in'
touch "$tree/tests/lint/new.sh"
refuses lists 'tests/lint/new.sh: not in'

awk 'BEGIN { print "int f(void)\n{"; for (i = 0; i < 61; i++) print "    f();"; print "}" }' \
    >"$tree/src/base/log.c"
refuses size 'a function of 61 lines'
awk 'BEGIN { for (i = 0; i < 401; i++) print "int a;" }' >"$tree/src/base/log.c"
refuses size 'more than 400 lines'
awk 'BEGIN { for (i = 0; i < 451; i++) print "int a;" }' >"$tree/tests/unit/test_a.c"
refuses size 'more than 450 lines'

# metrics_tree: the files that metrics.sh compares, as they are.
metrics_tree() {
    for part in src/base/metric_table.c man/taskgate-metrics.7 deploy/grafana/taskgate.json \
        deploy/prometheus/taskgate.rules.yml; do
        mkdir -p "$(dirname "$tree/$part")"
        cp "$lint/../../$part" "$tree/$part"
    done
}

for file in man/taskgate-metrics.7 deploy/grafana/taskgate.json \
    deploy/prometheus/taskgate.rules.yml; do
    metrics_tree
    echo 'taskgate_nothing_total' >>"$tree/$file"
    refuses metrics "$file: there is no metric taskgate_nothing_total"
done
for file in man/taskgate-metrics.7 deploy/grafana/taskgate.json; do
    metrics_tree
    sed -i 's/taskgate_schema_ready/other/' "$tree/$file"
    refuses metrics "$file: taskgate_schema_ready is missing"
done

# manual_tree: the manual and the README, to be changed, in front of the sources as they are.
manual_tree() {
    rm -rf "$tree/src" "$tree/tests" "$tree/man" "$tree/deploy"
    for part in src sql tests deploy; do
        ln -s "$lint/../../$part" "$tree/$part"
    done
    cp -R "$lint/../../man" "$lint/../../README.md" "$tree/"
}

# misled MESSAGE TEXT: README.md says TEXT.
misled() {
    manual_tree
    printf '%s\n' "$2" >>"$tree/README.md"
    refuses manual "$1"
}

misled 'there is no setting NO_SUCH_SETTING' 'Set NO_SUCH_SETTING=1.'
# shellcheck disable=SC2016 # what it says
misled 'there is no command "taskgate user rename"' 'Say `taskgate user rename`.'
# shellcheck disable=SC2016 # what it says
misled '"taskgate check" has no option --fast' 'Say `taskgate check --fast`.'
misled 'there is no file deploy/nginx/none.conf' 'See deploy/nginx/none.conf.'
manual_tree
sed -i '/^\.It Ev WORKERS/d' "$tree/man/taskgate.conf.5"
refuses manual 'man/taskgate.conf.5 has no WORKERS'
manual_tree
sed -i '/^\.It POST Ta Pa logout/d' "$tree/man/taskgate-api.7"
refuses manual 'man/taskgate-api.7 has no POST /api/auth/logout'
manual_tree
sed -i '/^\.It Li TASK_NOT_FOUND/d' "$tree/man/taskgate-api.7"
refuses manual 'man/taskgate-api.7 has no code TASK_NOT_FOUND'
manual_tree
sed -i '/^\.It 69/d' "$tree/man/taskgate.8"
refuses manual 'man/taskgate.8 has no exit status 69'
manual_tree
sed -i '/^\.Xr taskgate-log 7/d' "$tree/man/taskgate-growing.7"
refuses manual 'man/taskgate-growing.7 does not lead to taskgate-log(7)'

echo 'if then' >>"$tree/deploy/a.sh"
refuses shell 'yntax error'
if command -v shellcheck >/dev/null; then
    # shellcheck disable=SC2016 # the fault
    echo 'echo $1' >>"$tree/tests/lint/a.sh"
    refuses shell 'SC2086'
fi
if command -v mandoc >/dev/null; then
    echo '.Xy' >>"$tree/man/a.8"
    refuses man 'unknown macro'
if command -v man >/dev/null && command -v groff >/dev/null; then
    printf '.Li %0100d\n' 7 >>"$tree/man/a.8"
    refuses man "can't break line"
fi
fi
if command -v systemd-analyze >/dev/null; then
    echo 'NoSuchKey=yes' >>"$tree/deploy/systemd/taskgate.service"
    refuses systemd "Unknown key 'NoSuchKey'"
    echo 'NoSuchKey=yes' >>"$tree/deploy/systemd/sendmail.conf"
    refuses systemd "Unknown key 'NoSuchKey'"
    sed -i '/^Restrict/d' "$tree/deploy/systemd/taskgate.service"
    refuses systemd 'Overall exposure level'
fi
echo "$cases faults were seen"
