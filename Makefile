# make demo    watch a real migration on this machine: two servers, a killed Job, a second attempt
# make bench   measure rehome-job against its rivals, into docs/benchmarks.md; SCALE=0.1 for a quick look
# make bench-render    measure rehome render against kubectl kustomize, and 1,000 instances against one
# make test    all tests; CI runs these and test-image
# make render, make golden    write anew what is committed of rendered trees: out/, and those that the tests hold
# make test-hostile    sources that mean harm, between all versions, with one role and with two
# make test-faults    breaks everything around a running Job; REHOME_FAULT_SEED repeats a run, REHOME_FAULT_ROUNDS sets its length
#
# Both install what they need on Debian: as root at once, for others through sudo. Swift 6.3 must be there.

SHELL := /bin/sh
EXAMPLE := examples/statefulset/rehome.yaml
STATIC := --configuration release --static-swift-stdlib -Xlinker -s
PROGRAMS := .build/release

# What the build, the tests and the demo take from the distribution.
PACKAGES := age ca-certificates curl libcurl4-openssl-dev libpq-dev libssl-dev libxxhash-dev libyaml-dev \
	postgresql postgresql-client python3 python3-venv lua5.4 strace
# What only the test of the Containerfile takes.
IMAGE_PACKAGES := debootstrap
# What only the benchmark takes.
BENCH_PACKAGES := pgcopydb
SCALE := 1.0

.PHONY: demo bench bench-render test test-faults test-hostile test-image build render golden deps bench-deps image-deps postgres clean

demo: deps build render
	swift build $(STATIC) --product rehome-demo
	$(PROGRAMS)/rehome-demo --manifests out --programs $(PROGRAMS)

bench: bench-deps
	swift build $(STATIC) --product rehome-job
	swift build $(STATIC) --product rehome-bench
	$(PROGRAMS)/rehome-bench --programs $(PROGRAMS) --scale $(SCALE) --output docs/benchmarks.md

bench-render: deps
	swift build $(STATIC) --product rehome
	python3 Tests/Tools/bench_render.py --rehome $(PROGRAMS)/rehome --output docs/benchmarks-render.md

test: deps postgres
	swift build --build-tests
	Tests/run.sh

test-faults: deps postgres
	swift build --build-tests
	REHOME_FAULTS=1 Tests/run.sh --filter FaultTests

test-hostile: deps postgres
	swift build --build-tests
	REHOME_HOSTILE=1 Tests/run.sh --filter HostileTests

# Proves that the Containerfile's packages are all that the Job needs, without a container engine.
test-image: image-deps
	swift build $(STATIC) --product rehome-job
	Tests/Image/test-image.sh $(PROGRAMS)/rehome-job

build: deps
	swift build $(STATIC) --product rehome
	swift build $(STATIC) --product rehome-job

render: build
	$(PROGRAMS)/rehome render --file $(EXAMPLE) --output out

golden: deps
	REHOME_WRITE_GOLDEN=1 swift test --filter GoldenTests

deps: ; $(call install,$(PACKAGES))
bench-deps: deps ; $(call install,$(BENCH_PACKAGES))
image-deps: deps ; $(call install,$(IMAGE_PACKAGES))

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

# PostgreSQL 16 and 18, beside the distribution's.
postgres: deps
	Tests/TestSupport/install-postgres.sh

clean:
	rm -rf .build
