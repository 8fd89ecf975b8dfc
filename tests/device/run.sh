#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run.sh [SUITE... | -SUITE...]: run the device tests, these or all but these, in a test VM, as root. The program is device-
# tests beside this file or in /share; a module file damon.ko in /share is taken instead of the installed module, damon-
# missing.ko there is one that must not load, damon-test-notifier.ko one that plays a device, damon-test-act.ko one that
# acts without schemes, and damon_sample_*.ko are those of tests/sample. Ends with Check's verdict on each suite and one
# line "N passed, N failed, N skipped"; the status says whether all is well. Where the kernel looks for memory leaks, what
# leaked meanwhile is one more test.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
program=
for dir in "$here" /share; do
	[ ! -x "$dir/device-tests" ] || program=$dir/device-tests
done
[ -n "$program" ] || { echo "run.sh: no device-tests in $here or /share" >&2; exit 2; }

[ ! -e /share/damon.ko ] || export DAMON_MODULE_KO="${DAMON_MODULE_KO-/share/damon.ko}"
[ ! -e /share/damon-missing.ko ] || export DAMON_MISSING_KO="${DAMON_MISSING_KO-/share/damon-missing.ko}"
[ ! -e /share/damon_sample_source.ko ] || export DAMON_SAMPLE_DIR="${DAMON_SAMPLE_DIR-/share}"
if [ -e /share/damon-test-act.ko ]; then
	export DAMON_TEST_ACT_KO="${DAMON_TEST_ACT_KO-/share/damon-test-act.ko}"
fi
if [ -e /share/damon-test-notifier.ko ]; then
	export DAMON_TEST_NOTIFIER_KO="${DAMON_TEST_NOTIFIER_KO-/share/damon-test-notifier.ko}"
fi

# The tests' memory is what it is when nothing collapses, merges or moves it behind them.
[ ! -w /sys/kernel/mm/ksm/run ] || echo 0 >/sys/kernel/mm/ksm/run
[ ! -w /proc/sys/kernel/numa_balancing ] || echo 0 >/proc/sys/kernel/numa_balancing

leaks=/sys/kernel/debug/kmemleak

# A kernel that looks for leaks is slow. What it had lost before is not ours.
if [ -w $leaks ]; then
	export DAMON_PATIENCE="${DAMON_PATIENCE-10}"
	echo scan >$leaks
	echo clear >$leaks
fi

status=0
"$program" "$@" || status=$?

if [ -w $leaks ]; then
	# Two scans: what a scan meets for the first time may just have been on its way.
	echo scan >$leaks
	sleep 6		# kmemleak reports no object younger than five seconds
	echo scan >$leaks
	cat $leaks >/tmp/leaks
	if [ -s /tmp/leaks ]; then
		cat /tmp/leaks
		echo "not ok kmemleak"
		status=1
	else
		echo "ok kmemleak"
	fi
fi
exit $status
