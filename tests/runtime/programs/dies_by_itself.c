/* Programs that crash or are killed end as they would without Padlock. argv[1]: how. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char** argv) {
  CHECK(argc == 2);
  free(OPAQUE(malloc(1000000)));
  if (strcmp(argv[1], "null") == 0) *(volatile int*)OPAQUE((int*)0) = 1;
  if (strcmp(argv[1], "readonly") == 0) {
    *(volatile char*)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
  }
  if (strcmp(argv[1], "noncanonical") == 0) *(volatile char*)OPAQUE((char*)0x8000000000000000u) = 1;
  if (strcmp(argv[1], "killed") == 0) kill(getpid(), SIGSEGV);
  if (strcmp(argv[1], "bus") == 0) {
    char name[] = "/tmp/padlock_bus_XXXXXX";
    const int file = mkstemp(name);
    CHECK(file >= 0 && unlink(name) == 0);
    *(volatile char*)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) = 1;
  }
  if (strcmp(argv[1], "overflow") == 0) {
    const struct { char* name; } unused = {argv[0]};
    (void)unused;
    execl(argv[0], argv[0], "null", (char*)NULL);
  }
  return 0;
}
