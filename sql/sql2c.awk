# Compiles the SQL files of this folder into C, so that the program holds all its SQL as data.
#
#   awk -v mode=list       -f sql2c.awk query/*.sql                      > stmt_list.h
#   awk -v mode=table      -f sql2c.awk query/*.sql                      > stmt_table.c
#   awk -v mode=migrations -f sql2c.awk sqlite/*.sql postgresql/*.sql    > migrations.c
#
# A query file holds statements, each with a header:
#
#   -- name: task_get
#   -- params: user text, id int
#   -- returns: id int, title text
#   SELECT id, title FROM tasks WHERE user_id = $1 AND id = $2;
#
# Types are text, int, bool and time. Without "params" it takes none, without "returns" it gives no
# rows. Parameters must first appear in the text as $1, $2, ... in this order, because SQLite numbers
# them so. Other lines that begin with "--" are comments. A statement that begins with SELECT only
# reads. A migration is called NNNN_name.sql in the folder of its database; numbers run from 0001
# without a gap. Anything else ends the build with the file's name and line.

function fail(text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text > "/dev/stderr"
    failed = 1
    exit 1
}

# An end that is noticed only when the next header or file begins is told with the header's line.
function fail_statement(text) {
    printf "%s: %s\n", where, text > "/dev/stderr"
    failed = 1
    exit 1
}

function trim(text) {
    sub(/^[ \t\r]+/, "", text)
    sub(/[ \t\r]+$/, "", text)
    return text
}

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

function need_ascii(text,    i) {
    for (i = 1; i <= length(text); i++)
        if (!(substr(text, i, 1) in code))
            fail("a byte that is not ASCII text")
}

# 32 bits of a polynomial over the text. Every product stays below 2^53, so doubles are exact.
function hash(text,    h, i) {
    h = 5381
    for (i = 1; i <= length(text); i++)
        h = (h * 65599 + code[substr(text, i, 1)]) % 4294967291
    return sprintf("%04x%04x", int(h / 65536), h % 65536)
}

# "user text, id int" to "DB_TEXT, DB_INT"; sets type_count.
function types(list,    parts, words, i, out) {
    type_count = split(list, parts, ",")
    if (type_count > 20)
        fail("more than 20 values")
    out = ""
    for (i = 1; i <= type_count; i++) {
        if (split(trim(parts[i]), words, /[ \t]+/) != 2 || words[1] !~ /^[a-z][a-z_0-9]*$/)
            fail("\"" trim(parts[i]) "\" is not a name and a type")
        if (!(words[2] in type_of))
            fail("\"" words[2] "\" is not one of text, int, bool, time")
        out = out (i > 1 ? ", " : "") type_of[words[2]]
    }
    return out
}

# Whether $1 .. $count are all there, in order of their first appearance, and no others.
function check_params(    rest, number, seen) {
    rest = text
    seen = 0
    while (match(rest, /\$[0-9]+/)) {
        number = substr(rest, RSTART + 1, RLENGTH - 1) + 0
        if (number > seen + 1 || number < 1)
            fail_statement("$" number " appears before $" (seen + 1))
        if (number > seen)
            seen = number
        rest = substr(rest, RSTART + RLENGTH)
    }
    if (seen != param_count)
        fail_statement(param_count " parameters declared, " seen " used")
}

function finish_statement(    gives_rows, reads) {
    if (name == "")
        return
    sub(/;$/, "", text)
    if (text == "")
        fail_statement("no SQL text")
    if (text ~ /;/)
        fail_statement("more than one statement, or a semicolon inside")
    if (length(text) > 4000)
        fail_statement("longer than 4000 characters")
    check_params()
    reads = text ~ /^SELECT /
    gives_rows = reads || text ~ / RETURNING /
    if (gives_rows && column_count == 0)
        fail_statement("returns rows, but has no \"-- returns:\"")
    if (!gives_rows && column_count > 0)
        fail_statement("has \"-- returns:\", but no SELECT and no RETURNING")
    count++
    label[count] = "STMT_" toupper(name)
    line[count] = "    [" label[count] "] =\n        {\n" \
        "            .name = " quoted(name) ",\n" \
        "            .pg_name = " quoted("tg_" name "_" hash(text "|" params)) ",\n" \
        "            .text = " quoted(text) ",\n" \
        (param_count ? "            .param_count = " param_count ",\n" \
                       "            .params = {" params "},\n" : "") \
        (column_count ? "            .column_count = " column_count ",\n" \
                        "            .columns = {" columns "},\n" : "") \
        "            .reads = " (reads ? "true" : "false") ",\n        },"
    name = ""
}

