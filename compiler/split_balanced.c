/* split_balanced.c - units dealt to the cores of their layer so that all have the same to do.
 *
 * Longest processing time first (Graham 1969): units by descending work, each to the part with
 * least work that has room for it; within 4/3 of the best possible, and with some ten units a part
 * within a few percent of the mean. Then units of the part with most work are exchanged with those
 * of the part with least, as long as that lowers the larger of the two. Where no part has room the
 * least loaded takes the unit, so that the memory pass can say what does not fit.
 * Cost: O(units * log units), and O(parts) for each exchange.
 */
#include "split.h"

#include <stdlib.h>

#include "base/check.h"

enum { MAX_EXCHANGES = 2000 };
static const double EVEN_ENOUGH = 1.005; /* max by mean */

typedef struct Unit {
    double work;
    uint32_t id;
} Unit;

static int by_falling_work(const void *a, const void *b)
{
    const Unit *x = a, *y = b;
    if (x->work != y->work)
        return x->work > y->work ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

typedef struct Part {
    double work;
    uint64_t bytes;
    uint32_t id;
} Part;

static bool lighter(const Part *a, const Part *b)
{
    return a->work != b->work ? a->work < b->work : a->id < b->id;
}

/* Restores the heap below `at`. */
static void sift_down(Part *heap, uint32_t n, uint32_t at)
{
    for (;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++)
            if (lighter(&heap[child], &heap[least]))
                least = child;
        if (least == at)
            return;
        Part moved = heap[at];
        heap[at] = heap[least];
        heap[least] = moved;
        at = least;
    }
}

Status parts_balanced(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part,
                      Err *err)
{
    (void)err;
    uint32_t n_units = mapping->network->layer[layer].n_units;
    uint32_t n_parts = mapping->core_count[layer], n_open = n_parts;
    uint32_t index_bytes = part_index_bytes(mapping, layer);
    uint64_t limit = part_bytes_limit(mapping, layer);
    Unit *unit = ARENA_ARRAY(scratch, Unit, n_units);
    Part *heap = ARENA_ARRAY(scratch, Part, n_parts);
    for (uint32_t u = 0; u < n_units; u++)
        unit[u] = (Unit){unit_cycles(mapping, layer, u), u};
    qsort(unit, n_units, sizeof *unit, by_falling_work);
    for (uint32_t i = 0; i < n_parts; i++)
        heap[i].id = i;
    for (uint32_t i = 0; i < n_units; i++) {
        uint64_t bytes = unit_bytes(mapping, layer, unit[i].id, index_bytes);
        while (n_open > 1 && limit < heap[0].bytes + bytes) { /* full: it stands aside */
            Part full = heap[0];
            heap[0] = heap[--n_open];
            heap[n_open] = full;
            sift_down(heap, n_open, 0);
        }
        if (heap[0].bytes + bytes > limit) { /* nobody has room: the memory pass will say so */
            limit = UINT64_MAX;
            n_open = n_parts;
            for (uint32_t at = n_parts / 2 + 1; at-- > 0;)
                sift_down(heap, n_open, at);
        }
        part[unit[i].id] = heap[0].id;
        heap[0].work += unit[i].work;
        heap[0].bytes += bytes;
        sift_down(heap, n_open, 0);
    }
    parts_even_out(scratch, mapping, layer, part);
    return STATUS_OK;
}

/* ---- exchanges -------------------- */

typedef struct Members { /* units of each part, for exchanges */
    const Mapping *mapping;
    uint32_t layer, n_parts;
    uint32_t *start, *unit; /* [n_parts + 1], [n_units] */
    double *work;           /* [n_parts]                */
} Members;

static Members members_of(Arena *scratch, const Mapping *mapping, uint32_t layer,
                          const uint32_t *part)
{
    uint32_t n_units = mapping->network->layer[layer].n_units;
    uint32_t n_parts = mapping->core_count[layer];
    Members members = {.mapping = mapping,
                       .layer = layer,
                       .n_parts = n_parts,
                       .start = ARENA_ARRAY(scratch, uint32_t, (size_t)n_parts + 1),
                       .unit = ARENA_ARRAY(scratch, uint32_t, n_units),
                       .work = ARENA_ARRAY(scratch, double, n_parts)};
    uint32_t *at = ARENA_ARRAY(scratch, uint32_t, n_parts);
    for (uint32_t u = 0; u < n_units; u++)
        members.start[part[u] + 1]++;
    for (uint32_t i = 0; i < n_parts; i++)
        at[i] = members.start[i + 1] += members.start[i];
    for (uint32_t u = n_units; u-- > 0;) {
        members.unit[--at[part[u]]] = u;
        members.work[part[u]] += unit_cycles(mapping, layer, u);
    }
    return members;
}

/* Exchanges the pair that comes closest to evening two parts out; false if none does. */
static bool exchange(Members *members, uint32_t heavy, uint32_t light, uint32_t *part)
{
    double gap = members->work[heavy] - members->work[light], best = 0.0;
    uint32_t best_i = 0, best_j = 0;
    for (uint32_t i = members->start[heavy]; i < members->start[heavy + 1]; i++)
        for (uint32_t j = members->start[light]; j < members->start[light + 1]; j++) {
            double less = unit_cycles(members->mapping, members->layer, members->unit[i]) -
                          unit_cycles(members->mapping, members->layer, members->unit[j]);
            double gain = less < gap - less ? less : gap - less; /* what the larger loses */
            if (gain > best) {
                best = gain;
                best_i = i;
                best_j = j;
            }
        }
    if (best <= 1e-9 * members->work[heavy])
        return false;
    uint32_t u = members->unit[best_i], v = members->unit[best_j];
    double less = unit_cycles(members->mapping, members->layer, u) -
                  unit_cycles(members->mapping, members->layer, v);
    members->unit[best_i] = v;
    members->unit[best_j] = u;
    part[u] = light;
    part[v] = heavy;
    members->work[heavy] -= less;
    members->work[light] += less;
    return true;
}

void parts_even_out(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part)
{
    Members members = members_of(scratch, mapping, layer, part);
    double sum = 0.0;
    for (uint32_t i = 0; i < members.n_parts; i++)
        sum += members.work[i];
    for (int round = 0; round < MAX_EXCHANGES; round++) {
        uint32_t heavy = 0, light = 0;
        for (uint32_t i = 1; i < members.n_parts; i++) {
            heavy = members.work[i] > members.work[heavy] ? i : heavy;
            light = members.work[i] < members.work[light] ? i : light;
        }
        if (members.work[heavy] * members.n_parts <= sum * EVEN_ENOUGH ||
            !exchange(&members, heavy, light, part))
            return;
    }
}

Status split_balanced(Arena *scratch, const Mapping *mapping, Split *split, Err *err)
{
    return split_by_parts(scratch, mapping, parts_balanced, split, err);
}
