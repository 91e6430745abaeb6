/* Overwrites one word that is in use of Padlock's own tables, another one in each of many children, and has
 * them allocate, free, end threads and exit: hardly any dies without a report, or goes on without end, and a
 * good part of the writes is reported as what it is. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kBlocks = 400, kLarge = 60, kRanges = 500, kChildren = 150 };

typedef struct {
  uintptr_t begin, end;
} Range;

static Range tables[kRanges];
static int table_count;
static char* small_blocks[16];
static int small_count;
static char* large_blocks[kLarge];

static void* work(void* argument) {
  static __thread char* blocks[kBlocks];
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < kBlocks; ++i) blocks[i] = malloc((size_t)(i * 37 + round * 11) % 2000);
    if (small_count < 15) small_blocks[small_count++] = blocks[1];
    for (int i = 0; i < kBlocks; i += 2) blocks[i] = realloc(blocks[i], (size_t)(i * 41 % 3000 + 1));
    for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
    free(OPAQUE(malloc(300000)));
  }
  return argument;
}

static void work_in_thread(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
  pthread_join(thread, NULL);
}

static int holds(const Range* range, const char* block) {
  return (uintptr_t)block >= range->begin && (uintptr_t)block < range->end;
}

static int has_blocks(const Range* range) {
  for (int i = 0; i < small_count; ++i) {
    if (holds(range, small_blocks[i])) return 1;
  }
  for (int i = 0; i < kLarge; ++i) {
    if (holds(range, large_blocks[i])) return 1;
  }
  return 0;
}

/* What has no name, can be written, lies between closed pages, and holds no block. */
static void find_tables(void) {
  static char line[1000];
  FILE* file = fopen("/proc/self/maps", "r");
  CHECK(file != NULL);
  Range before = {0, 0};
  Range last = {0, 0};
  int is_closed = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    Range range;
    char access[8];
    char name[300] = "";
    CHECK(sscanf(line, "%lx-%lx %7s %*s %*s %*s %299s", &range.begin, &range.end, access, name) >= 3);
    const int closes = memcmp(access, "---", 3) == 0;
    if (closes && last.end == range.begin && last.begin != 0 && !has_blocks(&last) && table_count < kRanges)
      tables[table_count++] = last;
    const int opens =
        memcmp(access, "rw-", 3) == 0 && name[0] == '\0' && is_closed && before.end == range.begin;
    last = opens ? range : (Range){0, 0};
    before = range;
    is_closed = closes;
  }
  fclose(file);
}

static uint64_t chance(void) {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static uint64_t changed(uint64_t word, unsigned way) {
  switch (way) {
    case 64:
      return word + 1;
    case 65:
      return word - 1;
    case 66:
      return 0;
    case 67:
      return ~(uint64_t)0;
    case 68:
      return 0x4141414141414141u;
    default:
      return word ^ (uint64_t)1 << way;
  }
}

/* The `skip`th word that is not zero; or counts them, and is null. */
static uint64_t* word_in_use(size_t skip, size_t* count) {
  for (int i = 0; i < table_count; ++i) {
    for (uint64_t* word = (uint64_t*)tables[i].begin; (uintptr_t)word < tables[i].end; ++word) {
      if (*word == 0) continue;
      if (skip-- == 0) return word;
      ++*count;
    }
  }
  return NULL;
}

static void be_overwritten(uint64_t* word, uint64_t value, int output) {
  dup2(output, 2);
  signal(SIGALRM, SIG_DFL);
  alarm(20);
  *word = value;
  work(NULL);
  work_in_thread();
  for (int i = 1; i < kLarge; i += 2) free(realloc(large_blocks[i], 250000 + (size_t)i));
  exit(0);
}

int main(void) {
  for (int i = 0; i < kLarge; ++i) large_blocks[i] = malloc(200000 + (size_t)i * 1000);
  for (int i = 0; i < kLarge; i += 2) free(large_blocks[i]);
  work_in_thread();
  work_in_thread();
  work(NULL);
  find_tables();
  size_t words = 0;
  CHECK(word_in_use(SIZE_MAX, &words) == NULL && words > 1000);
  int reported = 0;
  int unexplained = 0;
  for (int child = 0; child < kChildren; ++child) {
    size_t before = 0;
    uint64_t* const word = word_in_use(chance() % words, &before);
    const uint64_t value = changed(*word, (unsigned)(chance() % 69));
    int ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) be_overwritten(word, value, ends[1]);
    close(ends[1]);
    static char text[1 << 16];
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], text + length, sizeof text - 1 - length)) > 0;)
      length += (size_t)got;
    text[length] = '\0';
    close(ends[0]);
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    const int told = strstr(text, "ERROR: Padlock: ") != NULL;
    if (!told && status != 0) fprintf(stderr, "%p = %lx: status %x\n%s\n", (void*)word, value, status, text);
    unexplained += !told && status != 0;
    reported += told && strstr(text, "metadata-corruption: Padlock's own ") != NULL;
  }
  fprintf(stderr, "%d of %d reported as what they are\n", reported, kChildren);
  CHECK(reported * 6 > kChildren);
  CHECK(unexplained * 50 <= kChildren);
}
