// padlock_differential FILE...: plays scripts of calls on whatever allocator the process has, and prints what
// each call came to, in words that allocators can be compared by (fuzz/differential/compare.py). Nothing of
// Padlock is linked. Files named *.program are programs of a heap (program/program.h), files named *.calls
// scripts of calls; their number begins each line.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <condition_variable>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "differential/call.h"
#include "differential/family.h"

namespace {

using namespace padlock::fuzz;

// Beyond, no allocator need have the memory: what comes back is given back at once.
constexpr std::size_t kMostKept = std::size_t{8} << 20;
constexpr std::size_t kAlwaysAligned = alignof(std::max_align_t);

// One line at a time to standard output, by way of no allocator.
class Output {
 public:
  ~Output() { flush(); }
  __attribute__((format(printf, 2, 3))) void add(const char* format, ...) {
    if (kRoom - used_ < 1024) flush();
    std::va_list arguments;
    va_start(arguments, format);
    used_ += static_cast<std::size_t>(std::vsnprintf(text_ + used_, kRoom - used_, format, arguments));
    va_end(arguments);
  }
  void flush() {
    for (std::size_t at = 0; at < used_;) {
      const ssize_t done = ::write(1, text_ + at, used_ - at);
      if (done <= 0) _exit(3);
      at += static_cast<std::size_t>(done);
    }
    used_ = 0;
  }

 private:
  static constexpr std::size_t kRoom = std::size_t{1} << 16;
  char text_[kRoom] = {};
  std::size_t used_ = 0;
};
Output out;

// A second thread that makes a call while the first one waits: the order is the script's.
class Helper {
 public:
  Helper() : thread_([this] { work(); }) {}
  ~Helper() {
    run(nullptr);
    thread_.join();
  }
  void run(const std::function<void()>* task) {
    std::unique_lock lock(mutex_);
    task_ = task;
    given_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !given_; });
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return given_; });
      const std::function<void()>* const task = task_;
      if (task != nullptr) (*task)();
      given_ = false;
      changed_.notify_all();
      if (task == nullptr) return;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* task_ = nullptr;
  bool given_ = false;
  std::thread thread_;
};

struct Held {
  unsigned char* memory = nullptr;
  std::size_t size = 0;
  std::size_t alignment = 0;
  Family family = Family::kMalloc;
  unsigned char seed = 0;
};

// Eight bytes at a time, as most of a run is spent here.
std::uint64_t word_at(unsigned char seed, std::size_t index) {
  return (index + 1 + (std::uint64_t{seed} << 32)) * 0x9E3779B97F4A7C15U;
}

void fill_bytes(unsigned char* memory, std::size_t size, unsigned char seed) {
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    const std::uint64_t word = word_at(seed, i / sizeof word);
    std::memcpy(memory + i, &word, std::min(sizeof word, size - i));
  }
}

bool holds(const unsigned char* memory, std::size_t size, unsigned char seed) {
  bool kept = true;
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    const std::uint64_t word = word_at(seed, i / sizeof word);
    kept &= std::memcmp(memory + i, &word, std::min(sizeof word, size - i)) == 0;
  }
  return kept;
}

bool is_zero(const unsigned char* memory, std::size_t size) {
  return std::all_of(memory, memory + size, [](unsigned char byte) { return byte == 0; });
}

bool is_power_of_two(std::size_t value) { return value != 0 && (value & (value - 1)) == 0; }

std::size_t asked_of(const Call& call) {
  std::size_t bytes = call.size();
  if (call.family == Family::kOfLibc) return bytes + 1;
  if (call.family == Family::kPvalloc && bytes <= kMostKept) return (bytes + 4095) / 4096 * 4096;
  const bool counted = call.family == Family::kCalloc || call.family == Family::kReallocArray;
  if (counted && __builtin_mul_overflow(call.count(), call.size(), &bytes)) return SIZE_MAX;
  return bytes;
}

bool has_alignment(Family family) {
  return (family >= Family::kAlignedAlloc && family <= Family::kMemalign) ||
         (family >= Family::kNewAligned && family <= Family::kNewAlignedNothrow);
}

bool is_of_pages(Family family) { return family == Family::kValloc || family == Family::kPvalloc; }

// One that is no power of two counts as the next.
std::size_t promised_alignment(const Call& call) {
  constexpr std::size_t kLargest = std::size_t{1} << 62;
  if (is_of_pages(call.family)) return 4096;
  return has_alignment(call.family) && call.alignment() <= kLargest ? std::bit_ceil(call.alignment()) : 1;
}

