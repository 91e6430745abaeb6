// The kernel answers with an error: numbers of the program that are no addresses.
// expect: nothing
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  errno = 0;
  if (write(1, (void*)-1L, 8) != -1 || errno != EFAULT) return 1;
  if (write(1, hide((void*)0x1234567812345678L), 8) != -1 || errno != EFAULT) return 1;
  if (open((const char*)-1L, O_RDONLY) != -1 || errno != EFAULT) return 1;
  if (open("/nowhere/at/all", O_RDONLY) != -1 || errno != ENOENT) return 1;
  return 0;
}
