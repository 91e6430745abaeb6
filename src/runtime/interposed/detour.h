// Calls that write into memory, of which the program only gives a bound: read(fd, to, size), fgets(to, size,
// file). How much is written is known afterwards, and a bound beyond the block is no bug where less comes. So
// where it is beyond, the call gets pages of its own to write to: what it wrote is looked at, reported where
// it is too much, and only then copied to where the program wanted it. The call itself stays as it is, one
// system call with the same length: a shorter one, or one that is split, means something else to datagrams
// and devices.
//
// The thread may be cancelled in the call: its end gives the pages back (lent_pages.h).
//
// Where there are no pages to be had, the call writes where the program said, and is looked at afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "os/socket_type.h"
#include "runtime/interposed/library_call.h"

namespace padlock::runtime {

/// What a call wrote: bytes from the beginning. Not exact: it may have written more, up to its bound.
struct Written {
  std::size_t size = 0;
  bool exact = true;
};
/// `result`: bytes, or less than 0 for none.
inline Written exactly(long result) noexcept { return {result > 0 ? static_cast<std::size_t>(result) : 0}; }
inline Written at_least(std::size_t size) noexcept { return {size, false}; }
/// A string with its NUL, where `found`.
Written at_least_text(bool found, const char* text) noexcept;

/// The room that a program says there is for the address of a socket, or an option's value. What it says
/// after the call is how much there was.
inline std::size_t room_by(const unsigned* length) noexcept { return length != nullptr ? *length : 0; }

/// Async-signal-safe; keeps errno.
class Detour {
 public:
  /// Whether up to `most` bytes may go beyond what is the program's at `to`.
  [[gnu::always_inline]] static bool is_needed(const void* to, std::size_t most) noexcept {
    return may_be_in_heap(to) && accessible_at(to) < most;
  }

  Detour(void* to, std::size_t most) noexcept;
  Detour(const Detour&) = delete;
  Detour& operator=(const Detour&) = delete;

  /// Where the call is to write: pages that begin with what the program has at `to`.
  template <typename Pointer>
  [[nodiscard]] Pointer place() const noexcept {
    return static_cast<Pointer>(pages_ != nullptr ? pages_ : to_);
  }
  /// After the call.
  void end(LibraryCall site, Written written) noexcept;

  /// What the call returned, to the program: a pointer to the place is one to its own memory.
  template <typename Result>
  [[nodiscard]] Result returned(Result result) const noexcept {
    if constexpr (std::is_pointer_v<Result>) {
      return result == place<Result>() ? static_cast<Result>(to_) : result;
    } else {
      return result;
    }
  }

 private:
  void* to_;
  std::size_t most_;  // bytes
  std::size_t room_;
  void* pages_ = nullptr;
};

/// struct iovec.
struct IoVector {
  void* base;
  std::size_t size;
};
/// struct msghdr.
struct IoMessage {
  void* name;
  std::uint32_t name_size;
  IoVector* vectors;
  std::size_t count;
  void* control;
  std::size_t control_size;
  int flags;
};

/// The kernel's own limit: it refuses a list that is longer without a look at it.
inline constexpr std::size_t kMostVectors = 1024;
inline std::size_t vectors_in(std::size_t count) noexcept { return count <= kMostVectors ? count : 0; }

/// The room for a call that receives. With MSG_TRUNC a stream's bytes are thrown away, and the result does
/// not show what was written: no bound to hold the call to. Of a datagram as much is written as there is room
/// for.
inline std::size_t received(int fd, std::size_t size, int flags) noexcept {
  constexpr int kTruncate = 0x20;
  return (flags & kTruncate) == 0 || os::receives_datagrams(fd) ? size : 0;
}

/// All that a call may read through `vectors`.
void check_gathered(LibraryCall site, const IoVector* vectors, std::size_t count) noexcept;
inline void check_gathered(LibraryCall site, const IoVector* vectors, int count) noexcept {
  check_gathered(site, vectors, static_cast<std::size_t>(count));
}
void check_gathered(LibraryCall site, const IoMessage* message) noexcept;

/// The same for calls that write to several places.
class ScatteredDetour {
 public:
  static bool is_needed(const IoVector* vectors, std::size_t count) noexcept;

  ScatteredDetour(IoVector* vectors, std::size_t count) noexcept;
  ScatteredDetour(const ScatteredDetour&) = delete;
  ScatteredDetour& operator=(const ScatteredDetour&) = delete;

  [[nodiscard]] IoVector* place() const noexcept { return own_ != nullptr ? own_ : given_; }
  /// `result`: bytes, or less than 0 for none.
  void end(LibraryCall site, long result) noexcept;

 private:
  IoVector* given_;
  std::size_t count_;
  IoVector* own_ = nullptr;  // the pages begin with them
  std::size_t size_ = 0;     // of the pages
};

}  // namespace padlock::runtime
