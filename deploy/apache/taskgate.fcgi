#!/bin/sh
# Apache's mod_fcgid starts this, with its socket as standard input, and once more when all that it has
# started are busy: with one worker each.

# Where Taskgate is installed (./configure --prefix=...) and has its settings: beside the folder of the
# site, never in it.
folder=$(cd "$(dirname "$0")/../taskgate" && pwd) || exit 1

exec "$folder/sbin/taskgate" serve --config "$folder/taskgate.conf" --workers 1
