// Places that are as long as what is written there, tokens that end in time, and calls that fail and write
// nothing.
// expect: nothing
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <iconv.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "../misuse.h"

#define MUST(what) \
  if (!(what)) abort()

static void files_and_clocks(void) {
  struct stat* status = hide(malloc(sizeof *status));
  MUST(stat("/", status) == 0 && S_ISDIR(status->st_mode));
  MUST(lstat("/", status) == 0 && fstat(0, hide(status)) <= 0);
  MUST(fstatat(AT_FDCWD, "/", status, 0) == 0);
  char* gone = hide(malloc(8));
  free(gone);
  MUST(stat("/no/such/file", hide(gone)) == -1 && fstat(-1, hide(gone)) == -1);
  MUST(clock_gettime(1000, hide(gone)) == -1);
  free(status);
  struct timespec* now = hide(malloc(sizeof *now));
  MUST(clock_gettime(CLOCK_MONOTONIC, now) == 0 && clock_getres(CLOCK_REALTIME, now) == 0);
  now->tv_sec = 0;
  now->tv_nsec = 1;
  MUST(nanosleep(now, NULL) == 0 && clock_nanosleep(CLOCK_REALTIME, 0, now, now) == 0);
  MUST(gettimeofday(hide(now), NULL) == 0);
  free(now);
  time_t* seconds = hide(malloc(sizeof *seconds));
  struct tm* date = hide(malloc(sizeof *date));
  MUST(time(seconds) == *seconds && time(NULL) >= *seconds);
  MUST(gmtime_r(seconds, date) == date && localtime_r(seconds, date) == date);
  free(date);
  free(seconds);
}

static void the_system(void) {
  struct utsname* name = hide(malloc(sizeof *name));
  MUST(uname(name) == 0 && strcmp(name->sysname, "Linux") == 0);
  free(name);
  struct rlimit* limit = hide(malloc(sizeof *limit));
  MUST(getrlimit(RLIMIT_NOFILE, limit) == 0);
  free(limit);
  struct rusage* usage = hide(malloc(sizeof *usage));
  MUST(getrusage(RUSAGE_SELF, usage) == 0);
  free(usage);
}

// The length may be larger than the block where less comes, and smaller than what there is.
static void sockets(void) {
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  char* short_place = hide(malloc(2));
  socklen_t length = 110;
  MUST(getsockname(ends[0], hide(short_place), &length) == 0 && length == 2);
  length = 1;
  MUST(getpeername(ends[0], hide(short_place), &length) == 0 && length == 2);
  int* type = hide(malloc(sizeof *type));
  length = 64;
  MUST(getsockopt(ends[0], SOL_SOCKET, SO_TYPE, type, &length) == 0 && *type == SOCK_STREAM && length == 4);
  MUST(accept(-1, hide(short_place), &length) == -1 && accept(-1, NULL, NULL) == -1);
  free(type);
  free(short_place);
  struct in_addr* address = hide(malloc(sizeof *address));
  MUST(inet_pton(AF_INET, "127.0.0.1", address) == 1);
  MUST(inet_pton(AF_INET6, "no address", hide(address)) == 0);
  free(address);
}

static void tokens(void) {
  char* line = hide(malloc(8));
  memcpy(line, " a,b c,", 8);
  MUST(strcmp(strtok(line, " ,"), "a") == 0 && strcmp(strtok(NULL, ","), "b c") == 0 &&
       strtok(NULL, ",") == NULL);
  // What ends a token comes before the end, and nothing asks for more.
  memcpy(line, "a,bcdefg", 8);
  char* rest = line;
  MUST(strcmp(strsep(&rest, ","), "a") == 0 && rest == line + 2);
  memcpy(line, "a,bcdefg", 8);
  MUST(strcmp(strtok_r(line, ",", &rest), "a") == 0);
  rest = NULL;
  MUST(strsep(&rest, ",") == NULL);
  free(line);
}

static void conversions(void) {
  const iconv_t conversion = iconv_open("UTF-32LE", "UTF-8");
  char* text = hide(malloc(3));
  memcpy(text, "abc", 3);
  char* wide = hide(malloc(12));
  char* from = text;
  char* to = wide;
  size_t size = 3;
  size_t room = 100;
  MUST(iconv(conversion, &from, &size, &to, &room) == 0 && room == 88);
  MUST(iconv(conversion, NULL, NULL, NULL, NULL) == 0);
  iconv_close(conversion);
  free(wide);
  free(text);
}

static void wide_words(void) {
  wchar_t* word = hide(malloc(3 * sizeof *word));
  int* number = hide(malloc(sizeof *number));
  MUST(swscanf(L"ab 12", L"%ls %d", word, number) == 2 && wcscmp(word, L"ab") == 0 && *number == 12);
  MUST(sscanf("cd", "%Ls", word) == 1 && wcscmp(word, L"cd") == 0);
  MUST(sscanf("efg", "%3llc", word) == 1 && word[2] == L'g');
  char* narrow = hide(malloc(4));  // to glibc the NUL is one of two
  MUST(swscanf(L"hi there", L"%2s%*ls", narrow) == 1 && strcmp(narrow, "hi") == 0);
  MUST(swscanf(L"", L"%ls", word) == EOF && swscanf(L"7 x", L"%d %d", number, word) == 1);
  free(narrow);
  free(number);
  free(word);
}

int main(void) {
  files_and_clocks();
  the_system();
  sockets();
  tokens();
  conversions();
  wide_words();
  return 0;
}
