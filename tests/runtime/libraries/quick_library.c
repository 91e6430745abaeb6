/* Comes and goes. */
int quick_library_value = 1;
