/* Opens its plugin by name, to be found along the program's own search path, and without or with a bug in it;
 * or twice in a namespace of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int run(void* plugin, int argument) {
  int (*function)(int) = plugin != 0 ? (int (*)(int))dlsym(plugin, "run") : 0;
  return function != 0 ? function(argument) : 100;
}

int main(int count, char** arguments) {
  const char* const how = count > 1 ? arguments[1] : "";
  const int mode = RTLD_NOW | RTLD_DEEPBIND;
  if (strcmp(how, "namespace") == 0) {
    for (int i = 0; i < 2; ++i) {
      if (run(dlmopen(LM_ID_NEWLM, "libloading_plugin.so", RTLD_NOW), 0) != 0) return 1;
    }
    return 0;
  }
  if (strcmp(how, "dlmopen") == 0) return run(dlmopen(LM_ID_BASE, "libloading_plugin.so", mode), 0);
  if (strcmp(how, "plain") == 0) return run(dlopen("libloading_plugin.so", RTLD_LAZY | RTLD_GLOBAL), 0);
  return run(dlopen("libloading_plugin.so", mode), strcmp(how, "overrun") == 0);
}
