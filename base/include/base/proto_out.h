/* proto_out.h - write messages in the encoding of Protocol Buffers.
 *
 * Fields are written in the order of the calls, into memory; a message within another is begun
 * and ended. Misuse (a message left open) is a CHECK.
 */
#ifndef BASE_PROTO_OUT_H
#define BASE_PROTO_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ProtoOut {
    Arena *arena;
    uint8_t *bytes;
    size_t n, room;
    uint32_t depth; /* messages that are open */
} ProtoOut;

ProtoOut proto_out(Arena *arena);

/* proto_clear - forget what was written; the memory stays. */
void proto_clear(ProtoOut *out);

/* Fields: uint64, int32, enum or bool; string; double. */
void proto_u64(ProtoOut *out, uint32_t field, uint64_t value);
void proto_text(ProtoOut *out, uint32_t field, const char *text);
void proto_real(ProtoOut *out, uint32_t field, double value);

/* proto_begin - a message as a field; returns what proto_end of it takes. cost: O(its bytes) */
size_t proto_begin(ProtoOut *out, uint32_t field);
void proto_end(ProtoOut *out, size_t begin);

#ifdef __cplusplus
}
#endif
#endif
