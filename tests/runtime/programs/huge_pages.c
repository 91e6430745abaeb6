/* huge_pages MB WANTED: so much in blocks, then whether the process asked for huge pages (1) or not (0) is as
   WANTED says. A kernel without them counts as right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int asked_for_huge_pages(void) {
  char line[512];
  int asked = 0;
  FILE* maps = fopen("/proc/self/smaps", "r");
  while (fgets(line, sizeof line, maps) != NULL) {
    asked |= strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg") != NULL;
  }
  fclose(maps);
  return asked;
}

int main(int argc, char** argv) {
  for (int i = 0; i < atoi(argv[1]) * 5000; ++i) memset(malloc(200), 1, 200);
  if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0) return 0;
  return asked_for_huge_pages() != atoi(argv[argc - 1]);
}
