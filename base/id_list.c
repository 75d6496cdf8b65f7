/* id_list.c - lists of ids, ascending and without repeats.
 *
 * A list that holds a good part of all ids is faster marked than sorted: one store an id and one
 * look at every mark, without a branch that depends on the data. Where few of many ids are listed,
 * looking at all marks would cost more than the sort.
 */
#include "base/id_list.h"

#include <stdlib.h>

/* A sort costs about so many times more an id than a look at a mark. */
enum { SORT_BY_MARK = 32 };

IdMarks id_marks(Arena *arena, uint32_t n_ids)
{
    return (IdMarks){n_ids, ARENA_ARRAY(arena, uint8_t, n_ids)};
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t sort(uint32_t *id, uint64_t n)
{
    uint32_t n_kept = 0;
    if (n > 0)
        qsort(id, n, sizeof *id, ascending);
    for (uint64_t i = 0; i < n; i++)
        if (i == 0 || id[i] != id[i - 1])
            id[n_kept++] = id[i];
    return n_kept;
}

uint32_t ids_ascend(uint32_t *id, uint64_t n, IdMarks *marks)
{
    if (n < marks->n_ids / SORT_BY_MARK)
        return sort(id, n);
    uint32_t n_kept = 0, n_distinct = 0;
    for (uint64_t i = 0; i < n; i++) {
        n_distinct += marks->mark[id[i]] == 0;
        marks->mark[id[i]] = 1;
    }
    for (uint32_t at = 0; n_kept < n_distinct; at++) {
        id[n_kept] = at; /* overwritten by the next unless it is marked */
        n_kept += marks->mark[at];
        marks->mark[at] = 0;
    }
    return n_kept;
}
