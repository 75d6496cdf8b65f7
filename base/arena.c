/* arena.c - allocations in chunks that are released together.
 *
 * A chunk is one calloc; allocations are cut from its front. A request that does not fit opens a
 * new chunk, twice as large as the one before (up to CHUNK_BYTES_MAX) or as large as the request.
 * A reset replaces several chunks by one that holds all of them, so an arena that serves the same
 * work again and again settles on a single chunk.
 *
 * Items whose size is a whole number of lines of the cache begin on a line. Handed-out bytes are
 * zero: fresh chunks are zero from calloc (large ones cost no memory until they are touched), and
 * what was handed out before a reset is cleared when it is handed out again.
 * Under AddressSanitizer each allocation is followed by a poisoned gap, so that overruns inside a
 * chunk are found too.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
enum { GAP_BYTES = 16 };
#define POISON(at, n) ASAN_POISON_MEMORY_REGION((at), (n))
#define UNPOISON(at, n) ASAN_UNPOISON_MEMORY_REGION((at), (n))
#else
enum { GAP_BYTES = 0 };
#define POISON(at, n) ((void)0)
#define UNPOISON(at, n) ((void)0)
#endif

enum { ALIGN_BYTES = 16, LINE_BYTES = 64 /* of the cache */ };
enum { CHUNK_BYTES_MIN = 1 << 14, CHUNK_BYTES_MAX = 1 << 23 };

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *before;
    size_t n_bytes; /* that can be handed out          */
    size_t used;    /* handed out since the last reset */
    size_t touched; /* ever handed out: may be non-zero */
    unsigned char *bytes;
};

struct Arena {
    Chunk *chunk; /* the one that is being filled, NULL at first */
    size_t handed_out;
};

void arena_out_of_memory(size_t n_bytes)
{
    fprintf(stderr, "egret: out of memory");
    if (n_bytes > 0)
        fprintf(stderr, ": %zu more bytes needed", n_bytes);
    fprintf(stderr, "\n");
    fflush(stderr);
    _Exit(ARENA_OUT_OF_MEMORY);
}

/* The header's size rounded up, so that the bytes behind it are aligned. */
enum { HEADER_BYTES = (sizeof(Chunk) + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES };

/* Bytes up to the next line of the cache. */
static size_t to_line(uintptr_t at)
{
    return (LINE_BYTES - at % LINE_BYTES) % LINE_BYTES;
}

static Chunk *chunk_new(size_t n_bytes, Chunk *before)
{
    if (n_bytes > SIZE_MAX - HEADER_BYTES - LINE_BYTES)
        arena_out_of_memory(n_bytes);
    unsigned char *memory = calloc(1, HEADER_BYTES + LINE_BYTES + n_bytes);
    if (memory == NULL)
        arena_out_of_memory(n_bytes);
    CHECK((uintptr_t)memory % ALIGN_BYTES == 0);
    Chunk *chunk = (Chunk *)(void *)memory;
    chunk->before = before;
    chunk->n_bytes = n_bytes;
    chunk->bytes = memory + HEADER_BYTES;
    chunk->bytes += to_line((uintptr_t)chunk->bytes);
    POISON(chunk->bytes, n_bytes);
    return chunk;
}

/* Release the chunk and all before it; returns the bytes that were in use. */
static size_t chunks_free(Chunk *chunk)
{
    size_t used = 0;
    while (chunk != NULL) {
        Chunk *before = chunk->before;
        used += chunk->used;
        UNPOISON(chunk->bytes, chunk->n_bytes);
        free(chunk);
        chunk = before;
    }
    return used;
}

Arena *arena_new(void)
{
    Arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        arena_out_of_memory(sizeof *arena);
    return arena;
}

void arena_free(Arena *arena)
{
    if (arena == NULL)
        return;
    chunks_free(arena->chunk);
    free(arena);
}

void arena_reset(Arena *arena)
{
    arena->handed_out = 0;
    if (arena->chunk == NULL)
        return;
    if (arena->chunk->before != NULL) {
        size_t used = chunks_free(arena->chunk);
        arena->chunk = chunk_new(used, NULL);
        return;
    }
    arena->chunk->used = 0;
    POISON(arena->chunk->bytes, arena->chunk->n_bytes);
}

static void open_chunk(Arena *arena, size_t n_bytes)
{
    size_t next = CHUNK_BYTES_MIN;
    if (arena->chunk != NULL)
        next = arena->chunk->n_bytes < CHUNK_BYTES_MAX / 2 ? arena->chunk->n_bytes * 2
                                                           : (size_t)CHUNK_BYTES_MAX;
    if (next < n_bytes)
        next = n_bytes;
    arena->chunk = chunk_new(next, arena->chunk);
}

void *arena_alloc(Arena *arena, size_t n_items, size_t item_bytes)
{
    if (item_bytes != 0 && n_items > (SIZE_MAX / 2) / item_bytes)
        arena_out_of_memory(SIZE_MAX);
    size_t n_bytes = n_items * item_bytes;
    size_t taken = (n_bytes + GAP_BYTES + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    if (taken == 0)
        taken = ALIGN_BYTES;
    size_t skip = 0;
    if (arena->chunk != NULL && item_bytes != 0 && item_bytes % LINE_BYTES == 0)
        skip = to_line(arena->chunk->used);
    if (arena->chunk == NULL || arena->chunk->n_bytes - arena->chunk->used < skip + taken) {
        open_chunk(arena, taken);
        skip = 0;
    }
    Chunk *chunk = arena->chunk;
    chunk->used += skip;
    unsigned char *at = chunk->bytes + chunk->used;
    UNPOISON(at, n_bytes);
    if (chunk->used < chunk->touched) {
        size_t stale = chunk->touched - chunk->used;
        memset(at, 0, stale < n_bytes ? stale : n_bytes);
    }
    chunk->used += taken;
    if (chunk->touched < chunk->used)
        chunk->touched = chunk->used;
    arena->handed_out += n_bytes;
    return at;
}

char *arena_text(Arena *arena, const char *text, size_t n)
{
    if (n == SIZE_MAX)
        arena_out_of_memory(n);
    char *copy = arena_alloc(arena, n + 1, 1);
    if (n > 0)
        memcpy(copy, text, n);
    return copy;
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

size_t arena_bytes(const Arena *arena)
{
    return arena->handed_out;
}
