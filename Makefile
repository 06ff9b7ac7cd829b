# make demo    watch a real migration on this machine: two servers, a killed Job, a second attempt
# make install PREFIX=/usr/local    programs, manual pages and completions; DESTDIR=… puts them below another root
# make release make all that is given away of a version, in .build/dist
# make bench   measure rehome-job against its rivals, into docs/benchmarks.md; SCALE=0.1 RUNS=1 for a quick look
# make bench-live    the same while a Backstage writes: for how long writes are refused, into docs/benchmarks-live.md; SCALE, RUNS
# make bench-render    measure rehome render against kubectl kustomize, and 1,000 instances against one
# make docs    the site of the documentation, in .build/site, every link, command, config, message and drawing in it checked
# make docc    the documentation of the library modules' public Swift API, in .build/docc, without a warning
# make reference    write anew what docs/reference says of config, commands, settings, exit codes and events
# make test    most tests, and a build of what they run
# make test-long    the tests that take longer, with the release programs; CI runs both, docs, docc, test-report, test-image,
#     test-packages, test-reproducible and fuzz-short
# make test-times    how long each test of the last run took, slowest first
# make test-image, test-packages    what is shipped works where it is installed
# make test-report    a small demo, and its report in a headless Chromium, with screenshots in .build/report; make screenshots
#     puts the small ones of them into docs/assets, with pictures of the live view and of a fleet
# make test-reproducible    a build in another folder gives the same bytes
# make test-asan, test-tsan    the tests without servers, under the address and the thread sanitizer
# make fuzz    a million inputs that libFuzzer makes up, through the YAML code; fuzz-short takes a minute
# make lint    the formatter's word on every Swift file, and docs/architecture.md held to the sources; make format does
#     what the formatter asks
# make render, make golden    write anew what is committed of rendered trees: out/, and those that the tests hold
# make test-hostile    sources that mean harm, between all versions, with one role and with two
# make test-schemas    the databases of well-known applications and of a real Backstage, against what pg_dump | psql makes of
#     them; TARGETS and ONLY choose, ROLE=NAME has all done by an ordinary role,
#     SCHEMAS_JOB=PROGRAM tries a rehome-job that is built already
# make test-faults    breaks everything around a running Job; REHOME_FAULT_SEED repeats a run, REHOME_FAULT_ROUNDS sets its length,
#     REHOME_HISTORY_SEED one history
#
# All install what they need on Debian: as root at once, for others through sudo. Swift 6.3 must be there.

SHELL := /bin/sh
EXAMPLE := examples/statefulset/rehome.yaml
PROGRAMS := .build/release
STATIC_PROGRAM := .build/static/rehome
BUILD := packaging/build.sh
PREFIX := /usr/local
DESTDIR :=

DEBUG_PROGRAMS := .build/debug

# What the build, the tests and the demo take from the distribution.
PACKAGES := age ca-certificates curl libcurl4-openssl-dev libpq-dev libssl-dev libxxhash-dev libyaml-dev \
	pgbouncer postgresql postgresql-client python3 python3-venv lua5.4 strace tmux zlib1g-dev
# What only the tests of images and packages take.
IMAGE_PACKAGES := debootstrap
PACKAGING_PACKAGES := binutils dpkg-dev debootstrap fish git mandoc zsh
REPORT_PACKAGES := chromium fonts-dejavu-core
# What only the benchmark takes.
BENCH_PACKAGES := pgcopydb
# Size of the demo whose report is tested; 1 is some 750 MB.
REPORT_SCALE := 0.2
# What only the test of applications' schemas takes.
SCHEMAS_PACKAGES := postgresql-15-postgis-3
SCALE := 1.0
RUNS := 5
TARGETS := 15,16,17,18
ONLY :=
ROLE :=
SCHEMAS_JOB :=

# The suites that wait for servers, clusters or the clock so often that all of them take longer than the rest together.
LONG_SUITES := AfterTests BeginAgainTests CatchUpTests ChangedBlocksTests ConformanceTests ConnectPatienceTests \
	CutOverTests Faults FenceLiftTests HistoryTests Hostile LayoutTests LeftBehindTests LogFormatTests \
	LoggedChangesTests MaintenanceTests OddDatabaseTests OutputTests OwnerRoleTests PreflightFindingTests \
	PrivilegeTests RehearsalTests RenderedJobTests RenderTwiceTests ReplicaRightTests ReportConfigMapTests \
	ReportTests ResumeTests RewriteTests RollbackTests RoundFailureTests RunbookLifeTests ScaleOutTests \
	SharedDatabaseTests SilenceTests SourceLockTests SplitTests StillnessTests TargetDemandTests TerminalTests TLSTests \
	ValueSettingsTests WholeLifeTests
EMPTY :=
LONG_TESTS := [./]($(subst $(EMPTY) ,|,$(strip $(LONG_SUITES))))/

