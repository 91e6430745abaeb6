// In variables, initialized or not, and in constant data that was relocated.
#include "../leaks.h"

void* in_bss;
void* in_data = &in_bss;
struct {
  char padding[12];
  void* pointer[3];
} record;

int main(void) {
  in_bss = take(10);
  in_data = take(20);
  record.pointer[1] = take(30);
  clear_stack();
  return 0;
}
