# shellcheck shell=bash disable=SC2034,SC2016
# SPDX-License-Identifier: GPL-2.0
#
# What the cases share. Sourced in the tree of the release, where /debs has the packages and /next those of the next
# version.

set -euo pipefail
K=$(uname -r)
version=$(dpkg-deb -f /debs/damon-dkms_*.deb Version)
next_version=$(dpkg-deb -f /next/damon-dkms_*.deb Version)
log=/tmp/apt.log

fail() { echo "FAILED: $*"; exit 1; }

# apt ARGUMENT...: what a user types, which never may fail; its output is in $log.
apt() {
	echo "+ apt-get $*"
	apt-get -y -q --no-install-recommends --allow-downgrades "$@" >"$log" 2>&1 </dev/null || {
		cat "$log"
		fail "apt-get $* ended with an error"
	}
	cat "$log"
}

# said TEXT: the last apt run said so
said() { grep -qF -- "$1" "$log" || fail "apt did not say: $1"; }

module() { find "/lib/modules/$1/" -name 'damon.ko*'; }

# has_module RELEASE VERSION: exactly one module of ours is there, of that version, for that kernel, and dkms knows
has_module() {
	[ "$(module "$1" | wc -l)" = 1 ] || fail "modules for $1: $(module "$1")"
	[ "$(modinfo -F version "$(module "$1")")" = "$2" ] || fail "the module for $1 is of another version"
	case $(modinfo -F vermagic "$(module "$1")") in
	"$1 "*)	;;
	*)	fail "the module was not built for $1" ;;
	esac
	dkms status -m damon -v "$2" -k "$1" | grep -q installed || fail "dkms status: $(dkms status)"
}

no_module() {
	[ -z "$(module "$1")" ] || fail "there is a module for $1"
	! dkms status | grep -F "$1" | grep damon || fail "dkms status: $(dkms status)"
}

# damon_dkms_installed: the package is configured, not half so
damon_dkms_installed() {
	[ "$(dpkg-query -Wf '${db:Status-Abbrev}' damon-dkms)" = "ii " ] || fail "$(dpkg-query -l damon-dkms)"
}

# kernel_package RELEASE: packages linux-image-RELEASE and linux-headers-RELEASE in /tmp/kernel, made of the headers of
# the installed kernel under another name, with the hooks that Debian's run.
kernel_package() {
	local rel=$1 p=/tmp/kernel/p b real
	real=$(readlink -f "/lib/modules/$K/build")

	# The boot files are of no interest here and take longest.
	find /etc/kernel \( -name '*initramfs*' -o -name '*dracut*' \) -delete
	rm -rf /tmp/kernel
	mkdir -p $p/DEBIAN "$p/lib/modules/$rel" $p/boot
	touch "$p/lib/modules/$rel"/modules.{order,builtin}
	echo no kernel >"$p/boot/vmlinuz-$rel"
	cp "$real/.config" "$p/boot/config-$rel"
	control "linux-image-$rel" >$p/DEBIAN/control
	hook postinst configure "depmod $rel; run-parts --report --exit-on-error --arg=$rel --arg=/boot/vmlinuz-$rel /etc/kernel/postinst.d" >$p/DEBIAN/postinst
	hook prerm remove "run-parts --report --exit-on-error --arg=$rel --arg=/boot/vmlinuz-$rel /etc/kernel/prerm.d" >$p/DEBIAN/prerm
	hook postrm remove "rm -rf /lib/modules/$rel/modules.*; rmdir --ignore-fail-on-non-empty /lib/modules/$rel 2>/dev/null || :" >$p/DEBIAN/postrm
	chmod 755 $p/DEBIAN/p*
	dpkg-deb -Znone -b $p "/tmp/kernel/linux-image-$rel.deb" >/dev/null

	rm -rf $p
	b=$p/usr/src/linux-headers-$rel
	mkdir -p $p/DEBIAN "$p/lib/modules/$rel" "$b/include"
	ln -s "/usr/src/linux-headers-$rel" "$p/lib/modules/$rel/build"
	ln -s "$(readlink -f "/lib/modules/$K/source")" "$p/lib/modules/$rel/source"
	find "$real" -mindepth 1 -maxdepth 1 ! -name include -exec cp -a {} "$b/" \;
	cp -a "$real/include/generated" "$b/include/"
	find "$real/include" -mindepth 1 -maxdepth 1 ! -name generated -exec ln -s {} "$b/include/" \;
	echo "#define UTS_RELEASE \"$rel\"" >"$b/include/generated/utsrelease.h"
	sed -i "s|^KBUILD_OUTPUT=.*|KBUILD_OUTPUT=/usr/src/linux-headers-$rel|" "$b/Makefile"
	[ ! -e "$b/.kernelvariables" ] || sed -i "s/^override KERNELRELEASE = .*/override KERNELRELEASE = $rel/" "$b/.kernelvariables"
	[ -z "${2-}" ] || (cd "$b" && eval "$2")
	control "linux-headers-$rel" >$p/DEBIAN/control
	hook postinst configure "run-parts --report --exit-on-error --arg=$rel /etc/kernel/header_postinst.d" >$p/DEBIAN/postinst
	chmod 755 $p/DEBIAN/postinst
	dpkg-deb -Znone -b $p "/tmp/kernel/linux-headers-$rel.deb" >/dev/null
	rm -rf $p
}

control() {
	printf '%s\n' "Package: $1" "Version: 1" "Architecture: amd64" "Maintainer: a test <test@damon-dkms.example>" \
		"Description: stands for a kernel package"
}

hook() {
	printf '#!/bin/sh\nset -e\n[ "$1" != %s ] || { %s; }\n' "$2" "$3"
}
