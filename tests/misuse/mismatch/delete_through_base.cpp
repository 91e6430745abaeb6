// A derived object deleted through its base, whose destructor is not virtual: the wrong size is passed.
// expect: delete-size-mismatch
#include "../misuse.h"

struct Shape {
  long kind = 0;
  NOINLINE ~Shape() {}
};
struct Circle : Shape {
  double x = 0, y = 0, radius = 1;
};

int main() {
  Shape* shape = static_cast<Shape*>(hide(new Circle));
  delete shape;
  return 0;
}
