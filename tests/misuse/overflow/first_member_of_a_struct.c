// One record too many: what of it lies in the padding is no single number.
// expect: heap-buffer-overflow
// options: intercept=0
#include "../misuse.h"

struct Record {
  int id;
  char tag[8];
  double weight;
};

static NOINLINE void fill(struct Record* record, int id) {
  record->id = id;
  strcpy(record->tag, "tag");
  record->weight = id * 1.5;
}

int main(void) {
  struct Record* records = hide(malloc(10 * sizeof *records));
  must_change(records, 240, 10, 1);
  for (int i = 0; i < 3; ++i) must_change(records, 244 + i, "tag"[i], 1);
  for (int i = 1; i <= 10; ++i) fill(&records[i], i);
  free(records);
  return 0;
}
