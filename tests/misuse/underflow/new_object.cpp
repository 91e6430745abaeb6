// A write before an object from new, found at exit.
// expect: heap-buffer-underflow
#include "../misuse.h"

struct Account {
  long id, balance, limit;
};
Account* volatile account;

int main() {
  account = new Account();
  overwrite(account, -8, 'o', 8);
  exit(0);
}
