// Memory and strings a byte at a time: for code that runs where nothing may be called, not even libc's
// memcpy. Always inlined; the empty assembly keeps the compiler from making a call of a loop.
#pragma once

#include <cstddef>

namespace padlock::plain {

#define PADLOCK_PLAIN [[gnu::always_inline]] inline
#define PADLOCK_NO_IDIOM() __asm__ volatile("" ::: "memory")

PADLOCK_PLAIN void* memcpy(void* to, const void* from, std::size_t size) noexcept {
  auto* const bytes = static_cast<unsigned char*>(to);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<const unsigned char*>(from)[i];
    PADLOCK_NO_IDIOM();
  }
  return to;
}

PADLOCK_PLAIN void* memmove(void* to, const void* from, std::size_t size) noexcept {
  if (to <= from) return memcpy(to, from, size);
  auto* const bytes = static_cast<unsigned char*>(to);
  for (std::size_t i = size; i > 0; --i) {
    bytes[i - 1] = static_cast<const unsigned char*>(from)[i - 1];
    PADLOCK_NO_IDIOM();
  }
  return to;
}

PADLOCK_PLAIN void* mempcpy(void* to, const void* from, std::size_t size) noexcept {
  return static_cast<unsigned char*>(memcpy(to, from, size)) + size;
}

PADLOCK_PLAIN void* memset(void* to, int byte, std::size_t size) noexcept {
  auto* const bytes = static_cast<unsigned char*>(to);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<unsigned char>(byte);
    PADLOCK_NO_IDIOM();
  }
  return to;
}

PADLOCK_PLAIN void bzero(void* to, std::size_t size) noexcept { memset(to, 0, size); }

PADLOCK_PLAIN int memcmp(const void* a, const void* b, std::size_t size) noexcept {
  const auto* const one = static_cast<const unsigned char*>(a);
  const auto* const other = static_cast<const unsigned char*>(b);
  for (std::size_t i = 0; i < size; ++i) {
    if (one[i] != other[i]) return one[i] - other[i];
    PADLOCK_NO_IDIOM();
  }
  return 0;
}

PADLOCK_PLAIN int bcmp(const void* a, const void* b, std::size_t size) noexcept { return memcmp(a, b, size); }

PADLOCK_PLAIN void* memchr(const void* in, int byte, std::size_t size) noexcept {
  const auto* const bytes = static_cast<const unsigned char*>(in);
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] == static_cast<unsigned char>(byte)) return const_cast<unsigned char*>(bytes + i);
    PADLOCK_NO_IDIOM();
  }
  return nullptr;
}

PADLOCK_PLAIN std::size_t strnlen(const char* text, std::size_t most) noexcept {
  std::size_t length = 0;
  while (length < most && text[length] != '\0') {
    ++length;
    PADLOCK_NO_IDIOM();
  }
  return length;
}

PADLOCK_PLAIN std::size_t strlen(const char* text) noexcept { return strnlen(text, ~std::size_t{0}); }

PADLOCK_PLAIN char* strcpy(char* to, const char* from) noexcept {
  return static_cast<char*>(memcpy(to, from, strlen(from) + 1));
}

PADLOCK_PLAIN char* strncpy(char* to, const char* from, std::size_t size) noexcept {
  const std::size_t length = strnlen(from, size);
  memset(static_cast<char*>(memcpy(to, from, length)) + length, 0, size - length);
  return to;
}

// As much as `size` bytes hold with a NUL; how long the whole would be.
PADLOCK_PLAIN std::size_t strlcpy(char* to, const char* from, std::size_t size) noexcept {
  const std::size_t length = strlen(from);
  if (size == 0) return length;
  const std::size_t copied = length < size ? length : size - 1;
  memcpy(to, from, copied);
  to[copied] = '\0';
  return length;
}

PADLOCK_PLAIN std::size_t strlcat(char* to, const char* from, std::size_t size) noexcept {
  const std::size_t before = strnlen(to, size);
  return before + strlcpy(to + before, from, size - before);
}

PADLOCK_PLAIN char* strcat(char* to, const char* from) noexcept {
  strcpy(to + strlen(to), from);
  return to;
}

PADLOCK_PLAIN int strncmp(const char* a, const char* b, std::size_t most) noexcept {
  for (std::size_t i = 0; i < most; ++i) {
    const auto one = static_cast<unsigned char>(a[i]);
    const auto other = static_cast<unsigned char>(b[i]);
    if (one != other) return one - other;
    if (one == 0) return 0;
    PADLOCK_NO_IDIOM();
  }
  return 0;
}

PADLOCK_PLAIN int strcmp(const char* a, const char* b) noexcept { return strncmp(a, b, ~std::size_t{0}); }

PADLOCK_PLAIN char* strchr(const char* text, int byte) noexcept {
  for (;; ++text) {
    if (*text == static_cast<char>(byte)) return const_cast<char*>(text);
    if (*text == '\0') return nullptr;
    PADLOCK_NO_IDIOM();
  }
}

PADLOCK_PLAIN char* strrchr(const char* text, int byte) noexcept {
  for (std::size_t at = strlen(text) + 1; at > 0; --at) {
    if (text[at - 1] == static_cast<char>(byte)) return const_cast<char*>(text + at - 1);
    PADLOCK_NO_IDIOM();
  }
  return nullptr;
}

// The fortified variants; their last argument is the room at `to`, which Padlock knows better.
PADLOCK_PLAIN void* __memcpy_chk(void* to, const void* from, std::size_t size, std::size_t) noexcept {
  return memcpy(to, from, size);
}
PADLOCK_PLAIN void* __memmove_chk(void* to, const void* from, std::size_t size, std::size_t) noexcept {
  return memmove(to, from, size);
}
PADLOCK_PLAIN void* __mempcpy_chk(void* to, const void* from, std::size_t size, std::size_t) noexcept {
  return mempcpy(to, from, size);
}
PADLOCK_PLAIN void* __memset_chk(void* to, int byte, std::size_t size, std::size_t) noexcept {
  return memset(to, byte, size);
}
PADLOCK_PLAIN char* __strcpy_chk(char* to, const char* from, std::size_t) noexcept {
  return strcpy(to, from);
}

#undef PADLOCK_PLAIN
#undef PADLOCK_NO_IDIOM

}  // namespace padlock::plain
