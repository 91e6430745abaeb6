// A virtual function of a deleted object: the pointer to its table is what Padlock keeps there.
// expect: use-after-free
#include "../misuse.h"

struct Shape {
  virtual void draw() = 0;
  virtual ~Shape() = default;
};
struct Circle : Shape {
  NOINLINE void draw() override {}
  long radius = 1;
};

static NOINLINE Shape* make() { return new Circle; }
static NOINLINE void drop(Shape* shape) { delete shape; }

int main() {
  Shape* shape = static_cast<Shape*>(hide(make()));
  drop(shape);
  static_cast<Shape*>(hide(shape))->draw();
  return 0;
}
