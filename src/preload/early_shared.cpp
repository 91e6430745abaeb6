// What must happen before any constructor, of other libraries too: the shared runtimes of the sanitizers end
// the process, or crash, where another library comes before them. A program that one of them is loaded into
// is started again without Padlock. And a processor that lacks what all other code here needs is named.
//
// The loader calls the resolver of an indirect function when it relocates this library: all modules are
// mapped, none is initialized, and of this library's own references those to data are bound, those to
// functions are not. So nothing here calls a function that is not inlined, and no loop is one that the
// compiler would make a call of (see CMakeLists.txt).
#include <cstddef>
#include <cstdint>

#include "arch/processor.h"
#include "os/link_map.h"
#include "os/system_call.h"

extern "C" void* __libc_stack_end;                                   // argc, argv, environment
extern "C" [[gnu::visibility("hidden")]] const char __ehdr_start[];  // where this library begins

namespace {

#define PADLOCK_INLINE [[gnu::always_inline]] inline

constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestPreload = 8192;

PADLOCK_INLINE std::size_t length_of(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

PADLOCK_INLINE bool starts_with(const char* text, const char* prefix) {
  while (*prefix != '\0' && *text == *prefix) ++text, ++prefix;
  return *prefix == '\0';
}

PADLOCK_INLINE const char* base_name(const char* path) {
  const char* name = path;
  for (; *path != '\0'; ++path) {
    if (*path == '/') name = path + 1;
  }
  return name;
}

// The sanitizer whose runtime the library at `path` is; null: of none that has an allocator.
PADLOCK_INLINE const char* sanitizer_of(const char* path) {
  const char* const name = base_name(path);
  if (starts_with(name, "libasan.so") || starts_with(name, "libclang_rt.asan")) return "AddressSanitizer";
  if (starts_with(name, "libtsan.so") || starts_with(name, "libclang_rt.tsan")) return "ThreadSanitizer";
  if (starts_with(name, "libhwasan.so") || starts_with(name, "libclang_rt.hwasan"))
    return "HWAddressSanitizer";
  if (starts_with(name, "liblsan.so") || starts_with(name, "libclang_rt.lsan")) return "LeakSanitizer";
  if (starts_with(name, "libclang_rt.msan")) return "MemorySanitizer";
  return nullptr;
}

class Line {
 public:
  PADLOCK_INLINE void append(const char* text) {
    for (; *text != '\0' && size_ < sizeof text_; ++text) text_[size_++] = *text;
  }
  PADLOCK_INLINE void append_number(long number) {
    char reversed[20];
    std::size_t count = 0;
    for (; number > 0; number /= 10) reversed[count++] = static_cast<char>('0' + number % 10);
    while (count > 0 && size_ < sizeof text_) text_[size_++] = reversed[--count];
  }
  PADLOCK_INLINE void write() { padlock::os::system_call(SYS_write, 2, text_, size_); }

 private:
  std::size_t size_ = 0;
  char text_[kLongestPath + 256];
};

PADLOCK_INLINE bool is_separator(char c) { return c == ':' || c == ' '; }

PADLOCK_INLINE bool is_entry(const char* entry, const char* self, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) {
    if (entry[i] != self[i]) return false;
  }
  return entry[length] == '\0' || is_separator(entry[length]);
}

// Copies "LD_PRELOAD=..." without this library; false if it is not there, or the text is too long.
PADLOCK_INLINE bool copy_without(const char* self, const char* variable, char (&copy)[kLongestPreload]) {
  const std::size_t length = length_of(self);
  bool found = false;
  std::size_t size = 0;
  for (const char* at = variable; *at != '\0';) {
    const bool begins = at == variable + sizeof "LD_PRELOAD" || (at > variable && is_separator(at[-1]));
    if (begins && is_entry(at, self, length)) {
      found = true;
      at += length;
      if (*at != '\0') ++at;
    } else {
      if (size + 1 == sizeof copy) return false;
      copy[size++] = *at++;
    }
  }
  copy[size] = '\0';
  return found;
}

PADLOCK_INLINE void start_again_without(const char* self, const char* sanitizer) {
  if (__libc_stack_end == nullptr) return;
  auto* const words = static_cast<char**>(__libc_stack_end);
  char** const arguments = words + 1;
  char** const environment = arguments + reinterpret_cast<std::intptr_t>(words[0]) + 1;
  char path[kLongestPath];
  const long length =
      padlock::os::system_call(SYS_readlink, "/proc/self/exe", path, sizeof path - 1).value_or(0);
  path[length] = '\0';
  for (char** variable = environment; *variable != nullptr; ++variable) {
    if (!starts_with(*variable, "LD_PRELOAD=")) continue;
    char copy[kLongestPreload];
    if (length == 0 || !copy_without(self, *variable, copy)) return;
    Line line;
    line.append("==");
    line.append_number(padlock::os::system_call(SYS_getpid).value());
    line.append("==WARNING: Padlock: nothing is guarded: ");
    line.append(path);
    line.append(" uses ");
    line.append(sanitizer);
    line.append(", so it is started again without Padlock\n");
    line.write();
    char* const before = *variable;
    *variable = copy;
    padlock::os::system_call(SYS_execve, path, arguments, environment);
    *variable = before;
    return;
  }
}

PADLOCK_INLINE void refuse_processor() {
  Line line;
  line.append("==");
  line.append_number(padlock::os::program_call(SYS_getpid).value());
  line.append("==ERROR: Padlock: ");
  line.append(padlock::arch::kNeedsInstructions);
  line.write();
  padlock::os::system_call(SYS_exit_group, 1);
}

void nothing() {}

}  // namespace

extern "C" {

[[gnu::used, gnu::visibility("hidden")]] void (*padlock_resolve_early())() {
  if (!padlock::arch::has_needed_instructions()) refuse_processor();
  const char* self = nullptr;
  const char* sanitizer = nullptr;
  padlock::os::for_each_linked_module([&](std::uintptr_t bias,
                                          const char* path) __attribute__((always_inline)) {
    if (bias == reinterpret_cast<std::uintptr_t>(__ehdr_start)) self = path;
    if (const char* const found = sanitizer_of(path); found != nullptr) sanitizer = found;
  });
  if (self != nullptr && sanitizer != nullptr) start_again_without(self, sanitizer);
  return nothing;
}

[[gnu::visibility("hidden")]] void padlock_early() __attribute__((ifunc("padlock_resolve_early")));
// Data that refers to the function: relocated, and the resolver called, at once.
[[gnu::used, gnu::visibility("hidden")]] void (*padlock_early_reference)() = padlock_early;

}  // extern "C"
