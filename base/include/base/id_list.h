/* id_list.h - lists of ids: ascending, each id once. */
#ifndef BASE_ID_LIST_H
#define BASE_ID_LIST_H

#include <stdint.h>

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A mark for each id below n_ids; all 0 between calls. */
typedef struct IdMarks {
    uint32_t n_ids;
    uint8_t *mark; /* [n_ids] */
} IdMarks;

IdMarks id_marks(Arena *arena, uint32_t n_ids);

/* ids_ascend - sort n ids, all below marks->n_ids, and drop repeats; returns how many are left.
 * Long lists are marked and read back, short ones sorted.
 * cost: O(min(n log n, n + n_ids)) */
uint32_t ids_ascend(uint32_t *id, uint64_t n, IdMarks *marks);

#ifdef __cplusplus
}
#endif
#endif
