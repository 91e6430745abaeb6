// What Padlock's own code, and what is linked into the library with it, calls in place of libc's functions
// that the library exports: the linker gives references to NAME to __wrap_NAME (see CMakeLists.txt), so that
// no call of Padlock's own goes through a wrapper. Before the library is started, plain code carries them
// out.
#include <cstdarg>
#include <cstddef>

#include "base/plain_memory.h"
#include "preload/exported.h"
#include "preload/pass_through.h"

// `early`: what to do before the library is started.
// NOLINTBEGIN(bugprone-macro-parentheses): argument lists and statements.
#define PADLOCK_OWN_CALL(type, name, parameters, arguments, early)                 \
  extern padlock::preload::PassThrough padlock_pass_through_##name;                \
  PADLOCK_OWN type __wrap_##name parameters {                                      \
    void* next = padlock_pass_through_##name.next.load(std::memory_order_relaxed); \
    if (next == nullptr) [[unlikely]]                                              \
      early;                                                                       \
    return reinterpret_cast<decltype(&__wrap_##name)>(next) arguments;             \
  }
// NOLINTEND(bugprone-macro-parentheses)
#define PADLOCK_OWN_PLAIN_CALL(type, name, parameters, arguments) \
  PADLOCK_OWN_CALL(type, name, parameters, arguments, return padlock::plain::name arguments)
// One that makes a list of its arguments and calls `of_list` with it.
#define PADLOCK_OWN_LIST_CALL(type, name, parameters, arguments, of_list) \
  PADLOCK_OWN type __wrap_##name parameters {                             \
    va_list list;                                                         \
    va_start(list, format);                                               \
    type result = __wrap_##of_list arguments;                             \
    va_end(list);                                                         \
    return result;                                                        \
  }
#define PADLOCK_OWN_NEXT_CALL(type, name, parameters, arguments) \
  PADLOCK_OWN_CALL(type, name, parameters, arguments,            \
                   next = padlock::preload::next_of(padlock_pass_through_##name))

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names.
PADLOCK_OWN_PLAIN_CALL(void*, memcpy, (void* to, const void* from, std::size_t size), (to, from, size))
PADLOCK_OWN_PLAIN_CALL(void*, memmove, (void* to, const void* from, std::size_t size), (to, from, size))
PADLOCK_OWN_PLAIN_CALL(void*, mempcpy, (void* to, const void* from, std::size_t size), (to, from, size))
PADLOCK_OWN_PLAIN_CALL(void*, memset, (void* to, int byte, std::size_t size), (to, byte, size))
PADLOCK_OWN_PLAIN_CALL(int, memcmp, (const void* a, const void* b, std::size_t size), (a, b, size))
PADLOCK_OWN_PLAIN_CALL(int, bcmp, (const void* a, const void* b, std::size_t size), (a, b, size))
PADLOCK_OWN_PLAIN_CALL(void*, memchr, (const void* in, int byte, std::size_t size), (in, byte, size))
PADLOCK_OWN_PLAIN_CALL(std::size_t, strlen, (const char* text), (text))
PADLOCK_OWN_PLAIN_CALL(std::size_t, strnlen, (const char* text, std::size_t most), (text, most))
PADLOCK_OWN_PLAIN_CALL(int, strcmp, (const char* a, const char* b), (a, b))
PADLOCK_OWN_PLAIN_CALL(int, strncmp, (const char* a, const char* b, std::size_t most), (a, b, most))
PADLOCK_OWN_PLAIN_CALL(char*, strchr, (const char* text, int byte), (text, byte))
PADLOCK_OWN_PLAIN_CALL(char*, strrchr, (const char* text, int byte), (text, byte))
PADLOCK_OWN_PLAIN_CALL(char*, strcpy, (char* to, const char* from), (to, from))
PADLOCK_OWN_PLAIN_CALL(char*, strcat, (char* to, const char* from), (to, from))
PADLOCK_OWN_NEXT_CALL(int, strncasecmp, (const char* a, const char* b, std::size_t most), (a, b, most))
PADLOCK_OWN_NEXT_CALL(long, read, (int fd, void* to, std::size_t size), (fd, to, size))
PADLOCK_OWN_NEXT_CALL(int, open, (const char* path, int flags, unsigned mode), (path, flags, mode))
PADLOCK_OWN_NEXT_CALL(int, fstat, (int fd, void* status), (fd, status))
PADLOCK_OWN_NEXT_CALL(int, lstat, (const char* path, void* status), (path, status))
PADLOCK_OWN_NEXT_CALL(long, readlink, (const char* path, char* to, std::size_t size), (path, to, size))
PADLOCK_OWN_NEXT_CALL(int, fputs, (const char* text, void* file), (text, file))
PADLOCK_OWN_NEXT_CALL(std::size_t, fwrite,
                      (const void* from, std::size_t size, std::size_t count, void* file),
                      (from, size, count, file))
PADLOCK_OWN_NEXT_CALL(int, vfprintf, (void* file, const char* format, va_list list), (file, format, list))
PADLOCK_OWN_NEXT_CALL(int, vsprintf, (char* to, const char* format, va_list list), (to, format, list))
PADLOCK_OWN_NEXT_CALL(int, vsnprintf, (char* to, std::size_t size, const char* format, va_list list),
                      (to, size, format, list))
PADLOCK_OWN_LIST_CALL(int, fprintf, (void* file, const char* format, ...), (file, format, list), vfprintf)
PADLOCK_OWN_LIST_CALL(int, sprintf, (char* to, const char* format, ...), (to, format, list), vsprintf)
PADLOCK_OWN_LIST_CALL(int, snprintf, (char* to, std::size_t size, const char* format, ...),
                      (to, size, format, list), vsnprintf)
// NOLINTEND(bugprone-reserved-identifier)
