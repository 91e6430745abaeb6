// What the kernel knows of the test's own memory, and a kernel that refuses one call.
#pragma once

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <thread>

#include "os/guard.h"

namespace padlock::runtime {

// A sanitizer has terabytes of its own, so no limit leaves room for anything; nor can it do without mmap(2).
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryCanBeLimited = false;
#else
inline constexpr bool kMemoryCanBeLimited = true;
#endif

// Without a malloc in between, which may map.
inline std::size_t pages_mapped() {
  char text[32] = {};
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t got = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  return got > 0 ? std::strtoull(text, nullptr, 10) : 0;
}

// Whether the kernel has guard markers.
inline bool has_markers() {
  constexpr std::size_t kSize = 4096;
  void* const page = mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool installed = os::install_guard(page, kSize);
  munmap(page, kSize);
  return installed;
}

// Whether the test may write, and read, at an address. The byte there becomes 0.
inline bool is_writable(std::uintptr_t address) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const bool written = write(ends[1], "", 1) == 1 && read(ends[0], reinterpret_cast<void*>(address), 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return written;
}

inline bool is_readable(std::uintptr_t address) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const bool read = write(ends[1], reinterpret_cast<const void*>(address), 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return read;
}

// How many of the pages of [begin, end) are backed by memory.
inline std::size_t pages_backed(std::uintptr_t begin, std::uintptr_t end) {
  constexpr std::size_t kPage = 4096;
  std::size_t backed = 0;
  for (std::uintptr_t page = begin; page < end; page += kPage) {
    unsigned char resident = 0;
    if (mincore(reinterpret_cast<void*>(page), kPage, &resident) == 0) backed += resident & 1U;
  }
  return backed;
}

struct Refused {
  long call = 0;
  std::optional<std::uint32_t> third;  // its third argument; none: whatever it is
};

// In a thread of its own, in which the kernel answers that call with ENOMEM. False where it filters no calls.
template <typename Do>
bool where_refused(const Refused& refused, Do action) {
  bool filtered = false;
  std::thread([&] {
    const auto call = static_cast<std::uint32_t>(refused.call);
    const std::uint32_t third = refused.third.value_or(0);
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, third, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    if (refused.third) program[3] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, third, 0, 1);
    const sock_fprog whole{static_cast<unsigned short>(std::size(program)), program};
    filtered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) == 0;
    if (filtered) action();
  }).join();
  return filtered;
}

}  // namespace padlock::runtime
