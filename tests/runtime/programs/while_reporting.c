/* What happens while a thread writes a report does not cut it. argv[1]: what happens. */
#include "stuck_report.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>

static volatile pid_t reporter;
static pthread_t reporting_thread;
static sigjmp_buf out;

static void double_free(void) {
  char* block = malloc(100);
  free(block);
  free(OPAQUE(block));
}

static void* report(void* unused) {
  reporter = (pid_t)syscall(SYS_gettid);
  double_free();
  return NULL;
}

static void jump_out(int signal) { siglongjmp(out, signal); }

/* The signal comes while the main thread is stuck, and asks for a jump out of the report. */
static void* interrupt(void* signal) {
  wait_until_stuck(getpid());
  CHECK(pthread_kill(reporting_thread, (int)(long)signal) == 0);
  release();
  return NULL;
}

/* Memory that the report is going to look at, for the pointer that an overflow left behind. */
static char* pointed_to;

static void* take_memory_away(void* unused) {
  wait_until_stuck(getpid());
  CHECK(mprotect((void*)((uintptr_t)(pointed_to - 32) & -(uintptr_t)kPage), kPage, PROT_NONE) == 0);
  release();
  return NULL;
}

static void report_crashes(void) {
  pthread_t other;
  pointed_to = malloc(100000);
  char* block = malloc(24);
  *(char* volatile*)(block + OPAQUE(24)) = pointed_to;
  CHECK(pthread_create(&other, NULL, take_memory_away, NULL) == 0);
  free(block);
}

static void report_interrupted(int signal_number) {
  pthread_t other;
  reporting_thread = pthread_self();
  CHECK(pthread_create(&other, NULL, interrupt, (void*)(long)signal_number) == 0);
  if (sigsetjmp(out, 1) == 0) double_free();
  exit(0);
}

/* Ends the process by itself. */
static void* crash(void* unused) {
  release();
  *(volatile char*)OPAQUE((char*)0) = 1;
  return NULL;
}

static void* report_second(void* unused) {
  double_free();
  return NULL;
}

int main(int argc, char** argv) {
  pthread_t thread;
  pthread_t second;
  if (argc == 2) return watch(argv[0], argv[1]);
  if (strcmp(argv[1], "alarm") == 0) {
    signal(SIGALRM, jump_out);
    report_interrupted(SIGALRM);
  }
  if (strcmp(argv[1], "sent") == 0) report_interrupted(SIGSEGV);
  if (strcmp(argv[1], "crash") == 0) report_crashes();
  CHECK(pthread_create(&thread, NULL, report, NULL) == 0);
  while (reporter == 0) usleep(1000);
  wait_until_stuck(reporter);
  if (strcmp(argv[1], "fault") == 0) {
    CHECK(pthread_create(&second, NULL, report_second, NULL) == 0);
    release();
    pthread_join(second, NULL);
    return 0;
  }
  if (strcmp(argv[1], "segv") == 0) {
    CHECK(pthread_create(&second, NULL, crash, NULL) == 0);
    pthread_join(second, NULL);
    return 0;
  }
  release();
  if (strcmp(argv[1], "return") == 0) return 0;
  if (strcmp(argv[1], "exit_at_once") == 0) _exit(0);
  if (strcmp(argv[1], "quick_exit") == 0) quick_exit(0);
  if (strcmp(argv[1], "exec") == 0) execl("/bin/true", "true", (char*)NULL);
  exit(0);
}
