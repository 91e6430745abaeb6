// The tables of names. Those of findings and advice stand beside their words.
#include "report/names.h"

#include <algorithm>

namespace padlock::report {
namespace {

constexpr std::string_view kUnknown = "unknown";

template <typename Id>
struct Row {
  Id id;
  std::string_view name;
};

constexpr Row<FindingId> kFindings[] = {
#define PADLOCK_FINDING(id, name, words) {FindingId::id, name},
#include "report/findings.def"
};

constexpr Row<Advice> kAdvice[] = {
#define PADLOCK_ADVICE(id, name, words) {Advice::id, name},
#include "report/advice.def"
};

template <typename Id, std::size_t kSize>
consteval bool are_names(const Row<Id> (&rows)[kSize]) {
  for (const Row<Id>& row : rows) {
    std::size_t same = 0;
    for (const Row<Id>& other : rows) same += other.name == row.name ? 1 : 0;
    bool is_spelled = !row.name.empty() && row.name.front() != '-' && row.name.back() != '-';
    for (const char c : row.name)
      is_spelled = is_spelled && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    if (same != 1 || !is_spelled) return false;
  }
  return true;
}
static_assert(are_names(kFindings) && are_names(kAdvice), "a name is there twice, or is not spelled as one");

template <typename Id, std::size_t kSize>
std::string_view find(const Row<Id> (&rows)[kSize], Id id) {
  const auto* const row = std::ranges::find(rows, id, &Row<Id>::id);
  return row == std::end(rows) ? kUnknown : row->name;
}

}  // namespace

std::string_view name_of(FindingId id) noexcept { return find(kFindings, id); }

std::string_view name_of(Advice advice) noexcept { return find(kAdvice, advice); }

std::string_view name_of(Location::Of of) noexcept {
  switch (of) {
    case Location::Of::kNothing:
      return "nothing";
    case Location::Of::kDamage:
      return "damage";
    case Location::Of::kAccess:
      return "access";
    case Location::Of::kPointer:
      return "pointer";
    case Location::Of::kSource:
      return "source";
  }
  return kUnknown;
}

std::string_view name_of(Location::Place place) noexcept {
  switch (place) {
    case Location::Place::kUnknown:
      return kUnknown;
    case Location::Place::kBefore:
      return "before";
    case Location::Place::kRightBefore:
      return "right-before";
    case Location::Place::kInside:
      return "inside";
    case Location::Place::kRightAfter:
      return "right-after";
    case Location::Place::kAfter:
      return "after";
    case Location::Place::kHeader:
      return "header";
  }
  return kUnknown;
}

std::string_view name_of(Suspect::Proof proof) noexcept {
  switch (proof) {
    case Suspect::Proof::kNone:
      return "none";
    case Suspect::Proof::kOverran:
      return "overran";
    case Suspect::Proof::kNearby:
      return "nearby";
  }
  return kUnknown;
}

std::string_view name_of(StackRole role) noexcept {
  switch (role) {
    case StackRole::kTrapped:
      return "trapped";
    case StackRole::kWrote:
      return "wrote";
    case StackRole::kUsed:
      return "used";
    case StackRole::kFoundDamage:
      return "found-damage";
    case StackRole::kPassed:
      return "passed";
    case StackRole::kFreedAgain:
      return "freed-again";
    case StackRole::kRequested:
      return "requested";
    case StackRole::kCalled:
      return "called";
    case StackRole::kAllocated:
      return "allocated";
    case StackRole::kFreed:
      return "freed";
    case StackRole::kFirstFreed:
      return "first-freed";
    case StackRole::kBlockBefore:
      return "block-before";
    case StackRole::kBlockBehind:
      return "block-behind";
    case StackRole::kPointee:
      return "pointee";
  }
  return kUnknown;
}

std::string_view name_of(Since::What what) noexcept {
  switch (what) {
    case Since::What::kNotDamage:
      return "not-damage";
    case Since::What::kUnknown:
      return kUnknown;
    case Since::What::kOwnAllocation:
      return "own-allocation";
    case Since::What::kLastVerified:
      return "last-verified";
  }
  return kUnknown;
}

}  // namespace padlock::report
