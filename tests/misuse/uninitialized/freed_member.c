// A member that was never set is freed.
// expect: use-of-uninitialized-value
#include "../misuse.h"

struct Person {
  char* name;
  int age;
};

int main(void) {
  struct Person* person = hide(malloc(sizeof *person));
  person->age = 1;
  free(((struct Person*)hide(person))->name);
  free(person);
  return 0;
}
