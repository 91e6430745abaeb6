// Calls of libc's functions with random ranges, on blocks that lie side by side, live and freed: what the
// table of calls says must be reported for each is held against a model of the blocks. No call is made that
// would write; what rows say of input, output and formats is made up.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "calls/formats.h"
#include "calls/model.h"
#include "calls/outside.h"
#include "calls/rows.h"
#include "model/require.h"
#include "runtime/calls/allocator.h"
#include "runtime/holders/place.h"
#include "runtime/interposed/detour.h"
#include "runtime/interposed/library_call.h"
#include "runtime/process/api.h"
#include "runtime/reporting/reported.h"
#include "support/feed.h"
#include "support/operations.h"

// Small blocks, one after the other; none is guarded.
extern "C" const char* padlock_default_options() {
  return "halt_on_error=0:exitcode=0:report_once=0:symbolize=0:log_path=/dev/null:arenas=1:guard_per_site=0:"
         "check_at_exit=0:handle_segv=0:trace_memory_mb=64:seed=1";
}

namespace {

using namespace padlock;
using namespace padlock::fuzz;
using runtime::LibraryCall;

constexpr std::size_t kBlocks = 24;
constexpr std::size_t kLongest = 200;  // bytes of a block
constexpr std::size_t kArguments = 4;  // of a format

__attribute__((noinline)) trace::FrameState here() { return PADLOCK_CALLER_STATE(); }

std::vector<Reported> reported;

void note(const padlock_fault* fault, void* /*context*/) {
  reported.push_back({fault->kind, fault->call, address_of(fault->address), address_of(fault->block)});
}

const char* now = "";
void print_call(const void* /*context*/) { std::fprintf(stderr, "while: %s\n", now); }

class Player {
 public:
  explicit Player(Feed& feed) : feed_(feed) {}
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  void play();

 private:
  void allocate();
  void free();
  void call();
  void write_into();
  void scatter();
  void gather();
  void format(bool with_text);
  struct Scanned {
    char* to;
    const Piece* piece;
    bool comes_to_pass;
    bool is_last;  // of those that do
  };
  void scan();
  void expect_scanned(const Scanned& written, std::span<const Scanned> later);

  ModelBlock* choose();
  char* place();
  char* place_for(std::size_t size);
  char* place_near(char* other);
  std::size_t size();
  std::size_t size_for(const CallArguments& a);
  void forget_reused();
  void settle(const char* name);
  void require_all(const std::vector<Reported>& expected);

