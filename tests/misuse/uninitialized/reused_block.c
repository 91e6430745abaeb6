// The block was freed before, and holds what freed memory holds: it is live now, and what counts is that.
// expect: use-of-uninitialized-value
#include "../misuse.h"

struct Node {
  long value;
  struct Node* next;
};

static NOINLINE void churn(void) {
  for (int i = 0; i < 5000; ++i) free(hide(malloc(sizeof(struct Node))));
}

int main(void) {
  churn();
  struct Node* node = hide(malloc(sizeof *node));
  node->value = 1;
  return (int)((struct Node*)hide(node))->next->value;
}
