// Computer algebra: expression trees are grown, derived, simplified, evaluated and dropped again. Small nodes
// that live short, allocated and freed from changing depths of recursion, and pointers that must be chased.
#include <memory>

#include "kernels.h"

namespace bench {
namespace {

enum class Kind : unsigned char { Number, Variable, Sum, Product };

struct Node;
using Tree = std::unique_ptr<Node>;

struct Node {
  Kind kind;
  std::uint64_t value;  // of a number
  Tree left;
  Tree right;
};

Tree number(std::uint64_t value) { return Tree(new Node{Kind::Number, value, nullptr, nullptr}); }
Tree variable() { return Tree(new Node{Kind::Variable, 0, nullptr, nullptr}); }
Tree combine(Kind kind, Tree left, Tree right) {
  return Tree(new Node{kind, 0, std::move(left), std::move(right)});
}

Tree copy(const Node& node) {
  return Tree(new Node{node.kind, node.value, node.left ? copy(*node.left) : nullptr,
                       node.right ? copy(*node.right) : nullptr});
}

Tree grow(Random& random, unsigned depth) {
  if (depth == 0 || random.below(8) == 0) return random.below(2) == 0 ? variable() : number(random.below(5));
  const Kind kind = random.below(2) == 0 ? Kind::Sum : Kind::Product;
  Tree left = grow(random, depth - 1);
  return combine(kind, std::move(left), grow(random, depth - 1));
}

Tree derive(const Node& node) {
  if (node.kind == Kind::Number) return number(0);
  if (node.kind == Kind::Variable) return number(1);
  if (node.kind == Kind::Sum) return combine(Kind::Sum, derive(*node.left), derive(*node.right));
  Tree first = combine(Kind::Product, derive(*node.left), copy(*node.right));
  return combine(Kind::Sum, std::move(first), combine(Kind::Product, copy(*node.left), derive(*node.right)));
}

bool is(const Node& node, std::uint64_t value) { return node.kind == Kind::Number && node.value == value; }

Tree simplify(Tree tree) {
  if (tree->left == nullptr) return tree;
  Tree left = simplify(std::move(tree->left));
  Tree right = simplify(std::move(tree->right));
  const bool sum = tree->kind == Kind::Sum;
  if (left->kind == Kind::Number && right->kind == Kind::Number)
    return number(sum ? left->value + right->value : left->value * right->value);
  if (!sum && (is(*left, 0) || is(*right, 0))) return number(0);
  if (is(*left, sum ? 0 : 1)) return right;
  if (is(*right, sum ? 0 : 1)) return left;
  return combine(tree->kind, std::move(left), std::move(right));
}

std::uint64_t evaluate(const Node& node, std::uint64_t x) {
  if (node.kind == Kind::Number) return node.value;
  if (node.kind == Kind::Variable) return x;
  const std::uint64_t left = evaluate(*node.left, x);
  const std::uint64_t right = evaluate(*node.right, x);
  return node.kind == Kind::Sum ? left + right : left * right;
}

}  // namespace

std::uint64_t symbolic(const Parameters& parameters) {
  std::uint64_t sum = 0;
  Random random(7);
  for (std::uint64_t turn = parameters.times(17'000); turn != 0; --turn) {
    Tree tree = simplify(grow(random, 4 + static_cast<unsigned>(random.below(5))));
    for (int order = 0; order < 2; ++order) tree = simplify(derive(*tree));
    sum += evaluate(*tree, turn);
  }
  return sum;
}

}  // namespace bench
