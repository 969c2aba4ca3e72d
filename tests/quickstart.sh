#!/bin/sh
# The quickstart as a newcomer uses it: it starts, the commands that it prints work as printed, a
# second start says that it runs, and it stops.
# usage: quickstart.sh lighttpd|nginx
set -eu

server=$1
root=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d /tmp/taskgate-quickstart.XXXXXX)
# A port that nobody listens on.
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

quickstart() { sh "$root/deploy/quickstart.sh" --dir "$dir" "$@"; }
fail() {
    echo "quickstart: $*" >&2
    exit 1
}
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    quickstart --stop
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

quickstart --server "$server" --port "$port" --workers 2 --set LIST_SHAPE=array --detach |
    tee "$dir/printed"
quickstart | grep -q 'already running' || fail "a second start does not say that it runs"
test "$(stat -c %a "$dir/taskgate.conf")" = 600 || fail "others can read the secret"

# The indented lines are the commands; they end with list, complete and delete.
{
    echo 'set -eux'
    sed -n 's/^  //p' "$dir/printed"
    # shellcheck disable=SC2016 # for the shell that runs it
    echo 'curl -s '"http://127.0.0.1:$port"'/api/tasks -H "Authorization: Bearer $token"'
} >"$dir/commands"
sh "$dir/commands" >"$dir/answers"
cat "$dir/answers"
grep -q '"title":"Buy milk".*"completed":false' "$dir/answers" || fail "the task is not listed"
grep -q '"completed":true' "$dir/answers" || fail "the task was not completed"
grep -q '"status":"deleted"' "$dir/answers" || fail "the task was not deleted"
grep -q '\[\]$' "$dir/answers" || fail "the list is not empty at the end, or not an array"

quickstart --stop | grep -q stopped || fail "--stop does not say that it stopped"
curl -s -o /dev/null "http://127.0.0.1:$port/health" && fail "it still answers"
echo "quickstart with $server works"
