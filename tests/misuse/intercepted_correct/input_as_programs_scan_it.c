// Texts that end where blocks do, conversions that do not come to pass, fields that scanf leaves alone.
// expect: nothing
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../misuse.h"

static void exact_blocks(void) {
  char* text = hide(malloc(12));
  memcpy(text, "abc 123 4.5", 12);
  char* word = hide(malloc(4));
  int* number = hide(malloc(sizeof *number));
  float* real = hide(malloc(sizeof *real));
  if (sscanf(text, "%3s %d %f", word, number, real) != 3 || *number != 123) abort();
  char* two = hide(malloc(2));
  if (sscanf(text, "%2c", two) != 1 || two[1] != 'b') abort();
  if (sscanf(text, "%[a-c]%*d", word) != 1) abort();
  free(two);
  free(real);
  free(number);
  free(word);
  free(text);
}

// The second conversion has nothing to read: its argument is not touched.
static void what_is_not_assigned(void) {
  int number = 0;
  char* gone = hide(malloc(8));
  free(gone);
  if (sscanf("12", "%d %s", &number, gone) != 1 || number != 12) abort();
  if (sscanf("x", "%d %s", &number, gone) != 0) abort();
  if (sscanf("", "%s", gone) != EOF) abort();
  int seen = 0;
  if (sscanf("1 2", "%d%n %d", &number, &seen, &number) != 2 || seen != 1) abort();
}

static void allocated(void) {
  char* word = NULL;
  char** place = hide(malloc(sizeof *place));
  if (sscanf("a-very-long-word-for-a-pointer", "%ms", place) != 1) abort();
  word = *place;
  if (strlen(word) != 30) abort();
  free(word);
  free(place);
}

static void datagrams(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) abort();
  static char message[100];
  send(ends[0], message, sizeof message, 0);
  char* block = hide(malloc(40));
  if (recv(ends[1], block, 40, MSG_TRUNC) != 100) abort();
  send(ends[0], message, 20, 0);
  if (recv(ends[1], block, 48, MSG_TRUNC) != 20) abort();
  free(block);
}

static void fields(void) {
  char* field = hide(malloc(16));
  memset(field, 'f', 16);
  char* copy = hide(malloc(16));
  strncpy(copy, field, 16);
  strncpy(copy, copy, 16);
  strncpy(copy + 8, "12345678", 8);
  strcpy(field, "same place");
  sprintf(field, "%s", field);
  sprintf(copy, "%s.", field);
  snprintf(copy, 4, "%s", field + 2);
  if (memccpy(copy, "ab\ncd", '\n', 1000) != copy + 3) abort();
  time_t now = 0;
  strftime(copy, 16, "%H:%M", gmtime(&now));
  free(copy);
  free(field);
}

int main(void) {
  exact_blocks();
  what_is_not_assigned();
  allocated();
  datagrams();
  fields();
  return 0;
}
