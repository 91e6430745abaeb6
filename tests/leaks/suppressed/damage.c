// Damage is not suppressed: the rule is named, with the reason, and the program ends as it does without it.
// suppress: heap-buffer-overflow:main
// status: 134
// says: ^==[0-9]+==WARNING: Padlock: suppressions: heap-buffer-overflow:main: not applied
// says: ^==[0-9]+==ERROR: Padlock: heap-buffer-overflow: 1 byte written past the end
#include "../leaks.h"

int main(void) {
  char* volatile text = take(24);
  text[24] = 0;
  free(text);
  return 0;
}
