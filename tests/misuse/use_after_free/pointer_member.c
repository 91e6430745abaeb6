// A list is walked on from a node that was freed: the pointer to the next one is read there and followed.
// expect: use-after-free
#include "../misuse.h"

struct Node {
  long value;
  struct Node* next;
};

static NOINLINE long second(struct Node* node) { return node->next->value; }

int main(void) {
  struct Node* node = hide(calloc(1, sizeof *node));
  node->next = hide(calloc(1, sizeof *node));
  free(node);
  return (int)second(hide(node));
}