// Some allocators break by an alignment that is no power of two: PADLOCK_DIFFERENTIAL=even spares them.
const bool odd_alignments = std::getenv("PADLOCK_DIFFERENTIAL") == nullptr;

// Every allocator has to serve it.
bool must_succeed(const Call& call) {
  if (asked_of(call) > kMostKept) return false;
  if (!has_alignment(call.family)) return true;
  if (!is_power_of_two(call.alignment())) return false;
  return call.family != Family::kPosixMemalign || call.alignment() >= sizeof(void*);
}

bool comes_from_operator(Family family) {
  return family >= Family::kNew && family <= Family::kNewAlignedNothrow;
}

class Script {
 public:
  Script(unsigned number, Helper& helper) : number_(number), helper_(helper) {}

  void play(const std::vector<Call>& calls) {
    for (const Call& call : calls) {
      const std::function<void()> task = [&] { step(call); };
      if (call.by_helper()) {
        helper_.run(&task);
      } else {
        task();
      }
      ++at_;
    }
    for (std::size_t i = 0; i < kPlaces; ++i) {
      if (places_[i].memory != nullptr) give_back(places_[i], false);
    }
    out.add("%u end kept=%s\n", number_, damaged_ == 0 ? "ok" : "BAD");
  }

 private:
  void step(const Call& call) {
    Held& held = places_[call.place];
    switch (call.family) {
      case Family::kFree:
        return give_back_at_request(held, call);
      case Family::kUsableSize:
        if (held.memory != nullptr) {
          begin(call);
          out.add(" usable=%s\n", usable_of(held.memory, held.size));
        }
        return;
      case Family::kWrite:
        if (held.memory != nullptr) fill(held, held.size, call.extra);
        return;
      case Family::kNothing:
        errno = call.errno_before();
        begin(call);
        out.add(" usable=%zu", do_nothing());
        out.add(" errno=%s\n", name_of_errno(errno, call.errno_before()));
        return;
      case Family::kTrim:
        malloc_trim(0);
        return;
      case Family::kRealloc:
      case Family::kReallocArray:
        if (held.memory != nullptr && comes_from_operator(held.family)) return;
        return resize(held, call);
      default:
        return fresh(held, call);
    }
  }

  // "12 7 calloc(3, 24) from=0": the script, the call and its arguments.
  void begin(const Call& call) {
    out.add("%u %u %s", number_, at_, name_of(call.family));
    if (call.family < Family::kFree) {
      const bool counted = call.family == Family::kCalloc || call.family == Family::kReallocArray;
      if (has_alignment(call.family)) out.add(" alignment=%zx", call.alignment());
      if (counted) out.add(" count=%zx", call.count());
      out.add(" size=%zx", call.size());
    }
    out.add(" ->");
  }

  static const char* name_of_errno(int error, int before) {
    if (error == before) return "same";
    if (error == ENOMEM) return "ENOMEM";
    if (error == EINVAL) return "EINVAL";
    return "OTHER";
  }

  static const char* usable_of(void* memory, std::size_t asked) {
    const std::size_t usable = malloc_usable_size(memory);
    return usable < asked ? "LESS" : usable == asked ? "exact" : "more";
  }

  void describe(const Call& call, const Outcome& outcome) {
    const char* const result = outcome.threw ? "bad_alloc" : outcome.memory != nullptr ? "block" : "null";
    out.add(" result=%s errno=%s", result, name_of_errno(outcome.error, call.errno_before()));
    if (call.family == Family::kPosixMemalign) {
      out.add(" status=%s%s", outcome.status == 0 ? "0" : name_of_errno(outcome.status, 0),
              outcome.wrote ? " pointer=written" : "");
    }
    if (outcome.handled != 0) out.add(" handler=%u", outcome.handled);
    if (outcome.memory != nullptr) describe_block(call, outcome.memory);
  }

