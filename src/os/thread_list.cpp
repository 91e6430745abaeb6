// /proc/PROCESS/task, read without libc.
#include "os/thread_list.h"

#include <dirent.h>
#include <fcntl.h>

#include <cstddef>

#include "os/system_call.h"

namespace padlock::os {
namespace {

char* append(char* out, const char* text) noexcept {
  while (*text != '\0') *out++ = *text++;
  return out;
}

char* append(char* out, std::uint32_t number) noexcept {
  if (number >= 10) out = append(out, number / 10);
  *out++ = static_cast<char>('0' + number % 10);
  return out;
}

// "/proc/PROCESS/task" and what follows.
int open_task(std::int32_t process, std::int32_t thread, const char* file, int flags) noexcept {
  char path[64];
  char* end = append(append(append(path, "/proc/"), static_cast<std::uint32_t>(process)), "/task");
  if (thread != 0) end = append(append(append(end, "/"), static_cast<std::uint32_t>(thread)), file);
  *end = '\0';
  return static_cast<int>(system_call(SYS_openat, AT_FDCWD, &path[0], flags | O_CLOEXEC).value_or(-1));
}

struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  unsigned char type;
  char name[1];
};

std::int32_t number_in(const char* text) noexcept {
  std::int32_t number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) number = number * 10 + (*text - '0');
  return number;
}

}  // namespace

bool list_threads(std::int32_t process, void (*visit)(void*, std::int32_t), void* context) noexcept {
  const int directory = open_task(process, 0, "", O_RDONLY | O_DIRECTORY);
  if (directory < 0) return false;
  alignas(DirectoryEntry) char buffer[2048];
  for (;;) {
    const long size = system_call(SYS_getdents64, directory, &buffer[0], sizeof buffer).value_or(0);
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer + at);
      if (const std::int32_t thread = number_in(entry->name); thread != 0) visit(context, thread);
      at += entry->length;
    }
  }
  system_call(SYS_close, directory);
  return true;
}

bool thread_has_ended(std::int32_t process, std::int32_t thread) noexcept {
  const int file = open_task(process, thread, "/stat", O_RDONLY);
  if (file < 0) return true;
  char text[128] = {};
  const long size = system_call(SYS_read, file, &text[0], sizeof text - 1).value_or(0);
  system_call(SYS_close, file);
  long at = size;
  while (at > 0 && text[at - 1] != ')') --at;  // the name may hold anything
  return at + 1 < size && (text[at + 1] == 'Z' || text[at + 1] == 'X');
}

}  // namespace padlock::os
