/* A C program that opens a C++ plugin by itself, as interpreters do with extensions: the C++ library is in
 * the plugin's scope only. Returns what the plugin says. */
#include <dlfcn.h>

int main(int count, char** arguments) {
  void* handle = count > 1 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : 0;
  int (*run)(void) = handle != 0 ? (int (*)(void))dlsym(handle, "run") : 0;
  return run != 0 ? run() : 100;
}