  Feed& feed_;
  CallModel model_;
  char* outside_ = outside();
};

Player::~Player() {
  for (const ModelBlock& block : model_.blocks) {
    if (block.live) runtime::release(reinterpret_cast<void*>(block.user), {}, here());
  }
}

void Player::play() {
  for (std::size_t i = 0; i < 4; ++i) allocate();
  while (!feed_.empty()) {
    Operations::add();
    forget_reused();
    std::destroy_at(&runtime::reported_faults);
    std::construct_at(&runtime::reported_faults);
    const unsigned kind = feed_.byte() % 16U;
    switch (kind) {
      case 0:
        allocate();
        break;
      case 1:
        free();
        break;
      case 2:
        write_into();
        break;
      case 3:
        scatter();
        break;
      case 4:
        gather();
        break;
      case 5:
      case 6:
        format(kind == 6);
        break;
      case 7:
        scan();
        break;
      default:
        call();
    }
  }
}

void Player::allocate() {
  if (model_.blocks.size() >= kBlocks) return;
  const std::size_t size = feed_.byte() % kLongest;
  const std::uint8_t content = feed_.byte();
  auto* const memory = static_cast<char*>(runtime::allocate({size}, here()));
  require(memory != nullptr, "there is memory");
  // Letters, digits or one of both over and over; a NUL at the end, in the middle, or none.
  for (std::size_t i = 0; i < size; ++i)
    memory[i] = content % 4 == 0 ? '7' : static_cast<char>('a' + (content % 4 == 1 ? 0 : i % 3));
  if (size != 0 && content / 4 % 3 == 1) memory[size - 1] = '\0';
  if (size != 0 && content / 4 % 3 == 2)
    std::memset(memory + size / 2, 0, std::min<std::size_t>(size - size / 2, 8));
  forget_reused();
  const core::BlockSnapshot block = runtime::find_block(address_of(memory));
  model_.blocks.push_back(
      {block.header, block.header + block.block_size, block.user, size, block.number, true});
}

void Player::free() {
  ModelBlock* const block = choose();
  if (block == nullptr || !block->live) return;
  runtime::release(reinterpret_cast<void*>(block->user), {}, here());
  block->live = false;
}

// Freed blocks whose memory is another's by now are nobody's to know.
void Player::forget_reused() {
  std::erase_if(model_.blocks, [](const ModelBlock& one) {
    if (one.live) return false;
    const core::BlockSnapshot block = runtime::find_block(one.user);
    return block.number != one.number || block.user != one.user ||
           (block.state != core::BlockState::kQuarantined && block.state != core::BlockState::kReady);
  });
}

ModelBlock* Player::choose() {
  if (model_.blocks.empty()) return nullptr;
  return &model_.blocks[feed_.byte() % model_.blocks.size()];
}

// Anywhere in a block: its header, its data, its padding; of the block before the header's side is known only
// if that is one of the model's.
char* Player::place() {
  const std::uint8_t form = feed_.byte();
  const ModelBlock* const block = choose();
  if (form % 8 == 0 || block == nullptr) return outside_ + feed_.byte() % 32;
  const std::uint8_t offset = feed_.byte();
  std::uintptr_t at = block->user + (block->size == 0 ? 0 : offset % block->size);
  if (form % 8 == 1) at = block->user;
  if (form % 8 == 2) at = block->begin + offset % (block->end - block->begin);
  if (form % 8 == 3) at = block->end_of_data() - offset % 4;
  at = std::max(at, block->begin);
  const bool in_header = at / 4 * 4 < block->user;
  const bool is_first = model_.find(block->begin - 1) == nullptr;
  if (in_header && is_first && runtime::find_block(block->begin - 1).state == core::BlockState::kLive)
    at = block->user;
  return reinterpret_cast<char*>(at);
}

// At least `size` bytes before the end of a block, so that what is written there stays in its padding.
char* Player::place_for(std::size_t size) {
  char* const at = place();
  const ModelBlock* const block = model_.find(address_of(at));
  if (block == nullptr) return outside_;
  if (address_of(at) >= block->user && address_of(at) + size <= block->end) return at;
  return block->live && block->end - block->user >= size ? reinterpret_cast<char*>(block->end - size)
                                                         : outside_;
}

// A few bytes on, in the same block.
char* Player::place_near(char* other) {
  const ModelBlock* const block = model_.find(address_of(other));
  char* const at = other + feed_.byte() % 32;
  return block != nullptr && address_of(at) < block->end ? at : other;
}

std::size_t Player::size() {
  const std::uint8_t form = feed_.byte();
  if (form == 255) return SIZE_MAX;
  if (form == 254) return std::size_t{1} << 40;
  return form;
}

// Often just what fits, or what lies between the places.
std::size_t Player::size_for(const CallArguments& a) {
  const std::uint8_t form = feed_.byte();
  std::size_t edge = SIZE_MAX;
  if (form % 4 == 1) edge = address_of(std::max(a.to, a.from)) - address_of(std::min(a.to, a.from));
  if (form % 4 == 2) edge = model_.room(a.to);
  if (form % 4 == 3) edge = model_.room(a.from);
  return edge > 4096 ? size() : edge + form / 4 % 3 - (edge == 0 ? 0 : 1);
}

void Player::require_all(const std::vector<Reported>& expected) {
  const std::vector<Reported> found = std::exchange(reported, {});
  std::size_t next = 0;
  bool holds = true;
  for (const Reported& one : expected) {
    const bool is_next = next < found.size() && found[next].is(one);
    if (is_next) ++next;
    holds = holds && (is_next || !one.is_certain);
  }
  if (holds && next == found.size()) return;
  const auto print = [](const char* what, const Reported& one) {
    std::fprintf(stderr, "%s: %s in %s at %lx block %lx\n", what, one.kind.c_str(), one.call.c_str(),
                 static_cast<unsigned long>(one.address), static_cast<unsigned long>(one.block));
  };
  for (const Reported& one : expected) print("expected", one);
  for (const Reported& one : found) print("reported", one);
  for (const ModelBlock& one : model_.blocks) {
    std::fprintf(stderr, "block %lx size %zu, %lx to %lx, %s\n", static_cast<unsigned long>(one.user),
                 one.size, static_cast<unsigned long>(one.begin), static_cast<unsigned long>(one.end),
                 one.live ? "live" : "freed");
  }
  fail("a call is reported for what the model says");
}

void Player::settle(const char* name) { require_all(model_.take(name)); }

// A call that only looks, by its row.
void Player::call() {
  const auto rows = call_rows();
  const Row& row = rows[feed_.byte() % rows.size()];
  CallArguments a;
  a.to = place();
  a.from = feed_.byte() % 4 == 0 ? place_near(a.to) : place();
  a.size = size_for(a);
  a.count = size();
  a.byte = feed_.flag() ? 'b' : '\0';
  now = row.name;
  row.expect(model_, a);
  const std::vector<Reported> expected = model_.take(row.name);
  // Twice: the second time the header is known.
  for (int i = 0; i < 2; ++i) {
    const bool is_shown = row.glance(a);
    require(!is_shown || expected.empty(), "a glance overlooks nothing");
  }
  row.look(a);
  require_all(expected);
}

// A call that is given a bound and writes less.
void Player::write_into() {
  now = "read";
  const std::size_t written = feed_.byte() % 64;
  char* const to = place_for(64);
  const std::size_t most = std::max(written, size() % 4096);
  char before[64];
  std::memcpy(before, to, sizeof before);
  const bool is_needed = runtime::Detour::is_needed(to, most);
  require(is_needed == (model_.room(to) < most), "a detour is taken where the bound is beyond the block",
          {{"room", model_.room(to)}, {"bound", most}});
  if (!is_needed) return;
  const LibraryCall site(core::Call::kRead, __builtin_frame_address(0));
  runtime::Detour detour(to, most);
  char* const place = detour.place<char*>();
  require(place != to, "there are pages");
  require(std::memcmp(place, to, std::min(model_.room(to), most)) == 0, "pages begin with what was there");
  std::memset(place, 'w', written);
  require(detour.returned(place) == to, "a pointer to the pages is one to the program's memory");
  detour.end(site, runtime::exactly(static_cast<long>(written)));
  model_.writes(to, written);
  require(std::all_of(to, to + written, [](char byte) { return byte == 'w'; }), "what was written arrives");
  require(std::equal(to + written, to + 64, before + written), "no other byte is changed");
  std::memcpy(to, before, sizeof before);
  settle("read");
}

void Player::scatter() {
  now = "readv";
  constexpr std::size_t kMost = 3;
  runtime::IoVector vectors[kMost];
  const std::size_t count = feed_.byte() % (kMost + 1);
  std::size_t all = 0;
  bool is_needed = false;
  std::vector<std::vector<char>> before;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = feed_.byte() % 32;
    vectors[i] = {place_for(32), length};
    // Each at a place of its own: what is written twice is not the model's to know.
    for (std::size_t other = 0; other < i; ++other) {
      const auto [low, high] = std::minmax({address_of(vectors[i].base), address_of(vectors[other].base)});
      if (high - low < 32) return;
    }
    const auto* const bytes = static_cast<const char*>(vectors[i].base);
    before.emplace_back(bytes, bytes + 32);
    is_needed = is_needed || model_.room(bytes) < length;
    all += length;
  }
  require(runtime::ScatteredDetour::is_needed(vectors, count) == is_needed,
          "a detour is taken where it is needed");
  if (!is_needed) return;
  const LibraryCall site(core::Call::kReadv, __builtin_frame_address(0));
  runtime::ScatteredDetour detour(vectors, count);
  const std::size_t written = feed_.byte() % (all + 1);
  std::size_t left = written;
  for (std::size_t i = 0; i < count; ++i) {
    const runtime::IoVector& one = detour.place()[i];
    require(one.size == vectors[i].size, "a place is as long as the program's");
    std::memset(one.base, 'v', std::min(left, one.size));
    left -= std::min(left, one.size);
  }
  detour.end(site, static_cast<long>(written));
  left = written;
  for (std::size_t i = 0; i < count; ++i) {
    auto* const bytes = static_cast<char*>(vectors[i].base);
    const std::size_t here = std::min(left, vectors[i].size);
    left -= here;
    model_.writes(bytes, here);
    require(std::all_of(bytes, bytes + here, [](char byte) { return byte == 'v'; }),
            "what was written arrives");
    require(std::equal(bytes + here, bytes + 32, before[i].begin() + static_cast<long>(here)),
            "no other byte is changed");
    std::copy(before[i].begin(), before[i].end(), bytes);
  }
  settle("readv");
}

