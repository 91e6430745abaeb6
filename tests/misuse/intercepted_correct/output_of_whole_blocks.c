// Every byte of blocks is written out, and none where there is none.
// expect: nothing
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  FILE* file = fopen("/dev/null", "w");
  int ends[2];
  if (file == NULL || pipe(ends) != 0) return 1;
  char* block = hide(strdup("forty two"));
  char back[10];
  if (write(ends[1], block, 10) != 10 || read(ends[0], back, 10) != 10 || strcmp(back, block) != 0) return 2;
  if (write(ends[1], block + 10, 0) != 0 || write(-1, block, 10) != -1 || errno != EBADF) return 3;
  if (fwrite(block, 5, 2, file) != 2 || fwrite(block + 10, 0, 7, file) != 0 || fputs(block, file) < 0)
    return 4;
  fclose(file);
  free(block);
  return 0;
}