  // "natural": as every object of that size needs it, but not as max_align_t.
  void describe_block(const Call& call, void* memory) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    const std::size_t promised = promised_alignment(call);
    const std::size_t asked = asked_of(call);
    const bool small = asked < kAlwaysAligned;
    if (address % promised != 0 || address % (small ? 8 : kAlwaysAligned) != 0) {
      out.add(" aligned=BAD");
    } else {
      out.add(" aligned=%s", address % kAlwaysAligned == 0 ? "ok" : "natural");
    }
    out.add(" usable=%s", usable_of(memory, asked));
    if (call.family == Family::kCalloc && asked <= kMostKept) {
      out.add(" zero=%s", is_zero(static_cast<unsigned char*>(memory), asked) ? "ok" : "BAD");
    }
    if (call.family == Family::kOfLibc) {
      out.add(" text=%s", std::strlen(static_cast<char*>(memory)) == call.size() ? "ok" : "BAD");
    }
  }

  void fresh(Held& held, const Call& call) {
    if (held.memory != nullptr) give_back(held, false);
    Call made = call;
    // libc's functions get what they can print, and what allocators can do.
    if (made.family == Family::kOfLibc)
      made.size_code = static_cast<std::uint16_t>(1 + made.size_code % 4000);
    if (!is_provided(made.family) ||
        (!odd_alignments && has_alignment(made.family) && !is_power_of_two(made.alignment()))) {
      out.add("%u %u %s -> absent\n", number_, at_, name_of(made.family));
      // The script goes on as it does elsewhere.
      if (!must_succeed(made)) return;
      made.family = Family::kMalloc;
      void* const memory = allocate(made, nullptr).memory;
      if (memory != nullptr) keep(held, made, memory);
      return;
    }
    const Outcome outcome = allocate(made, nullptr);
    begin(made);
    describe(made, outcome);
    if (outcome.memory != nullptr) keep(held, made, outcome.memory);
    out.add("\n");
  }

  void keep(Held& held, const Call& call, void* memory) {
    held = {static_cast<unsigned char*>(memory), asked_of(call), call.alignment(), call.family, 0};
    if (!must_succeed(call)) return give_back(held, true);
    fill(held, std::max(held.size, malloc_usable_size(memory)), static_cast<std::uint8_t>(at_ * 37 + 1));
  }

  void resize(Held& held, const Call& call) {
    const Held before = held;
    const std::size_t asked = asked_of(call);
    const Outcome outcome = allocate(call, held.memory);
    begin(call);
    out.add(" of=%s", before.memory == nullptr ? "null" : "block");
    describe(call, outcome);
    // A size of zero: freed or kept, which allocators differ in.
    if (asked == 0 && before.memory != nullptr) {
      if (outcome.memory != nullptr) release(Family::kMalloc, false, outcome.memory, 0, 0);
      held = {};
    } else if (outcome.memory != nullptr) {
      held = before;
      held.memory = static_cast<unsigned char*>(outcome.memory);
      const bool kept = asked > kMostKept || holds(held.memory, std::min(asked, before.size), held.seed);
      out.add(" kept=%s", kept ? "ok" : "BAD");
      keep(held, call, outcome.memory);
    } else if (before.memory != nullptr) {
      out.add(" kept=%s", holds(before.memory, before.size, before.seed) ? "ok" : "BAD");
    }
    out.add("\n");
  }

  static void fill(Held& held, std::size_t size, std::uint8_t seed) {
    held.seed = seed | 1U;  // never zero, which is a block that was not filled
    fill_bytes(held.memory, size, held.seed);
  }

  void give_back_at_request(Held& held, const Call& call) {
    if (held.memory == nullptr) return;
    errno = call.errno_before();
    give_back(held, call.extra % 2 != 0);
    const int after = errno;
    begin(call);
    out.add(" errno=%s\n", name_of_errno(after, call.errno_before()));
  }

  void give_back(Held& held, bool sized) {
    const int before = errno;
    const bool filled = must_hold(held);
    if (filled && !holds(held.memory, held.size, held.seed)) ++damaged_;
    errno = before;
    // jemalloc 5.3 puts an aligned block of no bytes, given back by its size, to those of another class.
    const bool by_size = sized && held.size != 0;
    release(held.family, by_size, held.memory, held.size, held.alignment);
    held = {};
  }

  // Blocks beyond what is kept were never filled.
  static bool must_hold(const Held& held) { return held.size <= kMostKept && held.seed != 0; }

  unsigned number_;
  Helper& helper_;
  unsigned at_ = 0;
  unsigned damaged_ = 0;
  std::array<Held, kPlaces> places_{};
};

}  // namespace

int main(int argc, char** argv) {
  Helper helper;
  for (int i = 1; i < argc; ++i) {
    std::ifstream stream(argv[i], std::ios::binary);
    if (!stream) {
      std::fprintf(stderr, "cannot read %s\n", argv[i]);
      return 1;
    }
    const std::vector<char> read{std::istreambuf_iterator<char>(stream), {}};
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(read.data()), read.size());
    const bool is_program = std::string_view(argv[i]).ends_with(".program");
    Script(static_cast<unsigned>(i - 1), helper)
        .play(is_program ? calls_of_program(bytes) : decode_calls(bytes));
    out.flush();
  }
  return 0;
}
