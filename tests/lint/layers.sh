#!/bin/sh
# Refuses what breaks the order of src/ (see src/ARCHITECTURE.md): an include of a higher layer, a
# third-party header outside the file that owns it, a call that the rules of the house forbid.
# usage: layers.sh [SOURCE DIRECTORY]
set -eu

src=${1:-${srcdir:-.}}/src
test -d "$src/base" || { echo "layers.sh: no sources in $src" >&2; exit 2; }

# shellcheck disable=SC2016 # the text below is awk's
find "$src" -name '*.[ch]' ! -path '*/gen/*' | sort | xargs awk -v src="$src/" '
BEGIN {
    # Folder -> layer; equal numbers do not know each other.
    split("base conf sec store http mail auth api proc cli main", name, " ")
    split("0 1 2 3 3 3 4 5 6 6 7", number, " ")
    for (i in name)
        layer[name[i]] = number[i]

    # Third-party header -> the files that may name it.
    owner["fcgiapp.h"] = "^http/fcgi\\.c$"
    owner["curl/curl.h"] = "^sec/fetch\\.c$"
    owner["openssl/bn.h"] = owner["openssl/core_names.h"] = owner["openssl/ec.h"] = \
        owner["openssl/param_build.h"] = owner["openssl/rsa.h"] = "^sec/asymmetric\\.c$"
    owner["openssl/evp.h"] = "^sec/(asymmetric|cbc_hmac)\\.c$"
    owner["crypt.h"] = "^sec/password_bcrypt\\.c$"
    owner["jwt.h"] = "^sec/token(_[a-z]+)?\\.c$"
    owner["libpq-fe.h"] = "^store/db_pg[a-z_]*\\.[ch]$"
    owner["seccomp.h"] = "^proc/syscall_filter\\.c$"
    owner["sqlite3.h"] = "^store/db_sqlite[a-z_]*\\.[ch]$"
    owner["json.h"] = owner["json-c/json.h"] = owner["printbuf.h"] = "^base/json\\.c$"
    owner["unistr.h"] = owner["uninorm.h"] = owner["unicase.h"] = \
        owner["uniwidth.h"] = "^base/text\\.c$"
    owner["sodium.h"] = "^(base/(id|mem|base64)\\.c|sec/[a-z0-9_]+\\.c|main\\.c)$"
    owner["talloc.h"] = "^base/mem\\.h$"

    # Functions nobody may call.
    banned = "(^|[^A-Za-z0-9_])(FCGX_FPrintF|alloca|strcpy|strcat|sprintf|vsprintf|gets|strtok)" \
             "[ \t]*\\("
    # What converts silently: only behind the type check of the typed getters.
    converting = "json_object_get_(int|int64|uint64|boolean|double)[ \t]*\\("
}

function complain(text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}

FNR == 1 {
    file = substr(FILENAME, length(src) + 1)
    folder = file
    if (!sub("/.*", "", folder))
        sub(/\.[ch]$/, "", folder)
    if (!(folder in layer))
        complain("the folder " folder " has no layer in this script")
}

/^[ \t]*#[ \t]*include[ \t]/ {
    target = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*[<"]/, "", target)
    sub(/[>"].*$/, "", target)
    if ($0 ~ /"/ && target !~ /^(config|stmt_list)\.h$/) {
        to = target
        if (!sub("/.*", "", to))
            complain("\"" target "\" lacks its folder")
        else if (!(to in layer))
            complain("\"" target "\" is in no known folder")
        else if (to != folder && layer[to] >= layer[folder])
            complain("upward include: " folder "/ must not know \"" target "\"")
        next
    }
    if ((target in owner) && file !~ owner[target])
        complain("<" target "> belongs to another file (" owner[target] ")")
    else if (!(target in owner) && target ~ /^(curl|json-c|openssl|postgresql)\//)
        complain("<" target "> has no owner in this script")
    next
}

{
    code = $0
    gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
    sub(/\/\/.*/, "", code)
    if (code ~ /^[ \t]*(\/?\*)/)
        next
    if (code ~ banned || (code ~ converting && file != "base/json.c"))
        complain("forbidden call: " $0)
}

END { exit bad }
'
