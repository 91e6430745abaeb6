// Any CIE and FDE through the call-frame interpreter: nothing outside them is read, and the same bytes give
// the same rule. Then any rules over any stack: a walk goes where an independent reading of the rules leads,
// and the memo's answer is that of a walk.
#include <sys/mman.h>

#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "model/require.h"
#include "support/feed.h"
#include "support/operations.h"
#include "trace/cfi_interpreter.h"
#include "trace/frame_step.h"
#include "trace/memo_entry.h"

namespace {

using namespace padlock::trace;
using padlock::fuzz::Feed;
using padlock::fuzz::Operations;
using padlock::fuzz::require;

bool same(const UnwindRule& a, const UnwindRule& b) {
  return a.cfa == b.cfa && a.cfa_offset == b.cfa_offset && a.fp == b.fp && a.fp_words == b.fp_words;
}

// Copies on the heap, so that a read past either is seen.
std::vector<std::uint8_t> copy_of(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

void interpret(Feed& feed) {
  const std::uint8_t cie_size = feed.byte();
  const auto offset = feed.number<std::uint16_t>();
  const std::vector<std::uint8_t> cie = copy_of(feed.bytes(cie_size));
  const std::vector<std::uint8_t> fde = copy_of(feed.rest());
  constexpr std::uintptr_t kFunction = 0x401000;
  const FrameDescription description{cie, fde, kFunction};
  const UnwindRule rule = compute_rule(description, kFunction + offset);
  require(rule.cfa <= CfaRule::kHard && rule.fp <= FpRule::kAtFp, "a rule is one of the rules");
  require(same(rule, compute_rule(description, kFunction + offset)), "the same bytes give the same rule");
}

constexpr std::size_t kWords = 64;
constexpr std::size_t kRules = 8;
constexpr std::size_t kDepth = 16;
constexpr std::uintptr_t kWord = sizeof(std::uintptr_t);

// A page with the stack at its end, between pages that nobody can read, at the same address every time if
// that is free: what a walk finds when it leaves the stack must not depend on the process.
std::uintptr_t* map_stack() {
  constexpr std::uintptr_t kPlace = 0x200000000000;
  constexpr std::size_t kPage = 4096;
  void* const mapped = mmap(reinterpret_cast<void*>(kPlace), 3 * kPage, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(mapped != MAP_FAILED, "the harness gets its memory");
  auto* const page = static_cast<std::byte*>(mapped) + kPage;
  require(mprotect(page, kPage, PROT_READ | PROT_WRITE) == 0, "the harness gets its memory");
  auto* const words = reinterpret_cast<std::uintptr_t*>(page);
  constexpr std::size_t kBelow = kPage / kWord - kWords;
  for (std::size_t i = 0; i < kBelow; ++i) words[i] = 0x400000U + i % 100;
  return words + kBelow;
}

struct Scene {
  std::span<std::uintptr_t, kWords> stack = words();
  std::array<UnwindRule, kRules> rules{};
  FrameState start;

  // There is one stack for all scenes, as there is one scene at a time.
  static std::span<std::uintptr_t, kWords> words() {
    static std::uintptr_t* const first = map_stack();
    return std::span<std::uintptr_t, kWords>(first, kWords);
  }
  [[nodiscard]] std::uintptr_t base() const { return reinterpret_cast<std::uintptr_t>(stack.data()); }
  [[nodiscard]] const UnwindRule& rule_at(std::uintptr_t pc) const { return rules[pc % kRules]; }
};

// A small code address, an address on this stack, or anything.
std::uintptr_t any_word(Feed& feed, const Scene& scene) {
  const std::uint8_t choice = feed.byte();
  if (choice < 100) return 0x400000U + choice;
  if (choice < 200) return scene.base() + (choice - 100U) % kWords * kWord;
  return feed.number<std::uintptr_t>();
}

void fill(Feed& feed, Scene& scene) {
  for (UnwindRule& rule : scene.rules) {
    rule.cfa = static_cast<CfaRule>(feed.byte() % 6);
    rule.fp = static_cast<FpRule>(feed.byte() % 3);
    rule.cfa_offset = static_cast<std::int8_t>(feed.byte()) * 8;
    rule.fp_words = static_cast<std::int8_t>(feed.byte());
  }
  scene.start = {any_word(feed, scene), scene.base() + feed.byte() % kWords * kWord, any_word(feed, scene)};
  for (std::uintptr_t& word : scene.stack) word = any_word(feed, scene);
}

using Pcs = std::vector<std::uintptr_t>;

// The walk under test, as the unwinder does it: rules until one is not simple.
class Walker {
 public:
  explicit Walker(const Scene& scene)
      : scene_(scene), reader_(scene.start.sp, {scene.base(), scene.base() + kWords * kWord}) {}

  // False at the end of the walk; else it is at the last of so many frames.
  template <typename Log>
  bool go_on(Log& log, std::size_t frames) {
    while (pcs.size() < frames) {
      const UnwindRule& rule = scene_.rule_at(state.frame.pc);
      if (!rule.is_simple() || !step(rule, reader_, log, state)) return false;
      pcs.push_back(state.frame.pc);
    }
    return true;
  }
  [[nodiscard]] bool is_on_stack() const { return reader_.is_own(state.frame.sp); }

 private:
  const Scene& scene_;
  StackReader reader_;

 public:
  WalkState state{scene_.start, kFpAtStart};
  Pcs pcs{scene_.start.pc};
};

template <typename Log>
Pcs walk(const Scene& scene, Log& log) {
  Operations::add();
  Walker walker(scene);
  walker.go_on(log, kDepth);
  return walker.pcs;
}

// An entry of a walk of which the outer part was recorded by itself, as tails are.
MemoEntry recorded_in_parts(const Scene& scene, std::size_t head, std::uintptr_t key) {
  const std::uintptr_t end = scene.base() + kWords * kWord;
  MemoEntry whole{};
  whole.start(scene.start, end);
  Walker walker(scene);
  if (walker.go_on(whole, head)) {
    if (!walker.is_on_stack()) return {};
    const WalkState state = walker.state;
    MemoEntry tail{};
    tail.start(state.frame, end);
    walker.state.fp_slot = kFpAtStart;
    walker.go_on(tail, kDepth);
    tail.finish(0, key);
    if (!tail.matches(state.frame, key)) return {};
    whole.follow(tail, state.frame.sp, state.fp_slot);
  }
  whole.finish(1, key);
  return whole;
}

// The same by the definitions of unwind_rule.h alone. Only this stack exists; a walk that leaves it is not
// judged.
std::optional<Pcs> reference_walk(const Scene& scene) {
  bool left = false;
  const auto load = [&](std::uintptr_t address) -> std::uintptr_t {
    const std::uintptr_t distance = address - scene.start.sp;
    const std::uintptr_t size = scene.base() + kWords * kWord - scene.start.sp;
    left |= distance > size - kWord || size < kWord;
    std::uintptr_t word = 0;
    if (!left) std::memcpy(&word, reinterpret_cast<const void*>(address), kWord);
    return word;
  };
  FrameState frame = scene.start;
  Pcs pcs{frame.pc};
  while (pcs.size() < kDepth) {
    const UnwindRule& rule = scene.rule_at(frame.pc);
    if (rule.cfa == CfaRule::kEnd || rule.cfa == CfaRule::kUnknown || rule.cfa == CfaRule::kSignal ||
        rule.cfa == CfaRule::kHard) {
      break;
    }
    const auto offset = static_cast<std::uintptr_t>(static_cast<std::intptr_t>(rule.cfa_offset));
    std::uintptr_t cfa = (rule.cfa == CfaRule::kSp ? frame.sp : frame.fp) + offset;
    if (rule.cfa == CfaRule::kDerefFp) cfa = load(cfa);
    if (left) return std::nullopt;
    const auto words = static_cast<std::uintptr_t>(static_cast<std::intptr_t>(rule.fp_words) * 8);
    if (rule.fp == FpRule::kAtCfa) frame.fp = load(cfa + words);
    if (rule.fp == FpRule::kAtFp) frame.fp = load(frame.fp + words);
    if (left) return std::nullopt;
    frame = {load(cfa - kWord), cfa, frame.fp};
    if (left) return std::nullopt;
    if (frame.pc == 0 || frame.pc >= std::uintptr_t{1} << 47) break;
    pcs.push_back(frame.pc);
  }
  return pcs;
}

void walk_stack(Feed& feed) {
  Scene scene;
  fill(feed, scene);
  const std::uintptr_t end = scene.base() + kWords * kWord;
  constexpr std::uintptr_t kKey = MemoEntry::kKey;
  MemoEntry memo{};  // a new one, so that an input always runs the same way
  memo.start(scene.start, end);
  const Pcs recorded = walk(scene, memo);
  memo.finish(1, kKey);
  const MemoEntry in_parts = recorded_in_parts(scene, 2 + feed.byte() % 6, kKey);
  if (const std::optional<Pcs> expected = reference_walk(scene)) {
    require(recorded == *expected, "a walk goes where the rules lead", {{"depth", recorded.size()}});
    require(!memo.matches(scene.start, 2 * kKey), "a memo is for one key");
  }
  // Whatever changes on the stack: as long as the memo says that it matters not, a walk agrees.
  for (unsigned i = 0; i < 4; ++i) {
    scene.stack[feed.byte() % kWords] = any_word(feed, scene);
    if (i == 3) scene.start.fp = any_word(feed, scene);
    NoLog none;
    if (memo.matches(scene.start, kKey))
      require(walk(scene, none) == recorded, "the memo's answer is that of a walk", {{"round", i}});
    if (in_parts.matches(scene.start, kKey))
      require(walk(scene, none) == recorded, "and where a tail was known", {{"round", i}});
  }
}

}  // namespace

// Maps the stack and asks for the size of a page before the first input, so that it runs like every other.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  static_cast<void>(Scene::words());
  static_cast<void>(padlock::os::page_size());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Feed feed(data, size);
  if (feed.flag()) {
    Operations::add();
    interpret(feed);
  } else {
    walk_stack(feed);
  }
  return 0;
}
