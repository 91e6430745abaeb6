// A module to be unloaded. Two are made of it with functions at the same place but frames of different size,
// so that a rule kept from the one is wrong for the other.
extern "C" [[gnu::visibility("default"), gnu::noinline]] void plugin_run(void (*probe)()) {
  char frame[PADLOCK_FRAME_SIZE];
  asm volatile("" ::"r"(frame) : "memory");
  probe();
  probe();
  probe();
  asm volatile("" ::"r"(frame) : "memory");
}
