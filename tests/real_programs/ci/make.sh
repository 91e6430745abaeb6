#!/bin/bash
# A parallel make with generated prerequisites, functions and recipes.
# needs: make
cat >Makefile <<'MAKE'
parts := $(foreach i,$(shell seq 1 120),part$(i))
all: $(parts:%=%.out) ; @cat $(sort $^) | md5sum
%.out: %.in ; @sort -r $< > $@
%.in: ; @seq 1 $$(( $(subst part,,$*) * 3 )) > $@
.SECONDARY:
MAKE
make -j2 all
make -q all
echo $?
touch part5.in && sleep 0.01
make -n all | grep -c part5.out
make missing 2>&1
echo "missing: $?"
