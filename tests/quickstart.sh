#!/bin/sh
# The quickstart as a newcomer uses it: it starts, the commands that it prints work as printed, a
# second start says that it runs, it stops, and what goes wrong is said and changes nothing.
# usage: quickstart.sh lighttpd|nginx
set -eu

server=$1
root=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d /tmp/taskgate-quickstart.XXXXXX)
# A port that nobody listens on.
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

quickstart() { sh "$root/deploy/quickstart.sh" --dir "$dir" "$@"; }
start() { quickstart --server "$server" --port="$port" --detach "$@"; }
fail() {
    echo "quickstart: $*" >&2
    exit 1
}
# refused TEXT COMMAND...: it exits with 1 and says TEXT.
refused() {
    text=$1
    code=0
    shift
    "$@" >"$dir/refused" 2>&1 || code=$?
    cat "$dir/refused"
    test $code = 1 || fail "exit status $code instead of 1: $*"
    grep -qF -e "$text" "$dir/refused" || fail "it does not say \"$text\": $*"
}
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    quickstart --stop
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# --- Options, and a first start that fails -----------------------------------------------------------

quickstart -h | grep -q '^usage: ' || fail "-h prints no help"
refused '--dir needs a value' quickstart --dir ''
refused '--database needs a value' quickstart --database=
refused 'DATABASE_URL must not be empty' quickstart --set DATABASE_URL=
refused '--port is a number' quickstart --port=x

# Nobody listens on port 1.
refused 'Connection refused' start --database postgresql://127.0.0.1:1/none
grep -q 'its settings were not kept.*--database' "$dir/refused" || fail "it does not say what to do"
test ! -e "$dir/taskgate.conf" || fail "the settings of a first start that failed are still there"

# What only shows when it starts: the program's own words come first, then what to do.
begun=$(date +%s)
refused 'were not kept. Mend' start --set ADMIN_LISTEN=unix:/nonexistent/admin.sock
grep -q 'error: .*/nonexistent/admin.sock' "$dir/refused" || fail "taskgate's words are not shown"
test $(($(date +%s) - begun)) -lt 25 || fail "the reason was in the log long before it was shown"
test ! -e "$dir/taskgate.conf" || fail "the settings of a start that failed are still there"

# --- It starts, and what it prints works -------------------------------------------------------------

start --workers 2 --set LIST_SHAPE=array | tee "$dir/printed"
test "$(stat -c %a "$dir/taskgate.conf")" = 600 || fail "others can read the secret"
cp "$dir/taskgate.conf" "$dir/settings"

quickstart | grep -q 'already running' || fail "a second start does not say that it runs"
other=lighttpd
test "$server" = nginx || other=nginx
refused 'the web server was not changed' quickstart --server $other
refused 'the port was not changed' quickstart --port $((port - 1))
refused 'the settings were not changed' quickstart --workers 3

# The indented lines are the commands; they end with list, complete and delete.
sed -n '/^  # sign up/,/^  .*DELETE/s/^  //p' "$dir/printed" >"$dir/lines"
sed -n '/^# sign up/,/DELETE/{/./p;}' "$root/README.md" | sed "s/127\.0\.0\.1:8080/127.0.0.1:$port/" |
    diff - "$dir/lines" || fail "the README has other commands"
{
    echo 'set -eux'
    cat "$dir/lines"
    # shellcheck disable=SC2016 # for the shell that runs it
    echo 'curl -s '"http://127.0.0.1:$port"'/api/tasks -H "Authorization: Bearer $token"'
} >"$dir/commands"
sh "$dir/commands" >"$dir/answers"
cat "$dir/answers"
grep -q '^\[{.*"title":"Buy milk".*"completed":false.*}\]$' "$dir/answers" ||
    fail "the task is not listed on a line of its own"
grep -q '"completed":true' "$dir/answers" || fail "the task was not completed"
grep -q '"status":"deleted"' "$dir/answers" || fail "the task was not deleted"
grep -q '^\[\]$' "$dir/answers" || fail "the list is not empty at the end, or not an array"
# A second sign-up is refused, which must be seen.
sh "$dir/commands" 2>&1 | grep -q '^{.*EMAIL_ALREADY_EXISTS' || fail "a refused sign-up is silent"

quickstart --stop | grep -q stopped || fail "--stop does not say that it stopped"
curl -s --noproxy '*' -o /dev/null "http://127.0.0.1:$port/health" && fail "it still answers"

# --- Starts that fail change nothing -----------------------------------------------------------------

refused "$dir/taskgate.conf:" start --set NO_SUCH_SETTING=1
refused 'the settings stay as they were' start --database sqlite:////nonexistent/taskgate.db
grep -q '/nonexistent: No such file or directory' "$dir/refused" || fail "the reason is not shown"
cmp "$dir/settings" "$dir/taskgate.conf" || fail "starts that failed have changed the settings"

# --- A part of it ends -------------------------------------------------------------------------------

# The proxy must not be asked: nobody listens there.
(export http_proxy=http://127.0.0.1:1 && start) >/dev/null || fail "it does not start behind a proxy"
cmp "$dir/settings" "$dir/taskgate.conf" || fail "a start without settings has changed them"
pid=$(cat "$dir/run/$server.pid")
kill -9 "$pid"
until ! grep -q . "/proc/$pid/cmdline" 2>/dev/null; do sleep 0.1; done
refused 'only a part of it still runs' quickstart
quickstart --stop | grep -q stopped || fail "--stop does not stop what is left"

# --- Packages ----------------------------------------------------------------------------------------

# shellcheck source=deploy/packages.sh
. "$root/deploy/packages.sh"
missing_packages=' gcc nginx-light'
packages_services | grep -q 'systemctl disable nginx$' || fail "the service of nginx is not named"
missing_packages=' gcc'
test -z "$(packages_services)" || fail "a service is named that was not installed"
echo "quickstart with $server works"
