// A list of sessions; one is closed while somebody still counts its requests.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

struct Session {
  std::string user;
  long requests = 0;
};

class Server {
 public:
  Session* open(const char* user) {
    sessions_.push_back(std::make_unique<Session>(Session{user}));
    return sessions_.back().get();
  }
  void close_last() { sessions_.pop_back(); }

 private:
  std::vector<std::unique_ptr<Session>> sessions_;
};

int main() {
  Server server;
  server.open("ada");
  Session* grace = server.open("grace");
  server.close_last();
  grace->requests = 1;
  std::puts("served");
}
