# gobind: build, test, install. README.md is for users, CONTRIBUTING.md for the rest.

GO         ?= $(or $(shell command -v go),$(wildcard /usr/local/go/bin/go),go)
DESTDIR    ?=
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
RUNDIR     ?= /run
BUILD      ?= build
VERSION    ?= $(shell cat VERSION)
FUZZTIME   ?= 30s
WIDER_COUNT ?= 1000000
JUDGE_COUNT ?= 200000
# The first of the random policies' seeds in the long runs; make test has its own.
SEED ?= $(shell date +%s)

BINDIR     = $(PREFIX)/bin
SBINDIR    = $(PREFIX)/sbin
SHAREDIR   = $(PREFIX)/share
MANDIR     = $(SHAREDIR)/man
ZSHDIR    ?= $(SHAREDIR)/zsh/site-functions
LIBEXEC    = $(PREFIX)/libexec/gobind
CONFDIR    = $(SYSCONFDIR)/gobind

# The units that come with gobind, as make install and the packages have them: there,
# and not enabled. What else is in etc/systemd are samples.
UNITS      = gobind.socket gobind@.service \
	gobind-kernel.service gobind-kernel.path gobind-kernel-reload.service \
	gobind-kernel-recheck.service gobind-kernel-watch.service
UNITDIR   ?= $(PREFIX)/lib/systemd/system

# What stands in etc names the default paths: this puts in those that are built in.
LOCALISE   = sed -e 's,/usr/local,$(PREFIX),g' -e 's,/etc/gobind,$(CONFDIR),g' -e 's,/etc/authbind,$(SYSCONFDIR)/authbind,g' \
	-e 's,/run/gobind,$(RUNDIR)/gobind,g'

# The manual pages; authbind(1) comes with the package gobind-authbind alone.
MANPAGES   = man/gobind.1 man/gobind-policy.5 man/gobind.rules.5 man/gobind-helper.8 man/gobindctl.8

# What `make test` needs from apt, beside Go, git and make.
TEST_PACKAGES = acl apparmor authbind binutils busybox-static ca-certificates curl \
	default-jre-headless fish gcc iproute2 libc6-dev libcap2-bin libseccomp-dev \
	lintian mandoc musl-tools nftables nodejs openssl perl pkg-config procps python3 rpm \
	rsyslog strace systemd tomcat10-common tomcat10-user util-linux wrk zsh
# What make bench measures beside them, and no test starts.
BENCH_PACKAGES = ecj jsvc libcommons-daemon-java nginx-light unbound
DEMO_PACKAGES = curl iproute2 python3 util-linux

# How many lines of code the setuid path may have.
AUDIT_BOUND = 2350

# The packages whose tests also run under the race detector.
RACE_PACKAGES = ./policy ./helper ./client ./internal/supervisor ./internal/launch ./internal/seccomp ./internal/control

# A shipped binary has no cgo, no instrumentation, and nothing of the machine
# that built it. GOFLAGS is set, not cleared: an empty one would let in what
# `go env -w` has stored.
BUILDENV   = CGO_ENABLED=0 GOFLAGS=-buildvcs=false
LDFLAGS    = -s -w -buildid= -X gobind/internal/version.Version=$(VERSION)
GOBUILD    = $(BUILDENV) $(GO) build -trimpath

# Each starts at an entry point of its own, before the Go runtime: gobind and its
# supervisor record the signal dispositions that were inherited, the helper empties
# its environment.
LDFLAGS_GOBIND = $(LDFLAGS) -E gobind_entry \
	-X gobind/internal/launch.SupervisorPath=$(LIBEXEC)/gobind-supervisor
LDFLAGS_SUPERVISOR = $(LDFLAGS) -E gobind_supervisor_entry \
	-X gobind/internal/supervisor.HelperPath=$(LIBEXEC)/gobind-helper \
	-X gobind/internal/supervisor.SocketPath=$(RUNDIR)/gobind/helper.sock \
	-X gobind/internal/supervisor.ConfDir=$(CONFDIR) \
	-X gobind/internal/supervisor.AuthbindDir=$(SYSCONFDIR)/authbind
LDFLAGS_HELPER = $(LDFLAGS) -E gobind_helper_entry \
	-X gobind/internal/policydir.ConfDir=$(CONFDIR) \
	-X gobind/internal/policydir.AuthbindDir=$(SYSCONFDIR)/authbind

