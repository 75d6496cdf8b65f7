/* plan_pairs.c - which sources a core hears of, from the trees of their packets.
 *
 * A pair is a core and a source whose marker reaches it; events reach a part of these (listens).
 * All that the models keep for a core and a source they keep by pair, so a run takes memory for
 * those that talk and for no others. The pairs of a source stand together, ascending by core: a
 * packet's deliveries touch neighbours.
 * Cost: O(pairs log pairs) time, O(pairs) memory; a pair is found in O(log pairs of its source).
 */
#include <stdlib.h>

#include "base/check.h"
#include "bits.h"
#include "plan.h"

/* Cores of a dest, as indices into Program.core, into `core`; returns how many. */
static uint32_t dest_cores(const Plan *plan, const PlanDest *dest, uint32_t *core)
{
    uint32_t n = 0;
    for (uint32_t left = dest->mask; left; left &= left - 1)
        core[n++] = plan->core_at[dest->tile * plan->cores_per_tile + bits_lowest(left)];
    return n;
}

/* Cores that the packets of a block reach, into `core`; returns how many. */
static uint32_t block_cores(const Plan *plan, uint32_t block, uint32_t *core)
{
    uint32_t n = 0;
    for (uint32_t d = plan->block[block].first_dest; d < plan_block_end(plan, block); d++)
        n += dest_cores(plan, &plan->dest[d], core + n);
    CHECK(n <= plan->n_cores); /* program_check: no core twice */
    return n;
}

uint32_t plan_pair(const Plan *plan, uint32_t core, uint32_t source)
{
    uint32_t low = plan->first_pair[source], high = plan->first_pair[source + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (plan->pair_core[middle] < core)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < plan->first_pair[source + 1] && plan->pair_core[low] == core;
    return found ? low : PROGRAM_NONE;
}

/* The block of each source's marker; parts into which a table may cut it lead to the same cores. */
static const uint32_t *find_marker_blocks(Arena *arena, const Plan *plan)
{
    uint32_t *block = ARENA_ARRAY(arena, uint32_t, plan->n_sources);
    for (uint32_t b = 0; b < plan->n_blocks; b++)
        if (plan->block[b].closes)
            block[plan->block[b].source] = b;
    return block;
}

/* The pairs of every dest; those that a block of events leads to listen. */
static Status find_dest_pairs(Arena *arena, Plan *plan, uint32_t *core, Err *err)
{
    uint32_t n_all = 0;
    for (uint32_t b = 0; b < plan->n_blocks; b++)
        n_all += block_cores(plan, b, core);
    PlanDest *dest = ARENA_ARRAY(arena, PlanDest, plan->n_dests);
    uint32_t *dest_pair = ARENA_ARRAY(arena, uint32_t, n_all), n_made = 0;
    bool *listens = ARENA_ARRAY(arena, bool, plan->n_pairs);
    for (uint32_t b = 0; b < plan->n_blocks; b++) {
        const SourceBlock *block = &plan->block[b];
        for (uint32_t d = block->first_dest; d < plan_block_end(plan, b); d++) {
            uint32_t n = dest_cores(plan, &plan->dest[d], core);
            dest[d] = plan->dest[d];
            dest[d].first_pair = n_made;
            dest[d].n_pairs = n;
            for (uint32_t i = 0; i < n; i++) {
                uint32_t pair = plan_pair(plan, core[i], block->source);
                if (pair == PROGRAM_NONE)
                    return err_set(err, STATUS_INPUT,
                                   "core %u gets events with key 0x%x, but not the marker that "
                                   "ends them",
                                   plan->program->core[core[i]].core, block->key);
                dest_pair[n_made++] = pair;
                listens[pair] = listens[pair] || !block->closes;
            }
        }
    }
    plan->dest = dest;
    plan->dest_pair = dest_pair;
    plan->listens = listens;
    return STATUS_OK;
}

static int compare_cores(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

typedef struct StageSpan {
    uint32_t first, end; /* stages; empty: end 0 */
} StageSpan;

static void widen(StageSpan *span, uint32_t first, uint32_t end)
{
    if (span->end == 0 || first < span->first)
        span->first = first;
    if (end > span->end)
        span->end = end;
}

/* Numbers the stages that each core may hear of: from the first to the last, as a core has
 * slices of layers that are near one another. */
static void number_stages(Arena *arena, Plan *plan)
{
    StageSpan *span = ARENA_ARRAY(arena, StageSpan, plan->n_cores);
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        uint32_t own = plan->slice[s].stage;
        widen(&span[plan->slice[s].core], own - 1,
              own + 2 < plan->n_stages ? own + 2 : plan->n_stages);
    }
    for (uint32_t p = 0; p < plan->n_pairs; p++) {
        uint32_t stage = plan_source_stage(plan, plan->pair_source[p]);
        widen(&span[plan->pair_core[p]], stage, stage + 1);
    }
    uint32_t *base = ARENA_ARRAY(arena, uint32_t, plan->n_cores), n = 0;
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        base[c] = n - span[c].first;
        n += span[c].end - span[c].first;
    }
    plan->heard_base = base;
    plan->n_heard = n;
    uint32_t *markers = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t p = 0; p < plan->n_pairs; p++)
        markers[plan_heard(plan, plan->pair_core[p],
                           plan_source_stage(plan, plan->pair_source[p]))]++;
    plan->stage_markers = markers;
}

Status plan_pairs(Arena *arena, Plan *plan, Err *err)
{
    uint32_t *core = ARENA_ARRAY(arena, uint32_t, plan->chip->n_cores);
    const uint32_t *marker = find_marker_blocks(arena, plan);
    uint32_t *first_pair = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_sources + 1);
    uint64_t n_pairs = 0;
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        n_pairs += block_cores(plan, marker[s], core);
        CHECK(n_pairs < PROGRAM_NONE);
        first_pair[s + 1] = (uint32_t)n_pairs;
    }
    uint32_t *pair_core = ARENA_ARRAY(arena, uint32_t, n_pairs);
    uint32_t *pair_source = ARENA_ARRAY(arena, uint32_t, n_pairs);
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        uint32_t *own = &pair_core[first_pair[s]], n = block_cores(plan, marker[s], own);
        qsort(own, n, sizeof *own, compare_cores);
        for (uint32_t i = 0; i < n; i++)
            pair_source[first_pair[s] + i] = s;
    }
    plan->first_pair = first_pair;
    plan->n_pairs = (uint32_t)n_pairs;
    plan->pair_core = pair_core;
    plan->pair_source = pair_source;
    number_stages(arena, plan);
    return find_dest_pairs(arena, plan, core, err);
}
