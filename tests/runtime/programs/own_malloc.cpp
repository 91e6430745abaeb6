// A program with an allocator of its own: libc's functions, operators new and delete, everything has to use
// that one, also where memory from one family is released by another, which it allows.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

namespace {

alignas(16) char pool[1 << 22];
std::size_t used = 0;
bool begun = false;  // before, nothing may be freed: GNU Common Lisp has its heap ready no earlier

bool is_own(const void* pointer) { return pointer >= pool && pointer < pool + sizeof pool; }

}  // namespace

#pragma GCC visibility push(default)
extern "C" {
void* malloc(std::size_t size) {
  std::size_t* const block = reinterpret_cast<std::size_t*>(pool + used);
  used += (size + 31) & ~std::size_t{15};
  if (used > sizeof pool) std::_Exit(90);
  block[0] = size;
  return block + 2;
}
void free(void* pointer) {
  if (pointer != nullptr && !is_own(pointer)) std::_Exit(91);
  if (pointer != nullptr && !begun) std::_Exit(92);
}
void* calloc(std::size_t count, std::size_t size) {
  return std::memset(malloc(count * size), 0, count * size);
}
void* realloc(void* old, std::size_t size) {
  void* const moved = malloc(size);
  if (old == nullptr) return moved;
  const std::size_t kept = static_cast<std::size_t*>(old)[-2];
  return std::memcpy(moved, old, kept < size ? kept : size);
}
}

#pragma GCC visibility pop

int main() {
  begun = true;
  char* text = nullptr;
  if (asprintf(&text, "%d", 12345) < 0 || !is_own(text)) return 1;
  std::string* const volatile string = new std::string(100, 'x');
  if (!is_own(string) || !is_own(string->data())) return 2;
  delete string;
  int* const volatile numbers = new int[10];
  if (!is_own(numbers)) return 3;
  free(numbers);
  char* const volatile none = new (std::nothrow) char;
  if (!is_own(none)) return 4;
  delete none;
  free(text);
  return 0;
}
