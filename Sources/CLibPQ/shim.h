#pragma once
#include <libpq-fe.h>
#include <malloc.h>

// malloc.h is not among the headers that Swift's Glibc module brings.
static inline int rehome_set_mmap_threshold(int bytes) { return mallopt(M_MMAP_THRESHOLD, bytes); }
