/* abort() is abort(): after a report the program's SIGABRT handler runs, then the default action. argv[1]:
   what the handler does. */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char* what;
static int words[2];
static sigjmp_buf back;

static void fail_again(void) {
  char* const block = OPAQUE(malloc(10));
  block[10] = 0;
  free(block);
}

/* What it writes is its verdict. It may allocate. */
static void on_abort(int signal) {
  char* const verdict = OPAQUE(malloc(2));
  strcpy(verdict, "v");
  write(words[1], verdict, 1);
  free(verdict);
  if (strcmp(what, "exits") == 0) _exit(42);
  if (strcmp(what, "exits_well") == 0) _exit(0);
  if (strcmp(what, "exits_256") == 0) _exit(256);
  if (strcmp(what, "exits_quickly") == 0) quick_exit(0);
  if (strncmp(what, "jumps", 5) == 0) siglongjmp(back, 1);
  if (strcmp(what, "fails") == 0) fail_again();
  if (strcmp(what, "default") == 0) {
    struct sigaction action = {0};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, NULL);
    raise(signal);
  }
}

static void free_twice(void) {
  char* const block = OPAQUE(malloc(20));
  free(block);
  free(OPAQUE(block));
}

static int run(void) {
  sigset_t abort_only;
  sigemptyset(&abort_only);
  sigaddset(&abort_only, SIGABRT);
  if (strcmp(what, "ignored") == 0) {
    signal(SIGABRT, SIG_IGN);
  } else if (strcmp(what, "none") != 0) {
    signal(SIGABRT, on_abort);
  }
  if (strcmp(what, "blocked") == 0) sigprocmask(SIG_BLOCK, &abort_only, NULL);
  if (sigsetjmp(back, 1) == 0) free_twice();
  if (strncmp(what, "jumps", 5) != 0) return 1;
  free(OPAQUE(malloc(100)));
  if (strcmp(what, "jumps_twice") == 0 && sigsetjmp(back, 1) == 0) fail_again();
  return strcmp(what, "jumps_and_fails") == 0 ? 3 : 0;
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  what = argv[1];
  CHECK(pipe(words) == 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) return run();
  CHECK(close(words[1]) == 0);
  char verdict[8];
  const ssize_t written = read(words[0], verdict, sizeof verdict);
  CHECK((written == 0) == (strcmp(what, "none") == 0 || strcmp(what, "ignored") == 0));
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
