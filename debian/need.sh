# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# need_build_depends: install what debian/control says the packages are built with, where it is not there. Sourced.

need_build_depends() {
	local missing

	if command -v dpkg-checkbuilddeps >/dev/null && dpkg-checkbuilddeps debian/control 2>/dev/null; then
		return 0
	fi
	if ! command -v dpkg-checkbuilddeps >/dev/null; then
		need_packages dpkg-dev
	fi
	missing=$(sed -n '/^Build-Depends:/,/^[^ ]/{/^ /{s/ *\([^ ,]*\).*/\1/;s/^debhelper-compat$/debhelper/;p}}' debian/control)
	# shellcheck disable=SC2086 # a list
	need_packages build-essential $missing
}

# need_packages PACKAGE...: install the ones that are missing, with apt-get. The index of a fresh machine may be empty or old.
need_packages() {
	local p log missing=()

	for p; do
		[ "$(dpkg-query -Wf '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "these packages are needed, install them or run this as root: ${missing[*]}" >&2
		return 1
	fi
	echo "installing ${missing[*]}" >&2
	log=$(mktemp)
	local opts=(-qq -y --no-install-recommends -o DPkg::Lock::Timeout=600)
	if ! apt-get "${opts[@]}" install "${missing[@]}" </dev/null >"$log" 2>&1 &&
	   ! { apt-get -qq update && apt-get "${opts[@]}" install "${missing[@]}"; } </dev/null >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}
