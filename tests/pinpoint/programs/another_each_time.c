// status: 134
// Which block is damaged differs from run to run: then all of them are watched.
#include <fcntl.h>
#include <sys/stat.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

int main(void) {
  struct stat about;
  const int mark = open(getenv("MARK"), O_CREAT | O_APPEND | O_WRONLY, 0600);
  allocate_blocks();
  if (write(mark, "1", 1) != 1 || fstat(mark, &about) != 0) return 1;
  end_string(blocks[7 + about.st_size], kSize);
  free_blocks();
  return 0;
}
