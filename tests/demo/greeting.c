// Joins two words. Counts their letters, and forgets the NUL.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char* join(const char* first, const char* second) {
  char* text = malloc(strlen(first) + 1 + strlen(second));
  return strcat(strcat(strcpy(text, first), " "), second);
}

int main(void) {
  char* greeting = join("hello,", "padlock users!!!!");
  puts(greeting);
  free(greeting);
  return 0;
}