void Player::gather() {
  now = "writev";
  std::vector<runtime::IoVector> vectors(feed_.byte() % 5);
  for (runtime::IoVector& one : vectors) one = {place(), size()};
  const bool too_many = feed_.byte() % 16 == 0;
  const LibraryCall site(core::Call::kWritev, __builtin_frame_address(0));
  // The kernel refuses a longer list, unread.
  check_gathered(site, vectors.data(), too_many ? runtime::kMostVectors + 1 : vectors.size());
  for (const runtime::IoVector& one : vectors) {
    if (!too_many) model_.reads(one.base, one.size);
  }
  settle("writev");
}

void Player::format(bool with_text) {
  now = with_text ? "snprintf" : "printf";
  char* const to = with_text ? place() : nullptr;
  const std::size_t most = feed_.flag() ? SIZE_MAX : size();
  std::string format;
  std::uintptr_t argument[2 * kArguments] = {};
  std::size_t taken = 0;
  std::vector<const char*> texts;
  bool is_certain = true;
  std::vector<std::pair<char*, std::vector<char>>> counts;
  for (std::size_t left = feed_.byte() % (kArguments + 1); left != 0; --left) {
    const Piece& piece = kPrintf[feed_.byte() % std::size(kPrintf)];
    format += piece.text;
    std::size_t length = piece.size;
    switch (piece.takes) {
      case Piece::Takes::kTextOf:
        length = feed_.byte() % 40;
        argument[taken++] = length;
        [[fallthrough]];
      case Piece::Takes::kText: {
        const char* const text = place();
        argument[taken++] = address_of(text);
        if (is_certain) model_.string(text, length);
        if (is_certain && to != nullptr) texts.push_back(text);
        break;
      }
      case Piece::Takes::kCount: {
        char* const place = reinterpret_cast<char*>(address_of(place_for(16)) / 8 * 8);
        counts.emplace_back(place, std::vector<char>(place, place + 8));
        argument[taken++] = address_of(place);
        if (is_certain) model_.writes(place, length);
        break;
      }
      case Piece::Takes::kNumber:
        argument[taken++] = feed_.byte();
        break;
      case Piece::Takes::kUnknown:
        is_certain = false;
        break;
      case Piece::Takes::kNothing:
      case Piece::Takes::kReal:
      case Piece::Takes::kField:  // of scanf
        break;
    }
  }
  const auto restore = [&] {
    for (auto& [place, bytes] : counts) std::copy(bytes.begin(), bytes.end(), place);
  };
  const auto pass = [&](auto function, auto... first) {
    const auto* const a = argument;
    return function(first..., format.c_str(), a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], 1.5, -2.5,
                    1e300, 0.0);
  };
  const int length = pass(length_of);
  restore();  // damage in padding would be what is reported
  pass(format_to, to, most);
  if (to != nullptr && length >= 0) {
    const std::size_t size = std::min(static_cast<std::size_t>(length) + 1, most);
    bool may_overlap = false;
    for (const char* text : texts) {
      const bool behind = address_of(text) >= address_of(to);
      if (behind ? address_of(text) - address_of(to) < size : address_of(to) - address_of(text) < 4096)
        may_overlap = true;
    }
    if (may_overlap) {
      // Text that is copied to the very same place is no harm, and of several one is named: left out.
      const ModelBlock* const block = model_.find(address_of(to));
      std::erase_if(reported, [&](const Reported& one) {
        return one.kind == "overlapping-copy" && block != nullptr && one.block == block->user;
      });
    }
    model_.writes(to, size);
  }
  restore();
  settle(now);
}

