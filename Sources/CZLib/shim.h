#pragma once

#include <string.h>
#include <zlib.h>

// deflateInit2 is a macro, which Swift does not see. 16 more than the largest window asks for gzip's header.

/// How many bytes a text of so many may take, at most.
static inline unsigned long rehome_gzip_bound(unsigned long count) { return compressBound(count) + 32; }

/// Writes gzip's format and returns how many bytes it took; 0 if it failed.
static inline unsigned long rehome_gzip(const void *text, unsigned int count, void *room, unsigned int size) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (Bytef *)text;
    stream.avail_in = count;
    stream.next_out = (Bytef *)room;
    stream.avail_out = size;
    int code = deflate(&stream, Z_FINISH);
    unsigned long written = stream.total_out;
    deflateEnd(&stream);
    return code == Z_STREAM_END ? written : 0;
}