# The tests that need no server, and end soon under a sanitizer: those of random documents are the fuzzer's, which
# looks for address errors, too. Each sees its own module and all below it.
UNIT_TESTS := --filter 'CryptographyTests|MigrationReportTests|OutputFolderTests|JobContractTests|MigrationSpecTests' \
	--skip 'DeathTests|SchemaTests|CertificateTests'

.PHONY: demo install uninstall release bench bench-live bench-render test test-long test-faults test-hostile test-schemas test-image \
	test-packages test-report screenshots test-times docs docs-programs docc reference lint format test-reproducible test-asan test-tsan fuzz fuzz-short \
	build render golden notice deps bench-deps schemas-deps image-deps packaging-deps report-deps postgres clean

demo: deps build render
	$(BUILD) release rehome-demo
	$(PROGRAMS)/rehome-demo --manifests out --programs $(PROGRAMS)

bench: bench-deps
	$(BUILD) release rehome-job rehome-bench
	$(PROGRAMS)/rehome-bench --programs $(PROGRAMS) --scale $(SCALE) --rounds $(RUNS) --output docs/benchmarks.md

bench-live: bench-deps
	$(BUILD) release rehome-job rehome-bench
	$(PROGRAMS)/rehome-bench live --programs $(PROGRAMS) --scale $(SCALE) --runs $(RUNS) --output docs/benchmarks-live.md

bench-render: deps
	$(BUILD) release rehome
	python3 Tests/Tools/bench_render.py --rehome $(PROGRAMS)/rehome --output docs/benchmarks-render.md

# Both take the programs from DEBUG_PROGRAMS, which are built unless somebody names others.
docs-programs: deps
	@[ "$(DEBUG_PROGRAMS)" != .build/debug ] || { \
		$(BUILD) debug --product rehome && $(BUILD) debug --product rehome-job; }

docs: docs-programs
	packaging/site/reference.py check $(DEBUG_PROGRAMS)/rehome $(DEBUG_PROGRAMS)/rehome-job
	"$$(packaging/site/tools.sh)/bin/python" Tests/Documentation/check_pages.py \
		$(DEBUG_PROGRAMS)/rehome $(DEBUG_PROGRAMS)/rehome-job
	Tests/Documentation/check_drawings.py "$$(packaging/site/tools.sh)"/mermaid/artoo_mermaid/assets/mermaid.min.js
	packaging/site/build.sh .build/site

docc: deps
	$(BUILD) debug
	packaging/docc.sh .build/docc

reference: docs-programs
	packaging/site/reference.py write $(DEBUG_PROGRAMS)/rehome $(DEBUG_PROGRAMS)/rehome-job

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	Tests/Tools/check_architecture.py
	Tests/Tools/test_check_architecture.py
	@for suite in $(LONG_SUITES); do \
		grep -rqE "(struct|enum) $$suite\b" Tests || { echo "Makefile: LONG_SUITES names $$suite, which is no suite" >&2; exit 1; }; \
	done

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

# The tests run the programs that were built beside them.
test: lint deps postgres
	$(BUILD) debug --build-tests
	packaging/swift_packages.py check
	Tests/run.sh --skip '$(LONG_TESTS)'

test-long: deps postgres
	$(BUILD) debug --build-tests
	$(BUILD) release rehome rehome-job
	REHOME_TEST_PROGRAMS=$(PROGRAMS) Tests/run.sh --filter '$(LONG_TESTS)'

# Each test, with all its cases, and with its wait for a turn where several run at once (CONTRIBUTING.md); 'swift test'
# prints colours where it thinks that a person looks on.
test-times:
	@[ -f .build/test.log ] || { echo "no tests have been run yet: make test, or Tests/run.sh --filter SUITE" >&2; exit 1; }
	@sed -E 's/\x1b\[[0-9;]*m//g' .build/test.log \
		| sed -nE 's/^[^ ]+ Test (".*"|[^ ]+\(.*\))( with [0-9]+ test cases)? (passed|failed) after ([0-9.]+) seconds.*/\4 \1/p' \
		| sort -rn | awk '{ time = $$1; sub(/^[^ ]* /, ""); printf "%9.3f s  %s\n", time, $$0 }'

test-faults: deps postgres
	$(BUILD) debug --build-tests
	REHOME_FAULTS=1 Tests/run.sh --filter 'FaultTests|HistoryTests'

test-hostile: deps postgres
	$(BUILD) debug --build-tests
	REHOME_HOSTILE=1 Tests/run.sh --filter HostileTests

test-schemas: deps postgres schemas-deps
	[ -n "$(SCHEMAS_JOB)" ] || $(BUILD) release rehome-job
	Tests/Schemas/test_schemas.py --rehome-job $(or $(SCHEMAS_JOB),$(PROGRAMS)/rehome-job) --targets $(TARGETS) \
		$(if $(ONLY),--only $(ONLY)) $(if $(ROLE),--role $(ROLE))

