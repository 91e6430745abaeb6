// glibc's struct mallinfo and struct mallinfo2.
#pragma once

#include <malloc.h>
