// A block is freed before what its member points to.
// expect: use-after-free
#include "../misuse.h"

struct Person {
  int age;
  char* name;
};

int main(void) {
  struct Person* person = hide(malloc(sizeof *person));
  person->name = hide(malloc(8));
  free(person);
  free(((struct Person*)hide(person))->name);
  return 0;
}
