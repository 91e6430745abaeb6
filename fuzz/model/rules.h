// What must hold after every call, whatever it was.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/book.h"
#include "model/layout.h"
#include "model/ledger.h"
#include "model/mirror.h"
#include "model/stage.h"

namespace padlock::fuzz {

/// A heap between two calls, as the model sees it.
struct View {
  const Stage& stage;
  const Layout& layout;
  const Book& book;
  const Ledger& ledger;
  const Mirror& mirror;
};

/// Blocks tile every region from its base on.
void verify_tiling(const View& view);
/// Every live block is there, as it was asked for, with its contents and its locked padding; no other is
/// live.
void verify_live_blocks(const View& view);
/// `block` has grown, where it is or by moving: behind its `begin`th byte is not the padding that it had, of
/// which `lock` were the bytes. Only for calls that met no damage.
void verify_padding_left_behind(const core::BlockSnapshot& block, std::size_t begin, std::uint64_t lock);
/// `tail` is what `former` left behind as it shrank by a call of `by`: allocated as `former` was, and freed
/// by that call.
void verify_tail(const core::BlockSnapshot& tail, const core::BlockSnapshot& former, const core::Caller& by);
/// Idle memory is poisoned, or zeros in whole chunks, free blocks do not touch, the headers of freed blocks
/// say what they were.
void verify_idle_blocks(const View& view);
/// HeapStats, to the byte.
void verify_accounting(const View& view);
/// What has been changed behind the heap's back and not been reported is still as it was.
void verify_damage_kept(const View& view);

/// All of the above. Of blocks, those that may have changed since the rules were verified before: see Mirror.
void verify_all(const View& view);

/// The smallest block that can serve a request of `size`.
std::size_t block_bytes_for(std::size_t size) noexcept;

enum class Leaving : std::uint8_t {
  kAsBoundsAsk,  // no more than needed
  kAny,          // damage has made others leave, too
  kAll,          // a flush
};
/// `left` went out of a quarantine that held `before`, oldest first, each one of the four oldest; and the
/// bounds hold. Returns what remains, oldest first.
std::vector<Quarantined> verify_evictions(const View& view, const std::vector<Quarantined>& before,
                                          const std::vector<Quarantined>& left, const Setup& setup,
                                          Leaving leaving);

/// What waits, ready but unmerged.
struct Pending {
  std::size_t blocks = 0;
  std::uint64_t bytes = 0;
};
Pending pending_in(const Layout& layout);
/// A batch is merged when more is pending than allowed, else nothing is.
void verify_pending(const Pending& before_settling, const Pending& after, const Setup& setup);

/// `given`: all that the heap has said it gives up. That is what was free at the top of a region, all of it,
/// unless it was damaged: then it was put aside. `previous` and `damage`: before the call.
void verify_given_up(const View& view, const Layout& previous, const Ledger& damage,
                     const std::vector<std::span<std::byte>>& given);
/// `given`: whole chunks of free blocks, behind their links, and nothing that was damaged. Of blocks that
/// were not, all such chunks are zero now. `previous` and `damage`: before the call.
void verify_insides_given_up(const Layout& previous, const Ledger& damage,
                             const std::vector<std::span<std::byte>>& given);
/// Nothing but what was at the tops of regions is gone, and nothing else has changed. Only for calls that met
/// no damage.
void verify_unchanged_below(const Layout& layout, const Layout& previous,
                            const std::vector<std::span<std::byte>>& given);

/// Where an allocation went: an exact-size ready block, else the best fit among free ones, else unallocated
/// memory. `previous`: the layout before it. Only for calls that met no damage.
void verify_placement(const Layout& previous, const core::BlockSnapshot& block, std::size_t alignment);
/// Nothing that could have served the request was left, and everything pending was merged.
void verify_refusal(const View& view, std::size_t size, std::size_t alignment);

}  // namespace padlock::fuzz
