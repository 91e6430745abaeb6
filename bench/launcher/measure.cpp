// padlock-measure RESULT LIMIT [NAME=VALUE...] -- PROGRAM [ARGUMENT...]: runs a program with additions to its
// environment, at most LIMIT seconds, and writes to the file RESULT
//   wall_seconds user_seconds system_seconds peak_kib status timed_out
// where the status is the exit code, or minus the signal. A small process of its own, because a process
// inherits the peak memory of the process that forks it, and because the allocator under test must not be
// loaded into the measuring program.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

pid_t g_child = 0;
volatile sig_atomic_t g_ended_by = 0;

// The program and whatever it started share a process group, so that nothing outlives the measurement.
void end_child(int signal_number) {
  g_ended_by = signal_number;
  if (g_child > 0) kill(-g_child, SIGKILL);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int usage() {
  std::fputs("usage: padlock-measure RESULT LIMIT [NAME=VALUE...] -- PROGRAM [ARGUMENT...]\n", stderr);
  return 2;
}

[[noreturn]] void become(char** variables, char** program) {
  setpgid(0, 0);
  for (; variables != program - 1; ++variables) putenv(*variables);
  execvp(program[0], program);
  std::perror(program[0]);
  _exit(127);
}

void handle(int signal_number) {
  struct sigaction action = {};
  action.sa_handler = end_child;
  sigaction(signal_number, &action, nullptr);
}

bool write_result(const char* path, double wall, const rusage& usage, int status) {
  std::FILE* file = std::fopen(path, "w");
  if (file == nullptr) return false;
  const int code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  std::fprintf(file, "%.6f %.6f %.6f %ld %d %d\n", wall, seconds(usage.ru_utime), seconds(usage.ru_stime),
               usage.ru_maxrss, code, g_ended_by == SIGALRM ? 1 : 0);
  return std::fclose(file) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  int at = 3;
  while (at < argc && std::strcmp(argv[at], "--") != 0) ++at;
  if (at + 1 >= argc) return usage();
  const auto start = std::chrono::steady_clock::now();
  g_child = fork();
  if (g_child < 0) return 1;
  if (g_child == 0) become(argv + 3, argv + at + 1);
  setpgid(g_child, g_child);
  for (const int signal_number : {SIGALRM, SIGINT, SIGTERM, SIGHUP}) handle(signal_number);
  alarm(static_cast<unsigned>(std::atoi(argv[2])));
  int status = 0;
  rusage usage = {};
  while (wait4(g_child, &status, 0, &usage) < 0) {
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  kill(-g_child, SIGKILL);
  return write_result(argv[1], wall.count(), usage, status) ? 0 : 1;
}
