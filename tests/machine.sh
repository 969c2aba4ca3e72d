# A machine of its own for the tests of packages: read with "." by package.sh and rpm.sh.
#
# The machine is an overlay on this one, or on another folder with a system: what is written lands in a
# folder, $written. Its processes and network are its own.
# shellcheck shell=sh

work=$(mktemp -d /tmp/taskgate-package.XXXXXX)
machine=$work/machine
layers=$work/layers
# shellcheck disable=SC2034 # for those who read this
written=$layers/written

say() { echo "--- $*"; }
fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}
# shellcheck disable=SC2317 # called by the trap
machine_remove() {
    umount -R "$machine" 2>/dev/null || true
    umount "$layers" 2>/dev/null || true
    rm -rf "$work"
}
trap machine_remove EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$machine" "$layers"
mount -t tmpfs -o mode=755 tmpfs "$layers"

# quietly COMMAND...: its output is shown when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || { tail -n 60 "$work/log"; fail "failed: $*"; }
}

# assemble LOWER UPPER: the machine from these folders of $layers.
assemble() {
    mkdir -p "$2" "$layers/scratch"
    mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$layers/scratch" overlay "$machine"
    mount --bind /dev "$machine/dev"
    mount -t tmpfs tmpfs "$machine/run"
    mount -t tmpfs tmpfs "$machine/tmp"
    mkdir -m 1777 "$machine/run/lock"
}

# enter OPTION OF unshare COMMAND...: on the machine; what still runs behind it is killed.
enter() {
    option=$1
    shift
    # shellcheck disable=SC2016 # for the shell inside
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        unshare --mount --pid --fork --kill-child "$option" sh -euc '
            mount -t proc proc "$0/proc"
            ip link set lo up
            exec chroot "$0" "$@"' "$machine" "$@"
}
inside() { enter --net "$@"; }

# is FILE MODE OWNER: as seen from the machine.
is() {
    found=$(inside stat -c '%a %U:%G' "${1#"$machine"}")
    test "$found" = "$2 $3" || fail "$1 is $found instead of $2 $3"
}