// The input may have ended within the last field. Of a text the NUL may be written over by a later
// conversion, from in front as well, unless that one ends with a NUL of its own.
void Player::expect_scanned(const Scanned& written, std::span<const Scanned> later) {
  if (written.piece->takes == Piece::Takes::kField)
    return model_.writes(written.to, written.is_last ? 1 : written.piece->size);
  if (written.piece->takes != Piece::Takes::kText) return model_.writes(written.to, written.piece->size);
  const std::size_t size = strnlen(written.to, written.piece->size) + 1;
  const std::size_t room = model_.room(written.to);
  const auto reaches_into = [&](const Scanned& other) {
    const std::uintptr_t ahead = address_of(other.to) - address_of(written.to);
    return ahead < room || (other.piece->takes != Piece::Takes::kText && 0 - ahead < other.piece->size);
  };
  if (size > room && std::any_of(later.begin(), later.end(), reaches_into)) return;
  model_.writes(written.to, size);
}

void Player::scan() {
  now = "sscanf";
  std::string format;
  std::uintptr_t argument[kArguments] = {};
  std::size_t taken = 0;
  const int assigned = feed_.byte() % 5 - 1;
  int left = assigned;
  bool is_certain = true;
  std::vector<Scanned> scanned;
  for (std::size_t count = feed_.byte() % (kArguments + 1); count != 0; --count) {
    const Piece& piece = kScanf[feed_.byte() % std::size(kScanf)];
    format += piece.text;
    if (piece.takes == Piece::Takes::kUnknown) is_certain = false;
    if (piece.takes == Piece::Takes::kNothing || piece.takes == Piece::Takes::kUnknown) continue;
    char* const to = place();
    argument[taken++] = address_of(to);
    if (!is_certain) continue;
    const bool comes_to_pass = left > 0;
    if (comes_to_pass && piece.takes != Piece::Takes::kCount) --left;
    scanned.push_back({to, &piece, comes_to_pass, left == 0});
  }
  for (std::size_t i = 0; i < scanned.size(); ++i)
    if (scanned[i].comes_to_pass) expect_scanned(scanned[i], std::span(scanned).subspan(i + 1));
  scan_from(assigned, format.c_str(), argument[0], argument[1], argument[2], argument[3]);
  settle("sscanf");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  runtime::set_fault_callback(note, nullptr);
  set_context(&print_call, nullptr);
  reported.clear();
  Feed feed(data, size);
  Player(feed).play();
  require(reported.empty(), "freeing the blocks finds nothing wrong");
  return 0;
}
