// The modules that the loader has mapped, and the names that their dynamic symbol tables give to addresses:
// from memory, without dladdr(3), whose lock a dlopen(3) holds while constructors run.
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>

namespace padlock::os {

/// For the symbolizer's child: a copy of the process in which no other thread changes anything. What it reads
/// is the loader's and the modules' own; broken tables may crash it.
class LoadedModules {
 public:
  constexpr LoadedModules() noexcept = default;

  /// Takes the list. Waits for as long as another thread is in the middle of changing it: in a child where
  /// one was, without end.
  void take() noexcept;

  /// Whether `address` lies in the program itself, no library.
  [[nodiscard]] bool is_program(std::uintptr_t address) const noexcept;
  /// The path of the first module whose file can be read, or null.
  [[nodiscard]] const char* any_readable_file() const noexcept;

  /// The symbol that holds `address`, as its table spells it, or null.
  [[nodiscard]] const char* symbol_at(std::uintptr_t address) const noexcept;

 private:
  struct Module {
    std::uintptr_t bias = 0;  // of addresses in memory over those in the file
    const ElfW(Phdr) * segments = nullptr;
    std::size_t segment_count = 0;
    const char* path = nullptr;  // "" of the program

    [[nodiscard]] bool contains(std::uintptr_t address) const noexcept;
    [[nodiscard]] const ElfW(Dyn) * dynamic() const noexcept;
  };
  static constexpr std::size_t kCapacity = 1024;

  [[nodiscard]] const Module* module_at(std::uintptr_t address) const noexcept;
  static int add(dl_phdr_info* info, std::size_t size, void* modules) noexcept;

  std::size_t size_ = 0;
  Module modules_[kCapacity] = {};
};

}  // namespace padlock::os