LDFLAGS_CTL = $(LDFLAGS) \
	-X gobind/internal/layout.HelperPath=$(LIBEXEC)/gobind-helper \
	-X gobind/internal/layout.SupervisorPath=$(LIBEXEC)/gobind-supervisor \
	-X gobind/internal/layout.GobindPath=$(BINDIR)/gobind \
	-X gobind/internal/layout.SocketPath=$(RUNDIR)/gobind/helper.sock \
	-X gobind/internal/layout.ConfDir=$(CONFDIR) \
	-X gobind/internal/layout.AuthbindDir=$(SYSCONFDIR)/authbind

# Tests that need root get it here; a caller who is root already needs no sudo.
# Root's own HOME, so that no file of root's lands in the caller's caches.
UID        := $(shell id -u)
AS_ROOT     = $(if $(filter 0,$(UID)),,sudo -E -H env "PATH=$$PATH")

# How the helper gets its privilege: by the setuid bit, by a file capability, or by
# systemd alone, over the broker socket (docs/install.md has the trade-offs). Only root
# can give any.
HELPER_MODE ?= setuid
GIVE_setuid  = chown root:root $(1) && chmod 4755 $(1)
GIVE_socket  = chown root:root $(1) && chmod 0755 $(1)
GIVE_filecap = chown root:root $(1) && PATH="$$PATH:/usr/sbin:/sbin" setcap cap_net_bind_service=p $(1)
GIVE         = $(if $(filter 0,$(UID)),$(call GIVE_$(HELPER_MODE),$(1)),echo 'not root: gobind-helper has no privilege, and grants nothing' >&2)

.PHONY: all build test test-root test-deps check check-man static audit lint vulncheck fmt fuzz bench demo install install-docs install-authbind uninstall clean \
	packages release test-packages test-systemd test-wider test-judge test-hostile test-mutations test-failures test-kernels test-policies interop

all: build

# Made by root in somebody's checkout, the directory is theirs all the same.
build:
	@test -d "$(BUILD)" || { mkdir -p "$(BUILD)" && chown --reference=. "$(BUILD)"; } || true
	$(GOBUILD) -ldflags "$(LDFLAGS_GOBIND)" -o $(BUILD)/gobind ./cmd/gobind
	$(GOBUILD) -ldflags "$(LDFLAGS_SUPERVISOR)" -o $(BUILD)/gobind-supervisor ./cmd/gobind-supervisor
	$(GOBUILD) -ldflags "$(LDFLAGS_HELPER)" -o $(BUILD)/gobind-helper ./cmd/gobind-helper
	$(GOBUILD) -ldflags "$(LDFLAGS_CTL)" -o $(BUILD)/gobindctl ./cmd/gobindctl

# Everything, from nothing: packages, static checks, tests.
test: test-deps check $(BUILD)/tools/nfpm
	$(AS_ROOT) $(MAKE) --no-print-directory test-root GO="$(GO)"

test-root:
	CGO_ENABLED=1 $(GO) test -race -count=1 -timeout=10m $(RACE_PACKAGES)
	$(GO) test -count=1 -timeout=20m ./...

# The tests of attacks fail without the defence: every row of
# test/hostile/mutation, where `make test` has two. GOBIND_MUTATIONS=P5 is some.
test-mutations: test-deps
	$(AS_ROOT) env GOBIND_MUTATIONS=$(or $(GOBIND_MUTATIONS),all) \
		$(GO) test -count=1 -timeout=60m -v ./test/hostile/mutation

# The attacks with the counts of docs/threat-model.md, which take the better part
# of an hour.
test-hostile: test-deps
	$(AS_ROOT) env GOBIND_HOSTILE=full $(GO) test -count=1 -timeout=120m -v ./test/hostile

# The full counts of test/failure, of which make test runs a part: about an hour.
test-failures:
	$(AS_ROOT) env GOBIND_FAILURES=full $(GO) test -count=1 -timeout=3h -v ./test/failure ./test/reproducible

test-deps:
	@scripts/apt-install $(TEST_PACKAGES)

check: static audit check-man
	@out=$$(gofmt -l .) && test -z "$$out" || { echo "not formatted (make fmt):" $$out; exit 1; }
	$(GO) vet ./...
	CGO_ENABLED=0 GOARCH=arm64 $(GO) vet $$($(GO) list ./... | grep -v '^gobind/internal/seccomp/gen$$')
	$(MAKE) --no-print-directory build BUILD=$(BUILD)/arm64 GO="env GOARCH=arm64 $(GO)"

