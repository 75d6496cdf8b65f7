/* proto_out.c - the wire format of Protocol Buffers (protobuf.dev, "Encoding").
 *
 * A field is a tag, (number << 3) | kind, and a value: kind 0 a varint (seven bits a byte, lowest
 * first), 1 eight bytes, 2 a length and as many bytes. How long a message is is known when it ends:
 * then its bytes move to make room for the length.
 */
#include "base/proto_out.h"

#include <string.h>

#include "base/check.h"
#include "base/utf8.h"

enum { VARINT = 0, EIGHT_BYTES = 1, BYTES = 2, VARINT_MOST = 10, FIRST_ROOM = 256 };

static const char *const REPLACEMENT = "\xef\xbf\xbd"; /* U+FFFD */

ProtoOut proto_out(Arena *arena)
{
    return (ProtoOut){.arena = arena};
}

void proto_clear(ProtoOut *out)
{
    CHECK(out->depth == 0);
    out->n = 0;
}

static uint8_t *room_for(ProtoOut *out, size_t n)
{
    if (out->n + n > out->room) {
        size_t room = out->room == 0 ? FIRST_ROOM : 2 * out->room;
        while (out->n + n > room)
            room *= 2;
        uint8_t *more = arena_alloc(out->arena, room, 1);
        if (out->n > 0)
            memcpy(more, out->bytes, out->n);
        out->bytes = more;
        out->room = room;
    }
    return out->bytes + out->n;
}

static size_t put_varint(uint8_t *to, uint64_t value)
{
    size_t n = 0;

    for (; value >= 0x80; value >>= 7)
        to[n++] = (uint8_t)(value | 0x80);
    to[n++] = (uint8_t)value;
    return n;
}

static void add_varint(ProtoOut *out, uint64_t value)
{
    out->n += put_varint(room_for(out, VARINT_MOST), value);
}

static void add_tag(ProtoOut *out, uint32_t field, uint32_t kind)
{
    CHECK(field > 0);
    add_varint(out, (uint64_t)field << 3 | kind);
}

void proto_u64(ProtoOut *out, uint32_t field, uint64_t value)
{
    add_tag(out, field, VARINT);
    add_varint(out, value);
}

void proto_real(ProtoOut *out, uint32_t field, double value)
{
    uint64_t bits;

    add_tag(out, field, EIGHT_BYTES);
    memcpy(&bits, &value, sizeof bits);
    uint8_t *to = room_for(out, sizeof bits);
    for (size_t i = 0; i < sizeof bits; i++)
        to[i] = (uint8_t)(bits >> (8 * i));
    out->n += sizeof bits;
}

static void add_bytes(ProtoOut *out, const char *from, size_t n)
{
    memcpy(room_for(out, n), from, n);
    out->n += n;
}

/* Strings must be UTF-8: bytes that are not become U+FFFD. */
void proto_text(ProtoOut *out, uint32_t field, const char *text)
{
    const size_t n = strlen(text), begin = proto_begin(out, field);

    for (size_t at = 0; at < n;) {
        const size_t length = utf8_length(text + at, n - at);
        if (length == 0)
            add_bytes(out, REPLACEMENT, strlen(REPLACEMENT));
        else
            add_bytes(out, text + at, length);
        at += length == 0 ? 1 : length;
    }
    proto_end(out, begin);
}

size_t proto_begin(ProtoOut *out, uint32_t field)
{
    add_tag(out, field, BYTES);
    out->depth++;
    return out->n;
}

void proto_end(ProtoOut *out, size_t begin)
{
    uint8_t length[VARINT_MOST];
    const size_t n = out->n - begin, n_length = put_varint(length, n);

    CHECK(out->depth > 0 && begin <= out->n);
    room_for(out, n_length);
    memmove(out->bytes + begin + n_length, out->bytes + begin, n);
    memcpy(out->bytes + begin, length, n_length);
    out->n += n_length;
    out->depth--;
}
