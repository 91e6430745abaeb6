// Requests that cannot be met: NULL and ENOMEM, bad_alloc from new, and the old block untouched.
// expect: nothing
#include <cerrno>
#include <new>

#include "../misuse.h"

static bool refused(void* pointer) {
  const bool result = pointer == nullptr && errno == ENOMEM;
  errno = 0;
  return result;
}

int main() {
  volatile std::size_t huge = SIZE_MAX - 50, half = SIZE_MAX / 2, large = std::size_t{1} << 46;
  char* block = static_cast<char*>(hide(malloc(100)));
  memset(block, 'k', 100);
  errno = 0;
  if (!refused(malloc(huge)) || !refused(malloc(half)) || !refused(malloc(large))) return 1;
  if (!refused(calloc(half, 3)) || !refused(calloc(huge, 1))) return 2;
  if (!refused(reallocarray(block, half, 4)) || !refused(realloc(block, huge))) return 3;
  if (!refused(aligned_alloc(64, huge - huge % 64))) return 4;
  if (block[0] != 'k' || block[99] != 'k') return 5;
  free(block);
  if (operator new(half, std::nothrow) != nullptr) return 6;
  try {
    hide(operator new(large));
    return 7;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}
