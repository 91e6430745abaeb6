// One question to the kernel (PROCMAP_QUERY, Linux 6.11); older ones write down all mappings.
#include "os/mapped_range.h"

#include <fcntl.h>
#include <linux/ioctl.h>

#include <optional>

#include "os/modules.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

// As in the kernel's <linux/fs.h>, which is newer than the headers that many systems have.
struct MappingQuery {
  std::uint64_t size;
  std::uint64_t flags;  // 0: the mapping that holds `address`
  std::uint64_t address;
  std::uint64_t begin;
  std::uint64_t end;
  std::uint64_t not_needed[4];         // flags, page size, offset, inode
  std::uint32_t nor_these[4];          // device, sizes of the two below
  std::uint64_t name_and_build_id[2];  // no names are asked for
};
static_assert(sizeof(MappingQuery) == 104);

constexpr unsigned long kQuery = _IOWR('f', 17, MappingQuery);

}  // namespace

AddressRange mapped_range(std::uintptr_t address) noexcept {
  const SystemResult maps = system_call(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (!maps.ok()) return {};
  MappingQuery query{};
  query.size = sizeof query;
  query.address = address;
  const bool answered = system_call(SYS_ioctl, maps.value(), kQuery, &query).ok();
  system_call(SYS_close, maps.value());
  if (answered) return {query.begin, query.end};
  const std::optional<Mapping> mapping = find_mapping(address);
  return mapping ? AddressRange{mapping->begin, mapping->end} : AddressRange{};
}

}  // namespace padlock::os
