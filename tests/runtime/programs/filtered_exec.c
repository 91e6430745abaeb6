/* filtered_exec PROGRAM [ARGUMENT...]: runs it with a filter that ends a process that makes one of the calls
   that Padlock does without when it finds itself under a filter, and that programs do not need to begin. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

#define REFUSE(call) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

int main(int count, char** words) {
  CHECK(count > 1);
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      REFUSE(madvise),
      REFUSE(membarrier),
      REFUSE(clone),
      REFUSE(nanosleep),
      REFUSE(sched_yield),
      REFUSE(rt_sigtimedwait),
      REFUSE(rt_sigpending),
      REFUSE(flock),
      REFUSE(wait4),
      REFUSE(kill),
      REFUSE(msync),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
  execv(words[1], words + 1);
  return 1;
}
