/* arena.h - memory by lifetime: many allocations, one release.
 *
 * A function allocates if and only if it takes an Arena. Nothing is freed singly. Out of memory, or
 * a size that overflows, ends the process with a message and the exit code ARENA_OUT_OF_MEMORY, by
 * which a process that waits for it knows: callers check sizes that come from files against the
 * file's own size first.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Arena Arena;

enum { ARENA_OUT_OF_MEMORY = 71 }; /* no Status, and nothing that a shell or a signal makes */

Arena *arena_new(void);

/* arena_free - release the arena and all that was allocated in it. NULL is allowed. */
void arena_free(Arena *arena);

/* arena_reset - forget all allocations, keep the memory for the next ones. */
void arena_reset(Arena *arena);

/* arena_alloc - n_items * item_bytes zeroed bytes, aligned to 16; to 64, a line of the cache, if
 * item_bytes is a multiple of that. Never NULL, also for 0 bytes.
 * cost: amortised O(bytes) */
void *arena_alloc(Arena *arena, size_t n_items, size_t item_bytes);

#define ARENA_ARRAY(arena, Type, n) ((Type *)arena_alloc((arena), (n), sizeof(Type)))

/* arena_text - copy of n bytes of text plus a closing 0. */
char *arena_text(Arena *arena, const char *text, size_t n);

/* arena_printf - formatted text. */
char *arena_printf(Arena *arena, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* arena_out_of_memory - ends the process so; for memory that others allocate. n_bytes: how much more
 * was asked for, 0: nobody knows. */
#ifdef __GNUC__
__attribute__((noreturn))
#endif
void arena_out_of_memory(size_t n_bytes);

/* arena_bytes - bytes handed out since the arena was made or reset. */
size_t arena_bytes(const Arena *arena);

#ifdef __cplusplus
}
#endif
#endif
