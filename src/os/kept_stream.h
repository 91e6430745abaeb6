// A standard stream as it was when the process started. The program may close its descriptor, redirect it, or
// have another file under its number; Padlock's own duplicate still leads where the stream led.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace padlock::os {

/// Which file a descriptor leads to.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool known = false;

  [[nodiscard]] bool same(const FileIdentity& other) const noexcept {
    return known && other.known && device == other.device && inode == other.inode;
  }
};
FileIdentity identity_of(int fd) noexcept;

/// The duplicate lives in the process that was started ("home"), which is the one to whose end a reader of
/// the stream waits. A forked child loses it as soon as it lets go of the stream. Nothing that is remembered
/// is trusted: a descriptor is used only while it leads to the same file. Thread-safe, async-signal-safe.
class KeptStream {
 public:
  constexpr explicit KeptStream(int number) noexcept : number_(number) {}

  /// Start-up: makes the duplicate, close-on-exec, at a number that programs do not come across; none where
  /// the process may have few descriptors only.
  void keep() noexcept;

  /// Where to write; -1 if the stream is lost. Without keep(): its number, whatever is there.
  [[nodiscard]] int descriptor() const noexcept;

  // What the program is about to do.

  /// It closes `fd`. True if it must not be let: the duplicate is none of its descriptors.
  [[nodiscard]] bool hold(int fd) const noexcept;
  /// The duplicate's number, if it is `from` or above; otherwise ~0.
  [[nodiscard]] unsigned kept_from(unsigned from) const noexcept {
    const auto kept = static_cast<unsigned>(kept_.load(std::memory_order_relaxed));
    return kept >= from ? kept : ~0U;
  }
  void on_close(int fd) noexcept;
  /// It makes `to` a duplicate of `from`.
  void on_redirect(int from, int to) noexcept;
  /// It opens another file under the stream's number (freopen).
  void on_reopen() noexcept;
  /// It becomes a daemon, or leaves its session.
  void on_detach() noexcept;

  /// In a forked child, for which fork handlers run.
  void after_fork() noexcept;

 private:
  void leave() noexcept;
  [[nodiscard]] bool at_home() const noexcept;
  [[nodiscard]] bool owns_memory() const noexcept;

  const int number_;
  std::atomic<int> kept_{-1};
  pid_t home_ = 0;   // 0: keep() was not called
  pid_t owner_ = 0;  // the process whose memory this is: not so in the child of a vfork
  FileIdentity original_;
  FileIdentity chosen_;  // by the program, which has redirected the stream
  bool reopened_ = false;
};

}  // namespace padlock::os