# What must be true of the setuid binary, whoever built it.
static: build
	@scripts/check-static "$(GO)" $(BUILD)/gobind $(BUILD)/gobind-supervisor $(BUILD)/gobind-helper $(BUILD)/gobindctl

# deb, rpm and apk for each architecture, the same bytes from the same commit.
ARCHES    ?= amd64 arm64
PACKAGES  ?= $(BUILD)/packages
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),$(shell stat -c %Y CHANGELOG.md))

packages: $(BUILD)/tools/nfpm
	@scripts/packages "$(GO)" $(abspath $(BUILD)/tools/nfpm) "$(abspath $(PACKAGES))" "$(VERSION)" "$(SOURCE_DATE_EPOCH)" $(ARCHES)

# All that a release has, from the tag that is checked out: docs/packaging.md.
RELEASE   ?= $(BUILD)/release

release: $(BUILD)/tools/nfpm
	@scripts/release "$(GO)" "$(abspath $(BUILD)/tools/nfpm)" "$(abspath $(RELEASE))" $(ARCHES)

# The packages on systems that have never seen gobind: installed, upgraded, removed;
# under systemd as pid 1; built as Debian does it. The systems are kept in build/roots.
ROOTS     = $(BUILD)/roots
CLEAN_PACKAGES = debhelper mmdebstrap rpmlint systemd-container
SYSTEMD_ROOT = ca-certificates,curl,dbus,default-jre-headless,iproute2,nodejs,systemd,systemd-sysv,tomcat10-common,tomcat10-user

test-packages: test-deps $(BUILD)/tools/nfpm
	@scripts/apt-install $(CLEAN_PACKAGES)
	$(AS_ROOT) $(MAKE) --no-print-directory $(ROOTS)/minimal.tar $(ROOTS)/rpm.tar $(ROOTS)/systemd.tar $(ROOTS)/authbind GO="$(GO)"
	$(AS_ROOT) $(GO) test -tags clean -count=1 -timeout=3h -v ./test/packages

$(ROOTS)/minimal.tar:
	mkdir -p $(ROOTS)
	mmdebstrap --quiet --format=tar --variant=minbase bookworm $@.new && mv $@.new $@

# Where packages come by dnf and rpm: what there is of Fedora in Debian.
$(ROOTS)/rpm.tar:
	mkdir -p $(ROOTS)
	mmdebstrap --quiet --format=tar --variant=minbase --include=dnf,rpm bookworm $@.new && mv $@.new $@

$(ROOTS)/systemd.tar:
	mkdir -p $(ROOTS)
	mmdebstrap --quiet --format=tar --variant=minbase --include=$(SYSTEMD_ROOT) bookworm $@.new && mv $@.new $@

# gobind in hardened services, Debian's own among them, under systemd as pid 1.
HARDENED_ROOT = ca-certificates,curl,dbus,haproxy,iproute2,jetty9,nodejs,openssl,systemd,systemd-sysv,tomcat10

test-systemd: test-deps
	@scripts/apt-install mmdebstrap systemd-container
	$(AS_ROOT) $(MAKE) --no-print-directory $(ROOTS)/hardened.tar GO="$(GO)"
	$(AS_ROOT) $(GO) test -tags systemd -count=1 -timeout=1h -v ./test/systemd

$(ROOTS)/hardened.tar:
	mkdir -p $(ROOTS)
	mmdebstrap --quiet --format=tar --variant=minbase --include=$(HARDENED_ROOT) bookworm $@.new && mv $@.new $@

$(ROOTS)/authbind:
	mkdir -p $@ && cd $@ && apt-get -qq -o APT::Sandbox::User=root download authbind

# How much there is to read for whoever audits the setuid path: docs/audit.md.
audit:
	@scripts/audit $(AUDIT_BOUND)

