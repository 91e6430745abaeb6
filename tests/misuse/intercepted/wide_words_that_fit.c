// Words of wide input that fill the blocks for them, as narrow text: glibc writes a second NUL behind each.
// expect: nothing
#define _GNU_SOURCE
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#include "../misuse.h"

static char* block_for(const char* text) { return hide(malloc(strlen(text) + 1)); }

static void expect_text(char* text, const char* expected) {
  if (memcmp(hide(text), expected, strlen(expected) + 1) != 0) abort();
  free(text);
}

static void one_word(const wchar_t* input, const wchar_t* format, const char* expected) {
  char* word = block_for(expected);
  if (swscanf(input, format, word) != 1) abort();
  expect_text(word, expected);
}

static void words_among_others(void) {
  char* first = block_for("abc");
  char* second = block_for("0123456789abcde");  // 16 bytes: a guarded block without slack
  char* allocated = NULL;
  char outside[8];
  int* number = hide(malloc(sizeof *number));
  short* counted = hide(malloc(sizeof *counted));
  if (swscanf(L"abc 0123456789abcde 17 out heap", L"%3s %[0-9a-e]%hn %d %7s %ms", first, second, counted,
              number, outside, &allocated) != 5)
    abort();
  if (*number != 17 || *counted != 19 || strcmp(outside, "out") != 0) abort();
  expect_text(allocated, "heap");
  expect_text(second, "0123456789abcde");
  expect_text(first, "abc");
  free(number);
  free(counted);
}

// What is written later into the same block comes on top, and nothing else in it changes.
static void several_in_one_block(void) {
  char* tag = hide(malloc(4));
  if (swscanf(L"abcd", L"%3s%c", tag, tag + 3) != 2 || memcmp(tag, "abcd", 4) != 0) abort();
  free(tag);
  struct {
    char before[4];
    int number;
    char name[8];
  }* record = hide(calloc(1, sizeof *record));
  memset(record->before, 'b', sizeof record->before);
  if (swscanf(L"sevenxx 5", L"%s %d", record->name, &record->number) != 2) abort();
  if (memcmp(record->before, "bbbb", 4) != 0 || record->number != 5 || strcmp(record->name, "sevenxx") != 0)
    abort();
  if (swscanf(L"7 sevenyy", L"%d %s", &record->number, record->name) != 2) abort();
  if (record->number != 7 || strcmp(record->name, "sevenyy") != 0) abort();
  free(record);
}

static void words_of_a_stream(const wchar_t* input, const wchar_t* format) {
  FILE* file = tmpfile();
  if (file == NULL || fputws(input, file) < 0) abort();
  rewind(file);
  char* first = block_for("abc");
  char* second = block_for("defghij");
  if (fwscanf(file, format, first, second) != 2) abort();
  expect_text(first, "abc");
  expect_text(second, "defghij");
  fclose(file);
}

static int scan(const wchar_t* input, const wchar_t* format, ...) {
  va_list list;
  va_start(list, format);
  const int count = vswscanf(input, format, list);
  va_end(list);
  return count;
}

// An error in the middle of a word leaves what came before it.
static void cut_off(void) {
  char* word = hide(malloc(4));
  memset(word, 'x', 4);
  if (swscanf(L"ab\xd800z", L"%3s", word) != 0 && hide(word) != NULL && memcmp(word, "abxx", 4) != 0) abort();
  free(word);
}

static void long_word(size_t length) {
  wchar_t* input = hide(malloc((length + 1) * sizeof *input));
  wmemset(input, L'w', length);
  input[length] = L'\0';
  char* word = hide(malloc(length + 1));
  if (swscanf(input, L"%s", word) != 1 || strlen(word) != length) abort();
  free(input);
  free(word);
}

int main(void) {
  for (int i = 0; i < 3; ++i) {
    one_word(L"abc", L"%3s", "abc");
    one_word(L"abcdef", L"%3s", "abc");
    one_word(L"abc def", L"%s", "abc");
    one_word(L"a b]c", L"%[^]]", "a b");
    one_word(L"aabbcc", L"%4[ab]", "aabb");
    one_word(L"0123456789abcde", L"%15s", "0123456789abcde");
    words_among_others();
    several_in_one_block();
    words_of_a_stream(L"abc defghij", L"%s %s");
    words_of_a_stream(L"abc defghijk", L"%3s %7[a-z]");
    char* first = block_for("ab");
    char* numbered[8];
    for (int n = 0; n < 8; ++n) numbered[n] = block_for("ab");
    if (scan(L"ab ab ab ab ab ab ab ab", L"%s%s%s%s%s%s%s%s", numbered[0], numbered[1], numbered[2],
             numbered[3], numbered[4], numbered[5], numbered[6], numbered[7]) != 8)
      abort();
    for (int n = 0; n < 8; ++n) expect_text(numbered[n], "ab");
    if (scan(L"ab", L"%2s", first) != 1) abort();
    expect_text(first, "ab");
    long_word(100);
    long_word(70000);
    long_word(3000000);
  }
  cut_off();
  if (setlocale(LC_ALL, "C.UTF-8") != NULL) one_word(L"\xe4\x20ac", L"%2s", "\xc3\xa4\xe2\x82\xac");
  return 0;
}
