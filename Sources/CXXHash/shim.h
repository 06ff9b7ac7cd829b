#pragma once
// Inlined into the caller: rows are short, so a call through the PLT would cost more than the hash,
// and the Job's image needs no libxxhash at run time.
#define XXH_INLINE_ALL
#include <xxhash.h>

// XXH_INLINE_ALL renames the library's functions by macros, which Swift does not see through.
static inline XXH128_hash_t rehome_xxh3_128(const void *bytes, size_t count) {
    return XXH3_128bits(bytes, count);
}
