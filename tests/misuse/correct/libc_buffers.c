// Buffers that libc allocated are freed by the program.
// expect: nothing
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  char *text = NULL, *line = NULL, *stream_text = NULL;
  size_t capacity = 0, stream_size = 0;
  if (asprintf(&text, "%d bottles of %s", 99, "beer") != 18) return 1;
  FILE* lines = fmemopen(text, strlen(text), "r");
  if (getline(&line, &capacity, lines) != 18 || capacity < 19) return 2;
  fclose(lines);
  FILE* stream = open_memstream(&stream_text, &stream_size);
  for (int i = 0; i < 5000; ++i) fprintf(stream, "%d,", i);
  fclose(stream);
  char* copy = strdup(stream_text);
  char* prefix = strndup(copy, 10);
  char* path = realpath("/", NULL);
  char* directory = getcwd(NULL, 0);
  char* buffers[] = {text, line, stream_text, copy, prefix, path, directory};
  for (int i = 0; i < 7; ++i) free(hide(buffers[i]));
  return 0;
}
