// A long list, a deep tree and a hash table of large and small blocks.
#include "../leaks.h"

struct node {
  struct node* left;
  struct node* right;
};
struct node* list;
struct node* tree;
void** table;

static struct node* grow(int depth) {
  struct node* node = take(sizeof *node);
  if (depth > 0) {
    node->left = grow(depth - 1);
    node->right = grow(depth - 1);
  }
  return node;
}

int main(void) {
  for (int i = 0; i < 200000; ++i) {
    struct node* node = take(sizeof *node);
    node->left = list;
    list = node;
  }
  tree = grow(12);
  table = take(800000);
  for (int i = 0; i < 1000; ++i) table[i * 97] = take((size_t)i);
  clear_stack();
  return 0;
}
