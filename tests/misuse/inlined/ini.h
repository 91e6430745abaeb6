// A reader of "key = value" lines, of which every function but the outer two is inlined at every level of
// optimization.
#pragma once
#include <stdlib.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define OUTER __attribute__((noinline)) static

struct entry {
  struct entry* next;
  char* key;
  char* value;
};

struct file {
  struct entry* first;
};

INLINE int is_blank(char c) { return c == ' ' || c == '\t'; }

INLINE const char* skip_blanks(const char* text) {
  while (is_blank(*text)) ++text;
  return text;
}

INLINE char* copy_text(const char* text, size_t length) {
  char* copy = (char*)malloc(length + ROOM_FOR_NUL);
  for (size_t i = 0; i < length; ++i) copy[i] = text[i];
  copy[length] = '\0';
  return copy;
}

INLINE void read_value(struct entry* entry, const char* text) {
  text = skip_blanks(text);
  entry->value = copy_text(text, strcspn(text, "\n"));
}

INLINE void add_entry(struct file* file, const char* text, size_t key_length) {
  struct entry* entry = (struct entry*)malloc(sizeof *entry);
  entry->next = file->first;
  entry->key = copy_text(text, key_length);
  read_value(entry, text + key_length + 1);
  file->first = entry;
}

OUTER void parse(struct file* file, const char* text) {
  for (; *text != '\0'; text = strchr(text, '\n') + 1) {
    text = skip_blanks(text);
    add_entry(file, text, strcspn(text, "="));
  }
}

INLINE void append_value(struct entry* entry, const char* more) {
  entry->value = (char*)realloc(entry->value, strlen(more) + 8);
  strcpy(entry->value, more);
}

INLINE void drop_text(char* text) { free(text); }

INLINE void drop_entry(struct entry* entry) {
  drop_text(entry->key);
  drop_text(entry->value);
}

OUTER void close_file(struct file* file) {
  struct entry* next;
  for (struct entry* entry = file->first; entry != NULL; entry = next) {
    next = entry->next;
    drop_entry(entry);
    free(entry);
  }
}
