// With MSG_TRUNC the result is longer than what was written: a stream's bytes are thrown away.
// expect: nothing
#include <netinet/in.h>
#include <sys/socket.h>

#include "../misuse.h"

static void connected(int* sender, int* receiver) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr*)&address, length) != 0 || listen(listener, 1) != 0) abort();
  getsockname(listener, (struct sockaddr*)&address, &length);
  *receiver = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(*receiver, (struct sockaddr*)&address, length) != 0) abort();
  *sender = accept(listener, NULL, NULL);
}

int main(void) {
  int sender, receiver;
  connected(&sender, &receiver);
  static char sent[4000];
  if (write(sender, sent, sizeof sent) != sizeof sent) return 1;
  char* block = hide(malloc(4));
  strcpy(block, "abc");
  const ssize_t got = recv(receiver, hide(block), sizeof sent, MSG_TRUNC | MSG_WAITALL);
  return got > 0 && strcmp(block, "abc") == 0 ? 0 : 2;
}
