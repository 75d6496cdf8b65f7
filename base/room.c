/* room.c - see base/room.h. */
#include "base/room.h"

#include <string.h>

#include "base/check.h"

enum { FIRST_ROOM = 64 };

void *room_for_one(Arena *arena, void *list, uint32_t n, uint32_t *room, size_t item_bytes)
{
    if (n < *room)
        return list;
    CHECK(*room <= UINT32_MAX / 2);
    *room = *room == 0 ? FIRST_ROOM : 2 * *room;
    void *more = arena_alloc(arena, *room, item_bytes);
    if (n > 0)
        memcpy(more, list, n * item_bytes);
    return more;
}
