// Unlinking a live list node writes a pointer to it into its freed predecessor.
// expect: use-after-free-write
// mask: s/\[[0-9a-f].*/[pointer/; s/^    expected .*/    expected/
#include "../misuse.h"

struct Node {
  long value;
  Node* volatile next;
};

static NOINLINE void link(Node* before, Node* node) { before->next = node; }

int main() {
  Node* first = static_cast<Node*>(hide(new Node()));
  Node* second = static_cast<Node*>(hide(new Node()));
  delete first;
  for (long i = 0; i < 8; ++i)
    must_change(first, 8 + i, static_cast<int>(reinterpret_cast<uintptr_t>(second) >> 8 * i & 0xff), 1);
  link(first, second);
  delete second;
  return 0;
}