check-man:
	@scripts/check-man man/*.[1-8]

lint: $(BUILD)/tools/golangci-lint
	$(BUILD)/tools/golangci-lint run --allow-parallel-runners ./...

# Known vulnerabilities in what the programs call, where the database can be had.
vulncheck: $(BUILD)/tools/govulncheck
	scripts/vulncheck $(BUILD)/tools/govulncheck

$(BUILD)/tools/govulncheck: tools/go.mod tools/go.sum
	$(GO) -C tools build -o $(abspath $@) golang.org/x/vuln/cmd/govulncheck

$(BUILD)/tools/nfpm: tools/go.mod tools/go.sum
	$(GO) -C tools build -o $(abspath $@) github.com/goreleaser/nfpm/v2/cmd/nfpm

$(BUILD)/tools/golangci-lint: tools/go.mod tools/go.sum
	$(GO) -C tools build -o $(abspath $@) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

fmt:
	gofmt -l -w .

fuzz:
	@scripts/fuzz "$(GO)" $(FUZZTIME)

# A million random policies and requests: nothing is granted that authbind would not.
test-wider:
	$(AS_ROOT) env GOBIND_WIDER_COUNT=$(WIDER_COUNT) GOBIND_WIDER_SEED=$(SEED) $(GO) test -count=1 -timeout=3h -run NoneWider -v ./test/compliance

# What gobindctl check says is what the helper says: 200,000 random requests.
test-judge:
	$(AS_ROOT) env GOBIND_JUDGE_COUNT=$(JUDGE_COUNT) GOBIND_JUDGE_SEED=$(SEED) $(GO) test -count=1 -timeout=3h -run 'TestJudge$$' -v ./test/compliance

# Thousands of random policies in the kernel, by real binds: some minutes.
test-policies:
	$(AS_ROOT) env GOBIND_KERNEL_COUNT=$(or $(GOBIND_KERNEL_COUNT),10000) GOBIND_KERNEL_SEED=$(SEED) \
		$(GO) test -count=1 -timeout=2h -run 'Random|Reload|Many' -v ./internal/kernel

# gobind under other kernels, in virtual machines: GOBIND_KERNELS names them, as
# SUITE/PACKAGE; all is those of docs/interop.md, half an hour. build/kernels keeps them.
test-kernels:
	@scripts/apt-install apparmor qemu-system-x86 $(if $(findstring arm64,$(GOBIND_KERNELS))$(filter all,$(GOBIND_KERNELS)),qemu-system-arm)
	$(GO) test -tags kernels -count=1 -timeout=1h -v ./test/kernels

# Real programs, plain, under authbind and under gobind: the table of
# docs/interop.md. It installs some fifty servers, which it does not start;
# GOBIND_INTEROP=nginx,redir is some.
interop:
	@scripts/interop "$(GO)" $(BUILD) $(AS_ROOT)

bench: test-deps
	@scripts/unstarted scripts/apt-install $(BENCH_PACKAGES)
	$(AS_ROOT) $(GO) run ./bench $(BENCH)

demo:
	@scripts/apt-install $(DEMO_PACKAGES)
	@scripts/demo "$(GO)"

# New files come by rename: a supervisor that starts a helper meanwhile gets a
# whole one. Directories that exist keep the mode they have.
install: build
	@case $(HELPER_MODE) in setuid|filecap|socket) ;; *) echo 'HELPER_MODE is setuid, filecap or socket' >&2; exit 1;; esac
	@for dir in $(BINDIR) $(SBINDIR) $(LIBEXEC) $(CONFDIR) $(CONFDIR)/byport $(CONFDIR)/byaddr $(CONFDIR)/byuid $(CONFDIR)/rules.d; do \
		test -d "$(DESTDIR)$$dir" || install -d -m 0755 "$(DESTDIR)$$dir" || exit 1; \
	done
	install -m 0755 $(BUILD)/gobind $(DESTDIR)$(BINDIR)/gobind.new
	install -m 0755 $(BUILD)/gobindctl $(DESTDIR)$(SBINDIR)/gobindctl.new
	install -m 0755 $(BUILD)/gobind-supervisor $(DESTDIR)$(LIBEXEC)/gobind-supervisor.new
	install -m 0755 $(BUILD)/gobind-helper $(DESTDIR)$(LIBEXEC)/gobind-helper.new
	@$(call GIVE,$(DESTDIR)$(LIBEXEC)/gobind-helper.new)
	@for file in $(BINDIR)/gobind $(SBINDIR)/gobindctl $(LIBEXEC)/gobind-supervisor $(LIBEXEC)/gobind-helper; do \
		mv -f "$(DESTDIR)$$file.new" "$(DESTDIR)$$file" || exit 1; \
	done
	ln -sfn ../../bin/gobind $(DESTDIR)$(LIBEXEC)/authbind
	@for name in gobind gobindctl; do \
		install -D -m 0644 etc/completion/$$name.bash $(DESTDIR)$(SHAREDIR)/bash-completion/completions/$$name && \
		install -D -m 0644 etc/completion/_$$name $(DESTDIR)$(ZSHDIR)/_$$name && \
		install -D -m 0644 etc/completion/$$name.fish $(DESTDIR)$(SHAREDIR)/fish/vendor_completions.d/$$name.fish || exit 1; \
	done
	@for page in $(MANPAGES); do \
		install -D -m 0644 $$page "$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}" || exit 1; \
	done
	@install -d -m 0755 "$(DESTDIR)$(UNITDIR)" && for unit in $(UNITS); do \
		file="$(DESTDIR)$(UNITDIR)/$$unit" && $(LOCALISE) etc/systemd/$$unit >"$$file.new" && \
		chmod 0644 "$$file.new" && mv -f "$$file.new" "$$file" || exit 1; \
	done

# What packages have beside it (docs/packaging.md): documentation and samples, which
# name the programs where PREFIX has them ...
DOCDIR     = $(SHAREDIR)/doc/gobind

# Links from one text to another where all are in one directory; what is in the source
# alone is no link there.
RELINK     = sed -e 's,](\(\.\./\.\./\|\)docs/,](\1,g' -e 's,](\.\./\(README\|SECURITY\)\.md,](\1.md,g' -e 's,](etc/systemd),](examples/systemd),g' \
	-e 's,](\.\./etc/gobind/,](examples/policy/,g' -e 's,\[\([^]]*\)\](\(\.\./[a-z]\|LICENSE\|CONTRIBUTING\)[^)]*),\1,g'

install-docs:
	install -d $(DESTDIR)$(DOCDIR)/examples/systemd $(DESTDIR)$(DOCDIR)/examples/policy $(DESTDIR)$(DOCDIR)/examples/apparmor
	@for file in README.md SECURITY.md docs/*.md; do \
		$(RELINK) "$$file" >"$(DESTDIR)$(DOCDIR)/$${file##*/}" && chmod 0644 "$(DESTDIR)$(DOCDIR)/$${file##*/}" || exit 1; \
	done
	@for file in etc/gobind/*; do \
		$(RELINK) "$$file" >"$(DESTDIR)$(DOCDIR)/examples/policy/$${file##*/}" && \
		chmod 0644 "$(DESTDIR)$(DOCDIR)/examples/policy/$${file##*/}" || exit 1; \
	done
	install -D -m 0644 examples/c/lowport.c $(DESTDIR)$(DOCDIR)/examples/c/lowport.c
	@for file in $(filter-out $(UNITS:%=etc/systemd/%),$(wildcard etc/systemd/* etc/apparmor/*)); do \
		$(LOCALISE) "$$file" >"$(DESTDIR)$(DOCDIR)/examples/$${file#etc/}" && \
		chmod 0644 "$(DESTDIR)$(DOCDIR)/examples/$${file#etc/}" || exit 1; \
	done

# ... and gobind in authbind's place.
install-authbind:
	@for dir in $(BINDIR) $(SYSCONFDIR)/authbind/byport $(SYSCONFDIR)/authbind/byaddr $(SYSCONFDIR)/authbind/byuid; do \
		test -d "$(DESTDIR)$$dir" || install -d -m 0755 "$(DESTDIR)$$dir" || exit 1; \
	done
	ln -sfn ../libexec/gobind/authbind $(DESTDIR)$(BINDIR)/authbind
	install -D -m 0644 man/authbind.1 $(DESTDIR)$(MANDIR)/man1/authbind.1

# Policy files stay; so do their directories, unless they are empty. Units that are in
# use have to be stopped and disabled before.
uninstall:
	@for unit in $(UNITS); do rm -f "$(DESTDIR)$(UNITDIR)/$$unit"; done
	rm -f $(DESTDIR)$(BINDIR)/gobind $(DESTDIR)$(SBINDIR)/gobindctl \
		$(DESTDIR)$(LIBEXEC)/gobind-supervisor $(DESTDIR)$(LIBEXEC)/gobind-helper $(DESTDIR)$(LIBEXEC)/authbind
	@for name in gobind gobindctl; do \
		rm -f $(DESTDIR)$(SHAREDIR)/bash-completion/completions/$$name $(DESTDIR)$(ZSHDIR)/_$$name \
			$(DESTDIR)$(SHAREDIR)/fish/vendor_completions.d/$$name.fish; \
	done
	@for page in $(MANPAGES); do rm -f "$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}"; done
	@for dir in $(LIBEXEC) $(CONFDIR)/byport $(CONFDIR)/byaddr $(CONFDIR)/byuid $(CONFDIR)/rules.d $(CONFDIR); do \
		rmdir "$(DESTDIR)$$dir" 2>/dev/null || true; \
	done

clean:
	rm -rf $(BUILD)
