#pragma once
// Inlined into the caller: rows are short, so a call through the PLT would cost more than the hash,
// and the Job's image needs no libxxhash at run time.
#define XXH_INLINE_ALL
#include <xxhash.h>
