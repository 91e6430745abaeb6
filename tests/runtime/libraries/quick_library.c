/* Loaded and unloaded again and again, so that the tables of modules change. */
int quick_library_value = 1;