# Proves that what the Containerfile puts into its two images is all that they need, without a container engine.
test-image: build image-deps
	Tests/Image/test-image.sh job $(PROGRAMS)/rehome-job
	Tests/Image/test-image.sh generator $(STATIC_PROGRAM)

# What is installed and released: everything of it is looked at where it will be used.
test-packages: build packaging-deps
	Tests/Packaging/test-build.sh
	Tests/Packaging/test-binaries.sh $(PROGRAMS)/rehome $(PROGRAMS)/rehome-job $(STATIC_PROGRAM)
	packaging/notice.py check $(PROGRAMS)/rehome $(PROGRAMS)/rehome-job $(STATIC_PROGRAM)
	Tests/Packaging/test-packages.sh
	Tests/Packaging/test-integrations.sh

# The report of the demo's move, opened as a person would. The debug build that the tests leave shows the same demo.
test-report: build render report-deps
	$(BUILD) debug --product rehome-demo
	$(DEBUG_PROGRAMS)/rehome-demo --manifests out --programs $(PROGRAMS) --scale $(REPORT_SCALE)
	Tests/Report/test_report.py .build/demo-report.html .build/demo-report.json .build/report

# The pictures that README and the site show: of this machine's own demo, of a terminal, and of a fleet.
screenshots: REPORT_SCALE := 1
screenshots: test-report postgres
	$(BUILD) debug --build-tests
	REHOME_TEST_PROGRAMS=$(PROGRAMS) REHOME_PICTURES=.build/report Tests/run.sh --filter TerminalTests
	Tests/Report/fleet.sh $(PROGRAMS)/rehome .build/report/fleet.html
	Tests/Report/pictures.py .build/report .build/report/terminal-copying.ansi .build/report/terminal-fence.ansi \
		.build/report/fleet.html
	cp .build/report/terminal-copying.png .build/report/terminal-fence.png .build/report/fleet.png docs/assets
	cp .build/report/first-light.png docs/assets/report-light.png
	cp .build/report/first-dark.png docs/assets/report-dark.png
	cp .build/report/first-narrow.png docs/assets/report-narrow.png

test-reproducible: packaging-deps
	Tests/Packaging/test-reproducible.sh

test-asan: deps
	$(BUILD) debug --build-tests --sanitize address --scratch-path .build/asan
	Tests/sanitized.sh address $(UNIT_TESTS) --filter SecretSealingTests

test-tsan: deps
	$(BUILD) debug --build-tests --sanitize thread --scratch-path .build/tsan
	Tests/sanitized.sh thread $(UNIT_TESTS)

fuzz: deps
	Tests/Fuzz/fuzz.sh -runs=1000000

fuzz-short: deps
	Tests/Fuzz/fuzz.sh -max_total_time=60

build: deps
	$(BUILD) static rehome
	$(BUILD) release rehome-job

# Builds only what is not built yet, so that 'sudo make install' needs no compiler after 'make build'.
install:
	@[ -x $(STATIC_PROGRAM) ] && [ -x $(PROGRAMS)/rehome-job ] || $(MAKE) build
	packaging/install.sh "$(DESTDIR)$(PREFIX)" $(STATIC_PROGRAM) $(PROGRAMS)/rehome-job

uninstall:
	packaging/uninstall.sh "$(DESTDIR)$(PREFIX)" rehome rehome-job

release: build packaging-deps
	packaging/release.sh .build/dist

notice:
	packaging/swift_packages.py record
	packaging/notice.py write

render: build
	$(PROGRAMS)/rehome render --file $(EXAMPLE) --output out

golden: deps
	REHOME_WRITE_GOLDEN=1 swift test --filter GoldenTests

deps: ; $(call install,$(PACKAGES))
schemas-deps: deps ; $(call install,$(SCHEMAS_PACKAGES))
bench-deps: deps ; $(call install,$(BENCH_PACKAGES))
image-deps: deps ; $(call install,$(IMAGE_PACKAGES))
report-deps: deps ; $(call install,$(REPORT_PACKAGES))
packaging-deps: deps ; $(call install,$(PACKAGING_PACKAGES))

# Installs those of some packages that are missing.
define install
	@missing=$$(for package in $(1); do \
		dpkg-query --show --showformat '$${db:Status-Status}' "$$package" 2>/dev/null | grep -qx installed \
			|| printf '%s ' "$$package"; done); \
	[ -z "$$missing" ] && exit 0; \
	command -v apt-get >/dev/null || { echo "install these packages of Debian, or their like: $$missing" >&2; exit 1; }; \
	echo "installing $$missing"; \
	root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	$$root apt-get update --quiet=2 && \
	$$root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends $$missing
endef

# PostgreSQL 16, 17 and 18, beside the distribution's.
postgres: deps
	Tests/TestSupport/install-postgres.sh

clean:
	rm -rf .build
