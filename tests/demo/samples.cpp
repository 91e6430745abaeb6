// A worker thread fills a table of samples, with one row too many. The table is never freed.
#include <cstdio>
#include <thread>

struct Sample {
  double time, value;
};

static void fill(Sample* table, int rows) {
  for (int row = 0; row <= rows; ++row) table[row] = {row * 0.5, 1.0};
}

int main() {
  static Sample* table = new Sample[30];
  std::thread(fill, table, 30).join();
  std::printf("last value %.1f\n", table[29].value);
}
