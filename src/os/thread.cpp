// The calling thread: ids, name, stack.
#include "os/thread.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <atomic>

#include "os/errno_keeper.h"
#include "os/file_reader.h"
#include "os/mapped_range.h"
#include "os/start_data.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr std::int32_t kUnknownId = -1;

// The kernel keeps other mappings at least this far from the main stack, and usually no stack is larger.
constexpr std::uintptr_t kMostMainStack = std::uintptr_t{128} << 20;

char* append(char* out, const char* text) noexcept {
  while (*text != '\0') *out++ = *text++;
  return out;
}

char* append(char* out, std::uint32_t number) noexcept {
  if (number >= 10) out = append(out, number / 10);
  *out++ = static_cast<char>('0' + number % 10);
  return out;
}

std::uintptr_t main_stack_limit() noexcept {
  rlimit limit{};
  if (!system_call(SYS_prlimit64, 0, RLIMIT_STACK, nullptr, &limit).ok() || limit.rlim_cur > kMostMainStack)
    return kMostMainStack;
  return limit.rlim_cur;
}

// The main stack grows on demand, so its lower bound is its limit and not what is mapped now.
AddressRange main_stack() noexcept {
  const std::uintptr_t inside = initial_stack_pointer();
  const AddressRange mapped = mapped_range(inside);
  const std::uintptr_t end = mapped.contains(inside) ? mapped.end : inside;
  const std::uintptr_t limit = main_stack_limit();
  return {end > limit ? end - limit : 0, end};
}

AddressRange thread_stack() noexcept {
  AddressRange stack;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return stack;
  void* begin = nullptr;
  std::size_t size = 0;
  if (pthread_attr_getstack(&attributes, &begin, &size) == 0) {
    stack.begin = reinterpret_cast<std::uintptr_t>(begin);
    stack.end = stack.begin + size;
  }
  pthread_attr_destroy(&attributes);
  return stack;
}

}  // namespace

// A confined process knows the ids of before, and does not ask.
std::int32_t thread_id() noexcept {
  static constinit thread_local std::int32_t known __attribute__((tls_model("initial-exec"))) = kUnknownId;
  if (!is_confined()) known = static_cast<std::int32_t>(system_call(SYS_gettid).value());
  return known;
}

std::int32_t process_id() noexcept {
  static constinit std::atomic<std::int32_t> known{kUnknownId};
  if (!is_confined()) {
    known.store(static_cast<std::int32_t>(system_call(SYS_getpid).value()), std::memory_order_relaxed);
  }
  return known.load(std::memory_order_relaxed);
}

void thread_name(std::int32_t thread, char (&name)[16]) noexcept {
  char path[64];
  char* end = append(path, "/proc/self/task/");
  end = append(append(end, static_cast<std::uint32_t>(thread)), "/comm");
  *end = '\0';
  FileReader file(path);
  std::size_t length = 0;
  for (int c = file.next(); c != FileReader::kEnd && c != '\n' && length < sizeof name - 1; c = file.next()) {
    name[length++] = static_cast<char>(c);
  }
  name[length] = '\0';
}

// /proc escapes two characters, so that a name is one line.
void own_thread_name(char (&name)[16]) noexcept {
  name[0] = '\0';
  system_call(SYS_prctl, PR_GET_NAME, &name[0]);
  for (const char* c = name; *c != '\0'; ++c) {
    if (*c == '\n' || *c == '\\') return thread_name(thread_id(), name);
  }
}

AddressRange stack_bounds() noexcept {
  if (is_confined()) return {};  // libc asks the kernel
  const ErrnoKeeper keeper;
  if (thread_id() == process_id()) {
    const AddressRange stack = main_stack();
    // In a child that was forked by another thread, the only thread runs on that thread's stack.
    if (stack.contains(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)))) return stack;
  }
  return thread_stack();
}

}  // namespace padlock::os
