// A virtual call as it is compiled without optimization: the function is loaded first, and called then.
// expect: use-after-free
#include "../misuse.h"

#ifdef __clang__
#define PLAIN __attribute__((optnone))
#else
#define PLAIN __attribute__((optimize("O0")))
#endif

struct Shape {
  virtual void draw() = 0;
  virtual void erase() = 0;
  virtual ~Shape() = default;
};
struct Circle : Shape {
  NOINLINE void draw() override {}
  NOINLINE void erase() override {}
  long radius = 1;
};

static NOINLINE PLAIN void erase(Shape* shape) { shape->erase(); }

int main() {
  Shape* shape = static_cast<Shape*>(hide(new Circle));
  delete shape;
  erase(shape);
  return 0;
}