function begin_statement(value) {
    finish_statement()
    if (value !~ /^[a-z][a-z_0-9]*$/)
        fail("\"" value "\" is not a statement's name")
    if (value in known)
        fail("\"" value "\" is also at " known[value])
    where = FILENAME ":" FNR
    known[value] = where
    name = value
    text = params = columns = ""
    param_count = column_count = 0
}

function header(    key, value) {
    key = $0
    sub(/^-- */, "", key)
    value = trim(substr(key, index(key, ":") + 1))
    key = substr(key, 1, index(key, ":") - 1)
    if (key == "name") {
        begin_statement(value)
        return
    }
    if (key != "params" && key != "returns")
        fail("unknown header \"" key "\"")
    if (name == "" || text != "")
        fail("\"" key "\" must stand between \"-- name:\" and the text")
    if (key == "params") {
        if (param_count)
            fail("\"params\" twice")
        params = types(value)
        param_count = type_count
    } else {
        if (column_count)
            fail("\"returns\" twice")
        columns = types(value)
        column_count = type_count
    }
}

function begin_migration(    parts, n) {
    n = split(FILENAME, parts, "/")
    kind = n > 1 ? parts[n - 1] : ""
    step = parts[n]
    if (kind != "sqlite" && kind != "postgresql")
        fail("a migration must lie in sqlite/ or postgresql/")
    if (step !~ /^[0-9][0-9][0-9][0-9]_[a-z_0-9]+\.sql$/)
        fail("the file must be called NNNN_name.sql")
    sub(/\.sql$/, "", step)
    if (substr(step, 1, 4) + 0 != ++steps[kind])
        fail("the step before is missing: expected number " steps[kind])
    end_array()
    array_open = 1
    # An array of numbers, because C11 promises no string literal of this length.
    printf "static const char %s_%d[] = {\n", kind, steps[kind]
    table[kind] = table[kind] sprintf("    {.version = %d, .name = \"%s\", .sql = %s_%d},\n",
                                      steps[kind], step, kind, steps[kind])
}

function end_array() {
    if (array_open)
        print "    0,\n};\n"
    array_open = 0
}

function print_bytes(line,    i, out) {
    out = "   "
    for (i = 1; i <= length(line); i++)
        out = out " " code[substr(line, i, 1)] ","
    print out " 10,"
}

function print_table(kind) {
    printf "const struct migration migrations_%s[] = {\n%s    {.version = 0},\n};\n", kind, table[kind]
}

BEGIN {
    if (mode != "list" && mode != "table" && mode != "migrations") {
        print "sql2c.awk: -v mode=list, table or migrations" > "/dev/stderr"
        failed = 1
        exit 1
    }
    for (i = 32; i < 127; i++)
        code[sprintf("%c", i)] = i
    code["\t"] = 9
    type_of["text"] = "DB_TEXT"
    type_of["int"] = "DB_INT"
    type_of["bool"] = "DB_BOOL"
    type_of["time"] = "DB_TIME"
    print "/* Generated by sql/sql2c.awk; do not edit. */"
    if (mode == "migrations")
        print "#include \"store/migrate.h\"\n"
}

{ need_ascii($0) }

mode == "migrations" {
    if (FNR == 1)
        begin_migration()
    print_bytes($0)
    next
}

FNR == 1 { finish_statement() }

/^-- *[a-z]+:/ { header(); next }

/^--/ || /^[ \t]*$/ { next }

{
    if (name == "")
        fail("SQL text before \"-- name:\"")
    text = text (text == "" ? "" : " ") trim($0)
}

END {
    if (failed)
        exit 1
    if (mode == "migrations") {
        end_array()
        print_table("sqlite")
        print ""
        print_table("postgresql")
        exit 0
    }
    finish_statement()
    if (failed)
        exit 1
    if (count == 0) {
        print "sql2c.awk: no statements" > "/dev/stderr"
        exit 1
    }
    if (mode == "list") {
        print "#ifndef TASKGATE_STMT_LIST_H\n#define TASKGATE_STMT_LIST_H\n\nenum stmt {"
        for (i = 1; i <= count; i++)
            print "    " label[i] ","
        print "    STMT_COUNT\n};\n\n#endif"
    } else {
        print "#include \"store/stmt.h\"\n\nconst struct stmt_info stmt_table[STMT_COUNT] = {"
        for (i = 1; i <= count; i++)
            print line[i]
        print "};"
    }
}
