/* room.h - lists that grow in an arena. */
#ifndef BASE_ROOM_H
#define BASE_ROOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

/* room_for_one - a list of n items of *room with room for one more: the list itself, or a copy of
 * twice the room; NULL with 0 room begins one. The old list stays in the arena until that goes.
 * cost: O(1) an item, over all */
void *room_for_one(Arena *arena, void *list, uint32_t n, uint32_t *room, size_t item_bytes);

#ifdef __cplusplus
}
#endif
#endif
