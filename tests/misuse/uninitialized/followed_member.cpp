// A member that no constructor set is followed.
// expect: use-of-uninitialized-value
#include "../misuse.h"

struct Node {
  long value;
  Node* next;
};

static NOINLINE long after(Node* node) { return node->next->next->value; }

int main() {
  Node* node = static_cast<Node*>(hide(new Node));
  node->value = 1;
  return static_cast<int>(after(static_cast<Node*>(hide(node))));
}
