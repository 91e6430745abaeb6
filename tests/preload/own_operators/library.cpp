// A library that may have operators of its own: OWN_OPERATORS defines them here, -static-libstdc++ links the
// C++ library's into it. Optimized, so that the last calls of its functions are jumps, of which no stack says
// a word.
#include "library.h"

#include <cstdlib>
#include <new>

#ifdef OWN_OPERATORS
#define OWN __attribute__((visibility("default")))
OWN void* operator new(std::size_t size) { return std::malloc(size + 8); }
OWN void operator delete(void* pointer) noexcept { std::free(pointer); }
OWN void operator delete(void* pointer, std::size_t) noexcept { std::free(pointer); }
#endif

Thing* make_thing() { return new Thing; }
void drop_thing(Thing* thing) { delete thing; }
