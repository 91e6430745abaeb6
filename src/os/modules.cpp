// What is mapped where: a search of /proc/self/maps, and of the loader's own index.
#include "os/modules.h"

#include <dlfcn.h>
#include <link.h>

#include "os/file_reader.h"
#include "os/maps_parser.h"
#include "os/memory.h"
#include "os/process.h"

namespace padlock::os {
namespace {

void copy_text(const char* text, char (&out)[sizeof Mapping::path]) noexcept {
  for (std::size_t i = 0; i + 1 < sizeof out && (out[i] = text[i]) != '\0'; ++i) {
  }
}

// The module may be unloaded at this moment, and what the loader knew of it be freed.
void copy_path(std::uintptr_t name, Mapping& mapping) noexcept {
  for (std::size_t i = 0; i + 1 < sizeof mapping.path; ++i) {
    if (!is_readable(name + i, 1)) return;
    mapping.path[i] = *reinterpret_cast<const char*>(name + i);
    if (mapping.path[i] == '\0') break;
  }
  if (mapping.path[0] == '\0') {
    copy_text(program_as_started(), mapping.path);
  }
}

}  // namespace

std::optional<Mapping> loaded_module(std::uintptr_t address) noexcept {
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return std::nullopt;
  Mapping mapping;
  mapping.begin = mapping.load_base = reinterpret_cast<std::uintptr_t>(found.dlfo_map_start);
  mapping.end = reinterpret_cast<std::uintptr_t>(found.dlfo_map_end);
  const auto module = reinterpret_cast<std::uintptr_t>(found.dlfo_link_map);
  if (is_readable(module, sizeof(link_map))) {
    copy_path(reinterpret_cast<std::uintptr_t>(found.dlfo_link_map->l_name), mapping);
  }
  return mapping;
}

std::optional<Mapping> find_mapping(std::uintptr_t address) noexcept {
  FileReader file("/proc/self/maps");
  MapsParser<FileReader> parser(file);
  MapsLine line;
  while (parser.next(line)) {
    if (address >= line.mapping.begin && address < line.mapping.end) return line.mapping;
  }
  return std::nullopt;
}

}  // namespace padlock::os
