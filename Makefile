# SPDX-License-Identifier: GPL-2.0
# People's targets; objects and flags of the module are in Kbuild. `make help` lists them.
# The running kernel's headers, or those of the kernel that lab hosts boot; looked for once, and
# only by what needs them.
KDIR ?= $(eval KDIR := $$(shell tests/kernel.sh build))$(KDIR)
DESTDIR ?=
PREFIX ?= /usr/local

all: modules tools

modules:
	@test -n "$(KDIR)"
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C tools

tests-bin: build/guest

build/guest: tests/guest.c tests/guest-machine.c tests/guest-pool.c tests/guest.h
	@mkdir -p build
	$(CC) -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -static -pthread -o $@ \
		$(filter %.c,$^)

tests-modules:
	@tests/modules.sh $(KDIR)

demo:
	@tests/demo.sh

check:
	@tests/check.sh

# How often emulated hosts die, with the module and without: hours, so not in check.
deaths:
	@tests/lab/deaths.sh $(DEATHS)

bench:
	@tests/bench/bench.sh

scale:
	@tests/scale/run.sh

dkms-test: tests-bin
	@tests/lab/host.sh full 25-loading-dkms.sh

mutants:
	@tests/mutants/run.sh

style:
	@tests/style.sh

unit:
	@tests/unit/run.sh

# Kbuild runs no depmod where the headers have no System.map, as Debian's. UTS_RELEASE: what
# uname -r says there; `make kernelrelease` does not know of Debian's suffix. The other makes run
# elsewhere: DESTDIR must not be relative.
install: destdir = $(abspath $(DESTDIR))
install: modules tools
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(destdir) modules_install
	PATH="$$PATH:/sbin:/usr/sbin" depmod $(addprefix -b ,$(destdir)) \
		$$(sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
			$(KDIR)/include/generated/utsrelease.h)
	$(MAKE) -C tools install DESTDIR=$(destdir) PREFIX=$(PREFIX)

clean:
	rm -rf build tests/kselftest .tmp_versions .checkpatch-camelcase.git.*
	find . -name .git -prune -o \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name modules.order \
		-o -name Module.symvers \) -type f -exec rm -f {} +

help:
	@echo "make           the module (kvmlat.ko) and the command (build/kvmlat)"
	@echo "make demo      reports of a Linux guest, with or without a hypervisor here"
	@echo "make check     the tests; ends with a line N passed, N failed, N skipped"
	@echo "make install   module and command; DESTDIR, PREFIX: docs/install.md"
	@echo "make clean     leaves nothing that was built"
	@echo "Parts of it:"
	@echo "make modules, tools   the module only, the command only"
	@echo "make unit      tests in userspace; make style: style and static checks"
	@echo "Not in make check:"
	@echo "make bench     what observing an exit costs, beside perf, ftrace, bpftrace and BPF"
	@echo "make mutants   shows that the tests notice faults put in on purpose"
	@echo "make dkms-test a DKMS package built, installed and loaded in an emulated host"
	@echo "make deaths    boots emulated hosts and counts how they end: docs/lab.md"
	@echo "In make check, with more to say alone:"
	@echo "make scale     reports of a host of 256 CPUs and 1,000 vCPUs, and their cost"

.PHONY: deaths bench scale dkms-test all modules tools tests-bin tests-modules demo check mutants \
	style unit install clean help
