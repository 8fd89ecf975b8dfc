# SPDX-License-Identifier: GPL-2.0
#
# What a person types. Each target hands on to a script or to the makefile of a folder; see `make help`.

include META

KDIR ?= /lib/modules/$(shell uname -r)/build

.PHONY: all module modules install clean help deb rpm check fuzz sim soak bench demo lint tools

all: module

module modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

install: module
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

tools:
	$(MAKE) -C tools/damonctl

deb:
	@debian/build

rpm:
	@rpm/build

check:
	@tests/check

fuzz:
	@tests/fuzz/run

sim:
	@tests/sim/run

soak:
	@tests/soak

bench:
	@tests/bench/run

demo:
	@tests/demo/run

lint:
	@tests/lint

clean:
	@tests/clean

help:
	@echo 'damon $(DAMON_VERSION), for Linux $(DAMON_KERNEL_MIN) to $(DAMON_KERNEL_MAX)'
	@echo
	@echo '  make            the module, for the running kernel or that of KDIR=build-directory'
	@echo '  make install    the module into /lib/modules (a package is better: make deb)'
	@echo '  make tools      damonctl'
	@echo '  make deb        Debian packages in build/debs'
	@echo '  make rpm        an rpm package in build/rpms'
	@echo '  make demo       a process, its hot memory and its heatmap, in a throw-away VM'
	@echo '  make check      every test; KERNELS="6.1 debug" selects kernels (debug: with sanitizers)'
	@echo '  make fuzz       five minutes of configurations against the monitoring core (tests/fuzz/run SECONDS)'
	@echo '  make sim        how well regions are adjusted, by simulation, beside the way of the monitor of the kernel'
	@echo '  make soak       the long tests'
	@echo '  make bench      the cost of monitoring and of actions, beside the monitor of the kernel'
	@echo '  make lint       checkpatch, sparse, W=1, cppcheck, shellcheck'
	@echo '  make clean      remove what was built; the cache of test VMs stays'
	@echo
	@echo 'For make and make deb: DAMON_NO_PAGE_IDLE=1, DAMON_TEST_MISSING=1 (see Kbuild).'
