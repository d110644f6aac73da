# Sidecall.  `make` builds, `make check` tests, `make V=1` shows the commands.
#
#   SANITIZE=address,undefined   or SANITIZE=thread: build and check with these sanitizers
#   BUILD=DIR                    where everything built goes; build/ (or build/SANITIZE)
#   WERROR=1                     a warning is an error
#   RUN=COMMAND                  stands before what the build itself runs of what it has built, as qemu-s390x
#   FUZZ_SECONDS=N FUZZ=TARGET   how long `make fuzz` seeks, and where
#   MUTATE=TEXT                  which mistakes `make mutate` plants
#   ATTACK=WORDS                 what `make hostile` makes: attacks that have this in their name
#   DAEMONS=NAMES                which of Debian's daemons `make check-system` takes

VERSION  := 0.1.0
DATE     := November 29, 2026# of that version, as manual pages have it
comma    := ,
SANITIZE ?=
BUILD    ?= build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))
PREFIX   ?= /usr/local
OBJCOPY  ?= objcopy

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith \
            -Wwrite-strings -Wundef -Wconversion -Wno-sign-conversion -Wno-psabi $(if $(WERROR),-Werror)
TIRPC_CFLAGS := $(shell pkg-config --cflags libtirpc)
ALL_CFLAGS = -std=c11 -pthread -fPIC -fvisibility=hidden $(CFLAGS) $(if $(SANITIZE),-fsanitize=$(SANITIZE) \
             -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
# pkg-config does not tell Debian's last figure: it says 1.3.2 of 1.3.3.
TIRPC_VERSION := $(shell dpkg-query -W -f '$${Version}' libtirpc-dev 2>/dev/null || \
                         pkg-config --modversion libtirpc)
ALL_CPPFLAGS = $(CPPFLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DSIDECALL_VERSION='"$(VERSION)"' \
               -DTIRPC_VERSION='"$(TIRPC_VERSION)"' -I. -I$(BUILD) -MMD -MP \
               $(patsubst -I%,-isystem %,$(TIRPC_CFLAGS))
ALL_LDFLAGS = -pthread $(LDFLAGS) $(if $(SANITIZE),-fsanitize=$(SANITIZE))
# What confines sidecalld, where it is there (programs/sidecalld/seccomp.c).  Sanitizers look at their process
# by system calls of their own.
SECCOMP := $(if $(SANITIZE),,$(shell pkg-config --exists libseccomp && echo -lseccomp))
$(BUILD)/programs/sidecalld/seccomp.o: ALL_CPPFLAGS += $(if $(SECCOMP),-DWITH_SECCOMP $(shell pkg-config --cflags libseccomp))
LIBS_server := -ltirpc -lcrypto -lm $(SECCOMP)
LIBS_client := -ltirpc -ljansson -lm
LIBS_tests  := -lcunit -ltirpc -ljansson -lcrypto -lm $(SECCOMP)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s%s\n' $(1) $(2))

# The contract: rpcgen writes all of these, and nobody edits them.
CONTRACT  := calc fileinfo status
GENERATED := $(foreach c,$(CONTRACT),$(addprefix $(BUILD)/idl/$(c),.h _xdr.c _clnt.c _svc.c))

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
# Times of files, and what is shown of times, have 64 bits everywhere.  Others cross libtirpc's face, which has a time_t
# as that was built: of 32 bits in Debian's i386.
$(call obj,$(wildcard server/service/*.c) client/print.c trace/value.c tests/kit/attributes.c): ALL_CPPFLAGS += -D_TIME_BITS=64
COMMON := $(call obj,$(wildcard xdr/*.c common/*.c contract/*.c programs/*.c)) $(CONTRACT:%=$(BUILD)/idl/%_filters.o) \
          $(BUILD)/contract/built_in.o
PRELOAD := $(call obj,$(wildcard server/preload/*.c))
SERVER := $(filter-out $(PRELOAD),$(call obj,$(wildcard server/*.c server/*/*.c server/*/*/*.c programs/sidecalld/*.c))) $(CONTRACT:%=$(BUILD)/idl/%_svc.o)
CLIENT := $(call obj,$(wildcard contract/*/*.c client/*.c client/*/*.c client/*/*/*.c trace/*.c measure/*.c doctor/*.c sandbox/*.c check/*.c quiz/*.c \
          compare/*.c compare/*/*.c programs/sidecall/*.c)) $(CONTRACT:%=$(BUILD)/idl/%_clnt.o) \
          $(BUILD)/compare/code/counted.o $(BUILD)/compare/failures/built_in.o $(BUILD)/contract/dissector/built_in.o
TESTS  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*_test.c))
# Those that take longest begin first, so that nobody waits for them in the end.
LONGEST := $(patsubst %,$(BUILD)/tests/%_test,preload browser hostile check_hostile check_raw measure memory dissector capture floods failures compare \
           limits hostile_stock shares hang conformance time evolution)
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard fuzz/$(or $(FUZZ),*)_fuzz.c))
# One thread computes in these, or runs programs that others test: ThreadSanitizer has nothing to find there.
ALONE := $(addsuffix _test,against arguments browser bytes calc capture choice code command compare completion contract \
         corpus credential demo describe dissector doctor document evolution examples help integer internet json known layers lessons library \
         lines lint messages number option output patch planted public quiz report rights rpcgen solutions text_escapes text time_judge \
         time trials value verdict walk welcome xdr)
ifeq ($(SANITIZE),thread)
TESTS   := $(filter-out $(ALONE:%=$(BUILD)/tests/%),$(TESTS))
FUZZERS :=
endif
# What every test program links: our code without the two main()s, and the harness.
TESTED := $(COMMON) $(filter-out %/main.o,$(SERVER) $(CLIENT)) \
          $(call obj,$(wildcard tests/kit/*.c))
# And every fuzzing target: a main() that replays its seeds, but where libFuzzer has one that seeks.
FUZZED := $(TESTED) $(call obj,$(filter-out %_fuzz.c $(if $(findstring fuzzer,$(SANITIZE)),%/replay.c), \
          $(wildcard fuzz/*.c)))

.PHONY: all build-tests check fuzz run-fuzzers mutate bench bench-others hostile check-system daemons layers clean format lint install \
        uninstall compile_commands.json
.SECONDARY:
.DELETE_ON_ERROR:

LIBRARY := $(addprefix $(BUILD)/,libsidecall.so.0 libsidecall.so libsidecall.a libsidecall-preload.so \
           libsidecall-svcrun.so.0 libsidecall-svcrun.so sidecall.pc sidecall-svcrun.pc include/sidecall/svc.h \
           include/sidecall/clnt.h include/sidecall/xdr.h)
MANUAL := $(addprefix $(BUILD)/man/,sidecall.1 sidecall_svc.3 sidecall_clnt.3 sidecall_xdr.3 sidecall-endpoints.7 \
           sidecall-protocol.7 sidecalld.8)
COMPLETION := $(addprefix $(BUILD)/completion/,bash zsh fish)
all: $(BUILD)/sidecalld $(BUILD)/sidecall $(BUILD)/sidecall.lua $(LIBRARY) $(MANUAL) $(COMPLETION)

# The runtimes as a library.  Only what their faces declare leaves it, also the static one: in that all is
# one object, and its other names are local.
RUNTIME = $(filter $(BUILD)/$(1)/runtime/%,$(2)) $(filter $(BUILD)/xdr/% $(BUILD)/common/%,$(filter-out %/raw.o,$(COMMON)))
RUNTIMES := $(sort $(call RUNTIME,server,$(SERVER)) $(call RUNTIME,client,$(CLIENT)))
$(BUILD)/libsidecall.so.0: $(RUNTIMES) library/exported
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,--version-script=library/exported -o $@ \
	  $(RUNTIMES) -ltirpc -lm
$(BUILD)/libsidecall.a: $(RUNTIMES)
	$(call say,AR,$@)
	$(Q)$(LD) -r --force-group-allocation -o $(@:.a=.o) $^ && $(OBJCOPY) --localize-hidden $(@:.a=.o) && rm -f $@ && $(AR) rcs $@ $(@:.a=.o)
$(BUILD)/libsidecall.so $(BUILD)/libsidecall-svcrun.so: %: %.0
	$(Q)ln -sf $(<F) $@
$(BUILD)/libsidecall-svcrun.so.0: $(BUILD)/libsidecall-preload.so
	$(Q)ln -sf $(<F) $@
# In the build it says where it is; an installed one says where that is.
pc = sed -e 's|@PREFIX@|$(1)|; s|@LIBDIR@|$(2)|; s|@VERSION@|$(VERSION)|' library/$(3).pc.in
$(BUILD)/%.pc: library/%.pc.in
	$(Q)$(call pc,$(abspath $(BUILD)),$(abspath $(BUILD)),$*) >$@
PUBLIC := $(wildcard */runtime/svc.h */runtime/clnt.h xdr/xdr.h)
# In the place of libtirpc's functions.  The program's children come to load it, too, also those that
# never had libtirpc: so that is not linked, and what is called of it is looked for when it is called.
STATUS := $(call obj,$(wildcard server/status/*.c)) $(addprefix $(BUILD)/server/preload/status_,svc.o xdr.o)
$(BUILD)/server/preload/status_%.o: $(BUILD)/idl/status_%.c | $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -w $(ALL_CPPFLAGS) -include xdr/xdr.h -Dxdr_void=xdr_nothing -c -o $@ $<
$(BUILD)/libsidecall-preload.so: $(PRELOAD) $(STATUS) server/preload/exported $(call RUNTIME,server,$(SERVER))
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libsidecall-svcrun.so.0 -Wl,-z,lazy \
	  -Wl,--version-script=server/preload/exported -o $@ $(filter %.o,$^)

$(BUILD)/sidecalld: $(SERVER) $(COMMON)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_server)

$(BUILD)/sidecall: $(CLIENT) $(COMMON)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_client)

# Our own contract for Wireshark.
$(BUILD)/sidecall.lua: $(BUILD)/sidecall
	$(call say,LUA,$@)
	$(Q)$(RUN) $< dissector >$@

# What the programs' own tables say, of which manual pages and completions are made.
$(BUILD)/tables: $(call obj,$(wildcard programs/tables/*.c)) $(COMMON) $(filter-out %/main.o,$(SERVER) $(CLIENT))
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(sort $(LIBS_server) $(LIBS_client))
$(BUILD)/tables.tsv: $(BUILD)/tables
	$(Q)$(RUN) $< >$@

$(COMPLETION): $(BUILD)/completion/%: completion/% completion/make.awk completion/names $(BUILD)/tables.tsv
	@mkdir -p $(@D)
	$(Q)awk -F '\t' -v shell=$* -v names=completion/names -f completion/make.awk $(BUILD)/tables.tsv $< >$@

# Manual pages: of the public headers, of docs/, and as man/ has them.
MDOC = @mkdir -p $(@D); awk -F '\t' -v date="$(DATE)" -f man/mdoc.awk
$(BUILD)/man/sidecall_%.3: man/of-header.awk man/mdoc.awk library/exported $(PUBLIC)
	$(MDOC) -f $< -v name=sidecall_$* -v include=$*.h library/exported $(filter %/$*.h,$^) >$@
$(BUILD)/man/sidecall-protocol.7: man/of-markdown.awk man/mdoc.awk docs/protocol.md
	$(MDOC) -f $< -v name=sidecall-protocol -v section=7 \
	  -v description='the bytes of ONC RPC and of raw messages' docs/protocol.md >$@
$(BUILD)/man/%: man/% man/fill-in.awk man/mdoc.awk $(BUILD)/tables.tsv
	$(MDOC) -f man/fill-in.awk $(BUILD)/tables.tsv $< >$@

$(BUILD)/tests/%_test: $(BUILD)/tests/%_test.o $(TESTED)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_tests)

$(BUILD)/fuzz/%_fuzz: $(BUILD)/fuzz/%_fuzz.o $(FUZZED)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_tests)

$(BUILD)/%.o: %.c | $(GENERATED)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(WARNINGS) $(ALL_CPPFLAGS) -c -o $@ $<

# rpcgen's code does not survive our warnings, so it is compiled without them.
$(BUILD)/idl/%.o: $(BUILD)/idl/%.c | $(GENERATED)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -w $(ALL_CPPFLAGS) -c -o $@ $<

# rpcgen names its #include after the path it is given, and refuses to overwrite.
$(BUILD)/%.x: %.x
	@mkdir -p $(@D)
	$(Q)cp $< $@
# $(call rpcgen_rule,DIRECTORY,NAME,OPTIONS)
define rpcgen_rule
$$(BUILD)/$(1)/$(2): $$(BUILD)/$(1)/%.x
	$$(call say,RPCGEN,$$@)
	$$(Q)rm -f $$@ && cd $$(@D) && rpcgen -C $(3) -o $$(@F) $$(<F)
endef
$(eval $(call rpcgen_rule,idl,%.h,-M -i 0 -h))
$(eval $(call rpcgen_rule,idl,%_xdr.c,-M -i 0 -c))
$(eval $(call rpcgen_rule,idl,%_clnt.c,-M -i 0 -l))
$(eval $(call rpcgen_rule,idl,%_svc.c,-M -i 0 -m))

# The filters, twice: on streams of ours by ours, on libtirpc's by libtirpc's.
$(BUILD)/%_filters.c: $(BUILD)/%.h $(BUILD)/%_xdr.c scripts/both-filters
	$(call say,FILTERS,$@)
	$(Q)scripts/both-filters $* $(BUILD) >$@

# A stranger's program: it sees the runtime's faces, and is linked with the runtime and no more.
STRANGER := $(BUILD)/tests/stranger
GUESTBOOK := $(addprefix $(STRANGER)/guestbook,.h _xdr.c _clnt.c _svc.c)
$(eval $(call rpcgen_rule,tests/stranger,%.h,-h))
$(eval $(call rpcgen_rule,tests/stranger,%_xdr.c,-c))
$(eval $(call rpcgen_rule,tests/stranger,%_clnt.c,-l))
$(eval $(call rpcgen_rule,tests/stranger,%_svc.c,-m))
FACES := $(addprefix $(BUILD)/include/sidecall/,svc.h clnt.h xdr.h)
$(FACES): $(BUILD)/include/sidecall/%.h: $(PUBLIC)
	@mkdir -p $(@D)
	$(Q)cp $(filter %/$*.h,$^) $@
STRANGER_CC = $(CC) $(ALL_CFLAGS) -D_GNU_SOURCE -I$(BUILD)/include -I$(STRANGER) -MMD -MP \
              $(patsubst -I%,-isystem %,$(TIRPC_CFLAGS))
$(STRANGER)/%.o: tests/stranger/%.c $(FACES) | $(GUESTBOOK)
	$(call say,CC,$<)
	$(Q)$(STRANGER_CC) $(WARNINGS) -Wno-cast-function-type -c -o $@ $<
$(STRANGER)/guestbook_%.o: $(STRANGER)/guestbook_%.c | $(GUESTBOOK)
	$(call say,CC,$<)
	$(Q)$(STRANGER_CC) -w -c -o $@ $<
$(STRANGER)/guestbook_fast.o: $(STRANGER)/guestbook_xdr.c $(FACES) | $(GUESTBOOK)
	$(call say,CC,$<)
	$(Q)$(STRANGER_CC) -include sidecall/xdr.h -w -c -o $@ $<
$(STRANGER)/caller: $(addprefix $(STRANGER)/,caller.o guestbook_clnt.o guestbook_xdr.o) $(BUILD)/libsidecall.so.0
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../..' -o $@ $^ -ltirpc
$(STRANGER)/server: $(addprefix $(STRANGER)/,server.o procedures.o guestbook_svc.o guestbook_fast.o) $(BUILD)/libsidecall.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ltirpc -lm
$(STRANGER)/stock: $(addprefix $(STRANGER)/,stock.o procedures.o guestbook_svc.o guestbook_xdr.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ltirpc
$(BUILD)/tests/stranger_test $(BUILD)/tests/registry_test: | $(GUESTBOOK) $(addprefix $(STRANGER)/,caller stock server)

# A server that knows libtirpc alone, with all its habits; and programs that are none.
ODD := $(BUILD)/tests/preload
ODD_CODE := $(addprefix $(ODD)/odd,.h _xdr.c _svc.c _main.c)
$(eval $(call rpcgen_rule,tests/preload,%.h,-h))
$(eval $(call rpcgen_rule,tests/preload,%_xdr.c,-c))
$(eval $(call rpcgen_rule,tests/preload,%_svc.c,-m))
$(eval $(call rpcgen_rule,tests/preload,%_main.c,-I -K 1 -s tcp -s udp))
ODD_CC = $(CC) $(ALL_CFLAGS) -D_GNU_SOURCE -I$(ODD) -MMD -MP $(patsubst -I%,-isystem %,$(TIRPC_CFLAGS))
$(ODD)/odd.o $(ODD)/counter.o: $(ODD)/%.o: tests/preload/%.c | $(ODD_CODE)
	$(call say,CC,$<)
	$(Q)$(ODD_CC) $(WARNINGS) -Wno-cast-function-type -c -o $@ $<
$(ODD)/odd_%.o: $(ODD)/odd_%.c | $(ODD_CODE)
	$(call say,CC,$<)
	$(Q)$(ODD_CC) -w -c -o $@ $<
$(ODD)/odd: $(addprefix $(ODD)/odd,.o _svc.o _xdr.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ltirpc
$(ODD)/linked: $(addprefix $(ODD)/odd,.o _svc.o _xdr.o) $(BUILD)/libsidecall-svcrun.so
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../..' -o $@ $(filter %.o,$^) -L$(BUILD) -lsidecall-svcrun -ltirpc
$(ODD)/closing: $(addprefix $(ODD)/,counter.o odd_main.o odd_xdr.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ltirpc
$(ODD)/libother.so: tests/preload/other.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -shared -fPIC -o $@ $<
$(ODD)/other: tests/preload/user.c $(ODD)/libother.so
	$(Q)$(CC) $(CFLAGS) -DOTHER -Wl,-rpath,'$$ORIGIN' -o $@ $^
$(ODD)/alone: tests/preload/user.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -o $@ $<
$(ODD)/part.so: $(addprefix $(ODD)/odd,.o _svc.o _xdr.o)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -o $@ $^ -ltirpc
$(ODD)/later: tests/preload/later.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $<
$(ODD)/old: tests/preload/old.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $<
$(ODD)/changes $(ODD)/forks: $(ODD)/%: tests/preload/%.c tests/preload/threads.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE $(patsubst -I%,-isystem %,$(TIRPC_CFLAGS)) -o $@ $< -ltirpc
$(addprefix $(BUILD)/tests/,$(addsuffix _test,access preload preload_begin preload_hostile preload_registered preload_watchdog run status)): | $(addprefix $(ODD)/,odd linked closing other alone later old changes forks part.so)

# Somebody who took the daemon over.
$(BUILD)/tests/confine/breakout.so: tests/confine/breakout.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE -shared -fPIC -o $@ $<
$(BUILD)/tests/confine_test: | $(BUILD)/tests/confine/breakout.so

# Ours and libtirpc's filters of every contract at hand are held against each other.
$(eval $(call rpcgen_rule,tests/xdr,%.h,-h))
$(eval $(call rpcgen_rule,tests/xdr,%_xdr.c,-c))
# The system's are among them, where they are installed: those whose filters compile beside the others, and that
# bound everything, for libtirpc takes memory for a count before it looks for the items.
HELD_PUBLIC := $(foreach c,bootparam_prot key_prot klm_prot nlm_prot rquota rstat sm_inter spray yp, \
               $(if $(wildcard /usr/include/rpcsvc/$(c).x),tests/xdr/public/$(c)))
$(BUILD)/tests/xdr/public/%.x: /usr/include/rpcsvc/%.x
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(eval $(call rpcgen_rule,tests/xdr/public,%.h,-h))
$(eval $(call rpcgen_rule,tests/xdr/public,%_xdr.c,-c))
HELD := idl/calc idl/fileinfo tests/stranger/guestbook bench/adder/adder tests/preload/odd tests/xdr/every $(HELD_PUBLIC)
HELD_APART := $(addprefix $(BUILD)/,$(addsuffix _filters.o,$(filter-out idl/%,$(HELD))))
$(BUILD)/tests/xdr_test $(BUILD)/fuzz/xdr_fuzz: $(HELD_APART) $(BUILD)/tests/xdr/compare.o
$(HELD_APART): %.o: %.c
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -w $(ALL_CPPFLAGS) -c -o $@ $<
$(BUILD)/tests/xdr_test.o $(BUILD)/tests/xdr/compare.o: $(BUILD)/tests/xdr/held.h
$(BUILD)/tests/xdr/held.h: $(HELD:%=$(BUILD)/%.h)
	@mkdir -p $(@D)
	$(Q)(for contract in $(HELD); do echo "#include \"$$contract.h\""; done; echo '#define HELD(_) \'; \
	  sed -n 's/^extern  *bool_t  *xdr_\([a-zA-Z0-9_]*\) *(XDR \*, *\([a-zA-Z0-9_]*\) *\**);.*/	_(\1, \2) \\/p' $^; echo) >$@

# Texts that are read at run time, each as a string of its name: the contract, what all dissectors have in
# common, what was seen of daemons.
$(BUILD)/contract/built_in.c: contract/predefined.x contract/rpc.x $(CONTRACT:%=idl/%.x)
$(BUILD)/contract/dissector/built_in.c: $(wildcard contract/dissector/*.lua)
$(BUILD)/compare/failures/built_in.c: compare/failures/daemons.tsv
$(BUILD)/%/built_in.c:
	$(call say,TEXT,$@)
	@mkdir -p $(@D)
	$(Q)for text in $^; do \
	  echo "extern const char $$(basename $$text | tr . _)[]; const char $$(basename $$text | tr . _)[] ="; \
	  sed 's/[\\"?]/\\&/g; s/.*/"&\\n"/' $$text; echo ';'; done >$@

# What `sidecall compare` says of the code.  Directories are named, too: they change when a file goes.
$(BUILD)/compare/code/counted.c: scripts/count-code $(wildcard scripts/counting/*) $(GENERATED) \
  $(wildcard idl/*.x compare/code/* programs/sidecalld/* $(foreach d,xdr common client server,$(d) $(d)/* $(d)/*/* $(d)/*/*/*) \
  tests/patches/*)
	$(call say,COUNT,$@)
	@mkdir -p $(@D)
	$(Q)BUILD=$(BUILD) scripts/count-code --c >$@

$(BUILD)/compare/code/counted.o $(BUILD)/compare/failures/built_in.o $(BUILD)/contract/built_in.o \
  $(BUILD)/contract/dissector/built_in.o: %.o: %.c
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(WARNINGS) $(ALL_CPPFLAGS) -c -o $@ $<

build-tests: $(TESTS) $(FUZZERS)

# Most tests wait for something most of the time; with a sanitizer they compute.
check: all layers
	@+$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc)) build-tests
	@BUILD=$(BUILD) JOBS=$(if $(SANITIZE),$(if $(filter thread,$(SANITIZE)),1,2),6) TSAN_OPTIONS=suppressions=$(CURDIR)/tests/tsan.supp tests/run $(filter $(TESTS),$(LONGEST)) $(filter-out $(LONGEST),$(TESTS)) $(FUZZERS)

# Seeks what breaks the targets in fuzz/, each for so many seconds; FUZZ=ring is one alone.
FUZZ_SECONDS ?= 10
fuzz:
	@fuzz/run --ready
	@$(MAKE) --no-print-directory CC=clang SANITIZE=fuzzer,address,undefined run-fuzzers
run-fuzzers: $(FUZZERS)
	@fuzz/run $(BUILD) $(FUZZ_SECONDS) $^

# Plants mistakes, one at a time, and says which test notices: docs/testing.md.
mutate:
	@BUILD=$(BUILD) scripts/mutate $(if $(MUTATE),"$(MUTATE)")

# What is promised of speed: docs/performance.md.  For a machine that does nothing else.
bench: all $(BUILD)/bench/bench $(BUILD)/bench/values $(BUILD)/bench/captures
	@BUILD=$(BUILD) $(BUILD)/bench/bench $(or $(ROUNDS),9) '$(ONLY)'
ifndef ONLY
	@$(BUILD)/bench/values || true # a promise that is missed is a number, too
	@BUILD=$(BUILD) bench/instructions || true
	@BUILD=$(BUILD) $(BUILD)/bench/captures || true
endif

# How long others wait beside clients that mean no good: docs/hostile.md.  Likewise.
hostile: all $(BUILD)/bench/hostile
	@BUILD=$(BUILD) $(BUILD)/bench/hostile $(if $(ATTACK),'$(ATTACK)')

# The packages, and Debian's own daemons beside bad clients, stock and on our runtime: docs/testing.md.  Needs root.
check-system: all $(BUILD)/tests/daemons/judge $(BUILD)/tests/preload/odd $(BUILD)/tests/haproxy/load
	@scripts/package
	@BUILD=$(BUILD) tests/haproxy/run
	@+BUILD=$(BUILD) tests/gss/run
	@BUILD=$(BUILD) tests/systemd/run
	@BUILD=$(BUILD) tests/prometheus/run
	@BUILD=$(BUILD) scripts/check-others
	@BUILD=$(BUILD) tests/daemons/run --called
	@BUILD=$(BUILD) tests/daemons/run $(addprefix --only ,$(DAEMONS))

# The same, and what it saw goes into what `sidecall compare` shows, and into README.
daemons: check-system
	@BUILD=$(BUILD) tests/daemons/run --write

$(BUILD)/tests/haproxy/load: $(call obj,tests/haproxy/load.c) $(TESTED)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_tests)

$(BUILD)/tests/daemons/judge: $(call obj,$(wildcard tests/daemons/*.c)) $(TESTED)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_tests)

# A server and a client with tickets.  tests/gss/run has put the headers there that libtirpc's include.
GSS := $(BUILD)/tests/gss
$(eval $(call rpcgen_rule,tests/gss,%.h,-h))
$(eval $(call rpcgen_rule,tests/gss,%_xdr.c,-c))
$(eval $(call rpcgen_rule,tests/gss,%_svc.c,-m))
GSS_CC = $(CC) $(ALL_CFLAGS) -D_GNU_SOURCE -I$(GSS) -MMD -MP -isystem $(BUILD)/gss/root/usr/include \
         $(patsubst -I%,-isystem %,$(TIRPC_CFLAGS))
$(GSS)/server.o $(GSS)/client.o: $(GSS)/%.o: tests/gss/%.c | $(addprefix $(GSS)/secured,.h _xdr.c _svc.c)
	$(call say,CC,$<)
	$(Q)$(GSS_CC) $(WARNINGS) -Wno-cast-function-type -Wno-write-strings -c -o $@ $<
$(GSS)/secured_%.o: $(GSS)/secured_%.c | $(GSS)/secured.h
	$(call say,CC,$<)
	$(Q)$(GSS_CC) -w -c -o $@ $<
$(GSS)/server: $(addprefix $(GSS)/,server.o secured_svc.o secured_xdr.o)
$(GSS)/client: $(addprefix $(GSS)/,client.o secured_xdr.o)
$(GSS)/server $(GSS)/client:
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ltirpc $(lastword $(wildcard $(BUILD)/gss/root/usr/lib/*/libgssapi_krb5.so))

# A server of rpcgen's, by libtirpc's svc_run() or on the runtime, as a stranger has it.
ADDER := $(BUILD)/bench/adder
$(eval $(call rpcgen_rule,bench/adder,%.h,-h))
$(eval $(call rpcgen_rule,bench/adder,%_xdr.c,-c))
$(eval $(call rpcgen_rule,bench/adder,%_svc.c,-m))
$(ADDER)/adder: bench/adder/adder.c $(addprefix $(ADDER)/adder,.h _xdr.c _svc.c) $(FACES) $(BUILD)/libsidecall.so.0
	$(call say,LINK,$@)
	$(Q)$(CC) $(filter-out -fvisibility=hidden,$(ALL_CFLAGS)) -w -D_GNU_SOURCE -I$(BUILD)/include -I$(ADDER) $(TIRPC_CFLAGS) \
	  $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../..' -o $@ $(filter %.c %.so.0,$^) -ltirpc

$(BUILD)/bench/bench: $(call obj,bench/contest.c bench/special.c) | $(ADDER)/adder $(BUILD)/bench/bare
# The same calls by gRPC and by Cap'n Proto, where their packages are, in the same loop: docs/performance.md.
OTHER := $(BUILD)/bench/others
OTHERS := $(OTHER)/ours $(if $(shell pkg-config --exists grpc++ protobuf 2>/dev/null && command -v grpc_cpp_plugin protoc),$(OTHER)/grpc) \
          $(if $(shell pkg-config --exists capnp-rpc 2>/dev/null && command -v capnpc-c++),$(OTHER)/capnp)
OTHER_OBJECTS := $(call obj,bench/others/main.c) $(TESTED)
$(OTHER)/ours: $(call obj,bench/others/ours.c) $(OTHER_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_tests)
$(OTHER)/grpc: bench/others/grpc.cc bench/others/service.proto $(OTHER_OBJECTS)
	$(call say,LINK,$@)
	$(Q)protoc -Ibench/others --cpp_out=$(OTHER) --grpc_out=$(OTHER) --plugin=protoc-gen-grpc="$$(command -v grpc_cpp_plugin)" \
	  service.proto
	$(Q)$(CXX) -O2 -std=c++17 $(ALL_CPPFLAGS) -MF $@.d -I$(OTHER) $$(pkg-config --cflags grpc++ protobuf) -o $@ $< \
	  $(OTHER)/service.pb.cc $(OTHER)/service.grpc.pb.cc $(filter %.o,$^) $(LIBS_tests) $$(pkg-config --libs grpc++ protobuf)
$(OTHER)/capnp: bench/others/capnp.cc bench/others/service.capnp $(OTHER_OBJECTS)
	$(call say,LINK,$@)
	$(Q)capnp compile -oc++:$(OTHER) --src-prefix=bench/others bench/others/service.capnp
	$(Q)$(CXX) -O2 -std=c++17 $(ALL_CPPFLAGS) -MF $@.d -I$(OTHER) $$(pkg-config --cflags capnp-rpc) -o $@ $< \
	  $(OTHER)/service.capnp.c++ $(filter %.o,$^) $(LIBS_tests) $$(pkg-config --libs capnp-rpc)
bench-others: all $(OTHERS)
	@BUILD=$(BUILD) bench/others/run

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(TESTED)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_tests)

# Who may know whom: see docs/architecture.md.
layers: all
	@scripts/layers $(BUILD)

clean:
	rm -rf $(BUILD)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# Says nothing but what is wrong: clang-tidy itself also counts what it does not show.
LINTED = $(wildcard $(foreach d,xdr common contract client server trace measure doctor sandbox check quiz compare programs,$(d)/*.c $(d)/*/*.c $(d)/*/*/*.c))
lint: $(GENERATED)
	@printf '%s\n' $(LINTED) | xargs -P $(shell nproc) -n 8 sh -c 'clang-tidy --quiet "$$@" -- -std=c11 \
	  $(filter-out -MMD -MP -D%,$(ALL_CPPFLAGS)) -D_GNU_SOURCE -DSIDECALL_VERSION=\"\" -DTIRPC_VERSION=\"\" 2>&1 | \
	  { ! grep -v "warnings* generated\.$$"; }' lint

LIBDIR ?= $(PREFIX)/lib
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
man_directory = $(PREFIX)/share/man/man$(patsubst .%,%,$(suffix $(1)))
UNITDIR ?= $(PREFIX)/lib/systemd/system
UNITS = $(notdir $(wildcard systemd/*.service systemd/*.socket))
# filled FILE,DIRECTORY: a file with this installation's paths.
filled = sed 's|@SBINDIR@|$(PREFIX)/sbin|; s|@BINDIR@|$(PREFIX)/bin|' $(1) >$(2)/$(notdir $(1)) && chmod 644 $(2)/$(notdir $(1))
install: all
	@{ mkdir -p $(DESTDIR)$(PREFIX) && [ -w $(DESTDIR)$(PREFIX) ]; } 2>/dev/null || { echo "make install: you may not write to \
	$(DESTDIR)$(PREFIX). As root you may; or name another directory: make install PREFIX=DIRECTORY" >&2; exit 77; }
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/lib/sidecall
	install -m 644 $(BUILD)/libsidecall.so.0 $(DESTDIR)$(LIBDIR)/libsidecall.so.0
	ln -sf libsidecall.so.0 $(DESTDIR)$(LIBDIR)/libsidecall.so
	install -m 644 $(BUILD)/libsidecall.a $(DESTDIR)$(LIBDIR)/libsidecall.a
	install -m 644 $(BUILD)/libsidecall-preload.so $(DESTDIR)$(LIBDIR)/libsidecall-svcrun.so.0
	ln -srf $(DESTDIR)$(LIBDIR)/libsidecall-svcrun.so.0 $(DESTDIR)$(PREFIX)/lib/sidecall/libsidecall-preload.so
	ln -sf libsidecall-svcrun.so.0 $(DESTDIR)$(LIBDIR)/libsidecall-svcrun.so
	$(call pc,$(PREFIX),$(LIBDIR),sidecall) >$(DESTDIR)$(LIBDIR)/pkgconfig/sidecall.pc
	$(call pc,$(PREFIX),$(LIBDIR),sidecall-svcrun) >$(DESTDIR)$(LIBDIR)/pkgconfig/sidecall-svcrun.pc
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/sidecall $(PUBLIC)
	install -D -m 755 $(BUILD)/sidecalld $(DESTDIR)$(PREFIX)/sbin/sidecalld
	install -D -m 755 $(BUILD)/sidecall $(DESTDIR)$(PREFIX)/bin/sidecall
	install -D -m 644 $(BUILD)/sidecall.lua $(DESTDIR)$(PREFIX)/share/sidecall/sidecall.lua
	$(foreach page,$(MANUAL),install -D -m 644 -t $(DESTDIR)$(call man_directory,$(page)) $(page) &&) :
	install -D -m 644 $(BUILD)/completion/bash $(DESTDIR)$(BASHDIR)/sidecall
	ln -sf sidecall $(DESTDIR)$(BASHDIR)/sidecalld
	install -D -m 644 $(BUILD)/completion/zsh $(DESTDIR)$(ZSHDIR)/_sidecall
	install -D -m 644 $(BUILD)/completion/fish $(DESTDIR)$(FISHDIR)/sidecall.fish
	ln -sf sidecall.fish $(DESTDIR)$(FISHDIR)/sidecalld.fish
	install -d $(DESTDIR)$(PREFIX)/share/doc/sidecall/docs/lessons
	install -m 644 *.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/sidecall
	install -m 644 docs/*.md docs/*.png $(DESTDIR)$(PREFIX)/share/doc/sidecall/docs
	install -m 644 docs/lessons/*.md $(DESTDIR)$(PREFIX)/share/doc/sidecall/docs/lessons
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/sidecall/examples examples/Makefile examples/*.patch
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/sidecall/examples/dir examples/dir/*
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/sidecall/examples/servers/c examples/servers/c/*.[ch] examples/servers/c/Makefile
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/sidecall/examples/servers/python examples/servers/python/*.py
	chmod 755 $(patsubst %,$(DESTDIR)$(PREFIX)/share/doc/sidecall/%,$(shell grep -l '^#!' examples/servers/python/*.py))
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/sidecall/examples/servers/rpcgen examples/servers/rpcgen/*.[cx] \
	  examples/servers/rpcgen/Makefile idl/calc.x
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/sidecall/idl idl/*.x
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(PREFIX)/share/doc/sidecall/systemd
	$(foreach unit,$(UNITS),$(call filled,systemd/$(unit),$(DESTDIR)$(UNITDIR)) &&) :
	$(foreach drop,$(wildcard systemd/drop-in/*),$(call filled,$(drop),$(DESTDIR)$(PREFIX)/share/doc/sidecall/systemd) &&) :
	install -D -m 644 systemd/sidecall.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/sidecall.conf
	install -D -m 644 systemd/sidecall.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/sidecall.conf

# What install puts there, and the directories that are ours alone.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/sidecalld $(DESTDIR)$(PREFIX)/bin/sidecall
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libsidecall.so.0 libsidecall.so libsidecall.a libsidecall-svcrun.so.0 \
	  libsidecall-svcrun.so pkgconfig/sidecall.pc pkgconfig/sidecall-svcrun.pc)
	rm -f $(foreach page,$(MANUAL),$(DESTDIR)$(call man_directory,$(page))/$(notdir $(page)))
	rm -f $(addprefix $(DESTDIR)$(BASHDIR)/,sidecall sidecalld) $(DESTDIR)$(ZSHDIR)/_sidecall \
	  $(addprefix $(DESTDIR)$(FISHDIR)/,sidecall.fish sidecalld.fish)
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(UNITS)) \
	  $(foreach kind,sysusers tmpfiles,$(DESTDIR)$(PREFIX)/lib/$(kind).d/sidecall.conf)
	rm -rf $(DESTDIR)$(PREFIX)/lib/sidecall $(DESTDIR)$(PREFIX)/include/sidecall
	rm -rf $(DESTDIR)$(PREFIX)/share/sidecall $(DESTDIR)$(PREFIX)/share/doc/sidecall

compile_commands.json:
	bear -- $(MAKE) -B all

-include $(shell find $(BUILD) -path '*/daemons/root' -prune -o -name '*.d' -type f -print 2>/dev/null)
