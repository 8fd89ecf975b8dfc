# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2015
#
# What the commands of the VM rig share. Sourced, never run.

set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm_dir/../.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/damon-dkms
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Every status the rig itself ends with; a guest script's own status passes through.
readonly ST_RIG=125 ST_HANG=124

say() { printf 'vm: %s\n' "$*" >&2; }
die() { say "$*"; exit "$ST_RIG"; }

# Scratch space on the cache's file system, so that a finished result is renamed into place. Gone on every
# way out, with the processes listed in $pids.
tmp=
pids=()
cleanup() {
	local st=$? pid

	trap - EXIT
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || :
	done
	[ -z "$tmp" ] || rm -rf --one-file-system "$tmp"
	exit "$st"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

make_tmp() {
	mkdir -p "$cache"
	[ -n "$tmp" ] || tmp=$(mktemp -d "$cache/tmp.XXXXXXXX")
	chmod 755 "$tmp"
}

need_root() {
	[ "$(id -u)" = 0 ] || die "$1 needs root (chroot, mounts, apt-get)"
}

# need PACKAGE...: install the ones that are missing.
need() {
	local p missing=()

	for p; do
		[ "$(dpkg-query -Wf '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	need_root "installing ${missing[*]}"
	say "installing ${missing[*]}"
	local log opts=(-qq -y --no-install-recommends -o DPkg::Lock::Timeout=600)
	log=$(mktemp)
	apt-get "${opts[@]}" install "${missing[@]}" >"$log" 2>&1 </dev/null ||
		{ apt-get -qq update && apt-get "${opts[@]}" install "${missing[@]}"; } >>"$log" 2>&1 </dev/null ||
		{ cat "$log" >&2; rm "$log"; die "cannot install ${missing[*]}"; }
	rm "$log"
}

# lock NAME: one builder at a time of each thing; held until the process ends.
lock() {
	mkdir -p "$cache/lock"
	exec {lock_fd}>"$cache/lock/$1"
	flock -n "$lock_fd" || {
		say "waiting for another $1"
		flock "$lock_fd" &	# in the background, where a signal can end the wait
		pids+=($!)
		wait $!
		pids=()
	}
}

unlock() { exec {lock_fd}>&-; }

# hash of standard input, as long as a cache key needs
hash() { sha256sum | cut -c1-16; }

# prune DIR/GLOB: of what the cache has by these names, the two last used stay, and what was used within two hours.
prune() {
	local path

	mkdir -p "$cache/${1%/*}"
	find "$cache/${1%/*}" -mindepth 1 -maxdepth 1 -name "${1##*/}" -printf '%T@ %p\n' |
		sort -rn | tail -n +3 | cut -d' ' -f2- |
		while read -r path; do
			[ -n "$(find "$path" -maxdepth 0 -mmin -120)" ] || rm -rf --one-file-system "$path"
		done
	# What a killed process could not clean up.
	find "$cache" -mindepth 1 -maxdepth 1 -name 'tmp.*' -mmin +2880 -exec rm -rf --one-file-system {} +
}

# set_kernel NAME: what the names of --kernel stand for. $suite is the release of the root tree, $from the suite
# that the kernel comes from, $flavour Debian's for its packages. A flavour stands in front: what the cache has of 6.1 is not
# what it has of rt-6.1.
set_kernel() {
	kernel=$1 flavour=amd64
	case $kernel in
	rt-[0-9]*|cloud-[0-9]*)	flavour=${kernel%%-*}-amd64 ;;
	esac
	case ${kernel#"${flavour%amd64}"} in
	6.1)		suite=bookworm from= ;;
	6.12|debug)	suite=bookworm from=bookworm-backports ;;
	7.3)		suite=trixie from=trixie-backports ;;
	*)		die "unknown kernel '$kernel': 6.1, 6.12, 7.3, one of these behind rt- or cloud-, or debug" ;;
	esac
	base=$kernel
	[ "$kernel" != debug ] || base=6.12
}
