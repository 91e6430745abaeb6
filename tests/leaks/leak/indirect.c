// A list of which the head is lost: one direct leak, the rest goes with it.
// leak: Direct leak: 16 bytes in 1 block, take < make_list < main
// leak: Indirect leak: 64 bytes in 4 blocks, take < make_list < main
#include "../leaks.h"

struct node {
  struct node* next;
  long value;
};

__attribute__((noinline)) static void make_list(void) {
  struct node* head = NULL;
  for (int i = 0; i < 5; ++i) {
    struct node* node = take(sizeof *node);
    node->next = head;
    node->value = i;
    head = node;
  }
}

int main(void) {
  make_list();
  clear_stack();
  return 0;
}
