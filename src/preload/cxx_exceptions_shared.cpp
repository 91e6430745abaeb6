// In place of the part of the C++ library, linked into the shared library, that has memory for exceptions:
// that part allocates a reserve when it is loaded, which would be the process's first block, and a neighbour
// in reports. Only the child that looks up names throws (trace/symbolizer.cpp); it then ends, as it would
// behind its catch.
#include <cstddef>

#include "os/raw_io.h"

extern "C" {

void* __cxa_allocate_exception(std::size_t /*size*/) noexcept { padlock::os::exit_now(1); }
void __cxa_free_exception(void* /*exception*/) noexcept {}
void* __cxa_allocate_dependent_exception() noexcept { padlock::os::exit_now(1); }
void __cxa_free_dependent_exception(void* /*exception*/) noexcept {}
}
