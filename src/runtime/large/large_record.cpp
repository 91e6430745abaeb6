// The table of large blocks: buckets of records, doubled when there are as many records as buckets.
#include "runtime/large/large_record.h"

#include <new>

#include "base/random.h"
#include "os/memory.h"
#include "os/tables.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kFirstBuckets = 4096;                                   // 32 KiB
constexpr std::size_t kChunk = std::size_t{64} * 1024 / sizeof(LargeRecord);  // records mapped at once

}  // namespace

LargeRecord*& LargeTable::bucket_of(std::uintptr_t user) const noexcept {
  return buckets_[mix64(user) & (bucket_count_ - 1)];
}

LargeRecord* LargeTable::find(std::uintptr_t user) const noexcept {
  if (bucket_count_ == 0) return nullptr;
  LargeRecord* record = bucket_of(user);
  while (record != nullptr && record->block.user != user) record = record->next;
  return record;
}

LargeRecord* LargeTable::insert(const LargeRecord& record) noexcept {
  LargeRecord* const fresh = reserve();
  return fresh == nullptr ? nullptr : insert_reserved(fresh, record);
}

LargeRecord* LargeTable::reserve() noexcept {
  if (!make_room()) return nullptr;
  LargeRecord* const reserved = unused_;
  unused_ = reserved->next;
  return reserved;
}

LargeRecord* LargeTable::insert_reserved(LargeRecord* reserved, const LargeRecord& record) noexcept {
  *reserved = record;
  LargeRecord*& bucket = bucket_of(record.block.user);
  reserved->next = bucket;
  bucket = reserved;
  ++size_;
  return reserved;
}

void LargeTable::give_back(LargeRecord* reserved) noexcept {
  reserved->next = unused_;
  unused_ = reserved;
}

bool LargeTable::make_room() noexcept {
  if (size_ >= bucket_count_) grow();
  if (bucket_count_ == 0) return false;
  if (unused_ != nullptr) return true;
  auto* const chunk = static_cast<LargeRecord*>(os::map_table(kChunk * sizeof(LargeRecord)));
  if (chunk == nullptr) return false;
  for (LargeRecord& record : std::span(chunk, kChunk)) give_back(new (&record) LargeRecord);
  return true;
}

void LargeTable::erase(LargeRecord* record) noexcept {
  LargeRecord** link = &bucket_of(record->block.user);
  while (*link != record) link = &(*link)->next;
  *link = record->next;
  give_back(record);
  --size_;
}

// Where there is no memory it stays as it is.
void LargeTable::grow() noexcept {
  const std::size_t count = bucket_count_ == 0 ? kFirstBuckets : 2 * bucket_count_;
  const std::size_t size = count * sizeof(LargeRecord*);
  if (bucket_count_ != 0 && !os::can_spare(size)) return;
  auto* buckets = static_cast<LargeRecord**>(os::map_table(size));
  if (buckets == nullptr) return;
  LargeRecord** const old = buckets_;
  const std::size_t old_count = bucket_count_;
  buckets_ = buckets;
  bucket_count_ = count;
  for (std::size_t i = 0; i < old_count; ++i) {
    for (LargeRecord* record = old[i]; record != nullptr;) {
      LargeRecord* const next = record->next;
      LargeRecord*& bucket = bucket_of(record->block.user);
      record->next = bucket;
      bucket = record;
      record = next;
    }
  }
  if (old != nullptr) os::unmap_table(old, old_count * sizeof(LargeRecord*));
}

}  // namespace padlock::runtime
