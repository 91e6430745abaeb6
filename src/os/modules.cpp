// What is mapped where: a search of /proc/self/maps.
#include "os/modules.h"

#include "os/file_reader.h"
#include "os/maps_parser.h"

namespace padlock::os {

bool find_mapping(std::uintptr_t address, Mapping& mapping) noexcept {
  FileReader file("/proc/self/maps");
  MapsParser<FileReader> parser(file);
  MapsLine line;
  while (parser.next(line)) {
    if (address >= line.mapping.begin && address < line.mapping.end) {
      mapping = line.mapping;
      return true;
    }
  }
  return false;
}

}  // namespace padlock::os
