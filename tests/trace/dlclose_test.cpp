// Code that is unloaded, and other code in its place. free() is replaced here, as Padlock replaces it, since
// the loader's own calls of it are how its unloading is noticed.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "os/process.h"
#include "reference.h"
#include "trace/module_history.h"

extern "C" void __libc_free(void* memory);

namespace padlock::trace_test {
namespace {

int g_loader_frees = 0;
bool g_capturing = false;

// One module of the two at a time; its probe sees the frames of that module.
class Plugin {
 public:
  explicit Plugin(const char* name)
      : handle_(dlopen((std::string(PADLOCK_PLUGIN_FOLDER) + "/" + name).c_str(), RTLD_NOW)) {
    EXPECT_NE(handle_, nullptr) << dlerror();
    run_ = reinterpret_cast<void (*)(void (*)())>(dlsym(handle_, "plugin_run"));
  }
  ~Plugin() { dlclose(handle_); }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  [[nodiscard]] std::uintptr_t place() const { return reinterpret_cast<std::uintptr_t>(run_); }
  void run(void (*probe_function)()) const { run_(probe_function); }

 private:
  void* handle_;
  void (*run_)(void (*)()) = nullptr;
};

std::uintptr_t run_and_unload(const char* name) {
  const Plugin plugin(name);
  plugin.run(probe);
  return plugin.place();
}

TEST(Dlclose, CodeInThePlaceOfUnloadedCodeIsUnwoundByItsOwnRules) {
  begin_probing(os::stack_bounds());
  g_capturing = true;
  const std::uintptr_t small = run_and_unload("libtrace_plugin_small.so");
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(run_and_unload("libtrace_plugin_large.so"), small);
    ASSERT_EQ(run_and_unload("libtrace_plugin_small.so"), small);
  }
  g_capturing = false;
  EXPECT_EQ(tally().probes, 7 * 3);
  EXPECT_EQ(tally().walked_by_rules, 7 * 3);
  EXPECT_GT(g_loader_frees, 0);
}

// Two modules that take turns at one place.
TEST(ModuleHistory, TellsModulesAtOnePlaceApartByGeneration) {
  const auto history = std::make_unique<trace::ModuleHistory>();
  struct Life {
    std::uintptr_t place;
    std::uint64_t salt;
    std::string path;
  };
  std::uint32_t generation = 0;
  const auto load = [&](const char* name) {
    const Plugin plugin(name);
    const std::uintptr_t pcs[] = {plugin.place() + 1, reinterpret_cast<std::uintptr_t>(&probe)};
    for (const std::uintptr_t pc : pcs) history->note(pc - 1, ++generation);
    const os::ModuleIdentity* const module = history->find(plugin.place(), generation);
    EXPECT_NE(module, nullptr);
    EXPECT_EQ(history->find_unloaded(plugin.place(), generation), nullptr);
    return Life{plugin.place(), history->salt_of(pcs), module == nullptr ? "" : module->path};
  };
  const Life small = load("libtrace_plugin_small.so");
  const std::uint32_t of_small = generation;
  ASSERT_NE(history->find_unloaded(small.place, of_small), nullptr);
  const Life large = load("libtrace_plugin_large.so");
  ASSERT_EQ(large.place, small.place);
  EXPECT_EQ(small.salt, 0U) << "the first one there";
  EXPECT_NE(large.salt, 0U);
  EXPECT_NE(large.path, small.path);
  EXPECT_EQ(history->find_unloaded(small.place, of_small)->path, small.path);
  EXPECT_EQ(history->find_unloaded(large.place, generation)->path, large.path);
  EXPECT_EQ(load("libtrace_plugin_small.so").salt, small.salt) << "it is the same again";
  EXPECT_EQ(load("libtrace_plugin_large.so").salt, large.salt);
  const std::uintptr_t elsewhere[] = {reinterpret_cast<std::uintptr_t>(&probe)};
  EXPECT_EQ(history->salt_of(elsewhere), 0U);
}

}  // namespace

void on_free(const trace::FrameState& caller) {
  static const AddressRange loader = os::loader_range();
  if (!g_capturing || !loader.contains(caller.pc)) return;
  ++g_loader_frees;
  capture_quietly(caller);
}

}  // namespace padlock::trace_test

extern "C" [[gnu::visibility("default")]] void free(void* memory) {
  padlock::trace_test::on_free(PADLOCK_CALLER_STATE());
  __libc_free(memory);
}
