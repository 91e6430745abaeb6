#!/bin/bash
# gdb by itself, and over a program that runs to a breakpoint.
# needs: gdb gcc
# packages: gdb gcc
gdb --version
cat >program.c <<'C'
#include <stdlib.h>
struct node { int value; struct node* next; };
static int depth(struct node* list) { return list ? 1 + depth(list->next) : 0; }
int main(void) {
  struct node* list = NULL;
  for (int i = 0; i < 5; ++i) {
    struct node* node = malloc(sizeof *node);
    node->value = i;
    node->next = list;
    list = node;
  }
  return depth(list) - 5;
}
C
gcc -g -O0 program.c -o program || exit 1
gdb -nx -batch -ex 'info line main' -ex 'list depth' -ex 'ptype struct node' -ex 'info functions depth' program
gdb -nx -batch -ex 'set debuginfod enabled off' -ex 'break depth if list == 0' -ex run -ex bt \
  -ex up -ex 'print list->value' -ex continue program 2>/dev/null | grep -e '^\$' -e 'exited' -e 'value' | sed 's/0x[0-9a-f]*/ADDRESS/g; s/process [0-9]*/process/'
