// Functions of the same name in other modules, as the loader finds them. For the shared library alone: a
// static program has no loader.
#pragma once

namespace padlock::os {

/// The next definition of `name` behind this library's own; null if there is none. Takes the loader's lock.
/// Allocates nothing where no module defines the name.
void* next_symbol(const char* name) noexcept;
/// The definition that the program's own references are bound to; null as above.
void* program_symbol(const char* name) noexcept;
/// The definition in `library`, where that is loaded in whatever scope; null as above.
void* symbol_in(const char* library, const char* name) noexcept;

}  // namespace padlock::os
