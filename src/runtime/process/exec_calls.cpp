// By what the functions of the exec family differ: how they get the file, the arguments and the environment.
#include "runtime/process/exec_calls.h"

#include "os/errno_keeper.h"
#include "os/executable.h"
#include "os/process.h"
#include "os/system_call.h"
#include "runtime/process/exec_target.h"
#include "runtime/process/exit.h"
#include "runtime/process/foreign_program.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kMostArguments = 250;  // of execl and its kin, looked at

// Where this fails, libc's function goes on and fails alike.
[[gnu::noinline]] void execute_without_padlock(const char* path, char* const* arguments,
                                               char* const* environment) noexcept {
  const EnvironmentWithoutPadlock without(environment);
  if (without.get() != environment) os::system_call(SYS_execve, path, arguments, without.get());
}

void before_exec(PassedCall& call, bool search, char* const* arguments, char* const* environment) noexcept {
  const ExecTarget target(reinterpret_cast<const char*>(call.argument[0]), search);
  warn_of_exec_target(target);
  on_exec_of_file(call);
  if (target.inherits_padlock() && os::is_foreign_program(target.path()))
    execute_without_padlock(target.path(), arguments, environment);
}

char* const* words(std::uintptr_t argument) noexcept { return reinterpret_cast<char* const*>(argument); }

// execl(file, first, ..., nullptr, environment): in registers as far as these go, then on the stack.
[[gnu::noinline]] void before_variadic_exec(PassedCall& call, bool search, bool has_environment) noexcept {
  constexpr std::size_t kRegisters = sizeof call.argument / sizeof call.argument[0];
  const auto* const on_stack = reinterpret_cast<const std::uintptr_t*>(&call + 1);
  const auto word = [&](std::size_t i) {
    return i < kRegisters ? call.argument[i] : on_stack[i - kRegisters];
  };
  char* arguments[kMostArguments + 1];
  std::size_t count = 0;
  while (count < kMostArguments && word(count + 1) != 0) {
    arguments[count] = reinterpret_cast<char*>(word(count + 1));
    ++count;
  }
  arguments[count] = nullptr;
  const bool complete = word(count + 1) == 0;
  char* const* const environment =
      has_environment && complete ? words(word(count + 2)) : os::current_environment();
  before_exec(call, search, arguments, complete ? environment : nullptr);
}

}  // namespace

void on_execve(PassedCall& call) noexcept {
  before_exec(call, false, words(call.argument[1]), words(call.argument[2]));
}
void on_execv(PassedCall& call) noexcept {
  before_exec(call, false, words(call.argument[1]), os::current_environment());
}
void on_execvp(PassedCall& call) noexcept {
  before_exec(call, true, words(call.argument[1]), os::current_environment());
}
void on_execvpe(PassedCall& call) noexcept {
  before_exec(call, true, words(call.argument[1]), words(call.argument[2]));
}
void on_execl(PassedCall& call) noexcept { before_variadic_exec(call, false, false); }
void on_execlp(PassedCall& call) noexcept { before_variadic_exec(call, true, false); }
void on_execle(PassedCall& call) noexcept { before_variadic_exec(call, false, true); }

int spawn(os::PosixSpawn* next, bool search, pid_t* child, const char* file,
          const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes,
          char* const* arguments, char* const* environment) {
  bool foreign = false;
  {
    const os::ErrnoKeeper keeper;
    const ExecTarget target(file, search);
    warn_of_exec_target(target);
    foreign = target.inherits_padlock() && os::is_foreign_program(target.path());
  }
  if (!foreign) return next(child, file, actions, attributes, arguments, environment);
  const EnvironmentWithoutPadlock without(environment);
  return next(child, file, actions, attributes, arguments, without.get());
}

}  // namespace padlock::runtime
