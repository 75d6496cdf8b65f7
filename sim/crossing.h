/* crossing.h - from the edges of one clock domain to those of another, without a division each
 * time.
 *
 * Both clocks repeat themselves against one another: after period_from edges of the one,
 * period_to of the other have gone by. A table holds the first edge at or after each of two
 * periods. The number of periods before an edge comes from a multiplication, which may say one
 * too few: hence two.
 */
#ifndef SIM_CROSSING_H
#define SIM_CROSSING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Crossing {
    uint64_t n_near;      /* edges below this one find their place by `inverse`; 0: no table    */
    uint64_t period_from; /* edges after which all repeats                                      */
    uint64_t period_to;
    uint64_t inverse;     /* 2^32 / period_from, rounded down                                   */
    const uint32_t *edge; /* [2 * period_from] first edge at or after each, times two; plus one
                             if it is at the same time                                          */
    Clock from, to;
} Crossing;

/* crossing_make - cost and memory: O(edges after which all repeats), a few thousand at most. */
void crossing_make(Arena *arena, Crossing *crossing, const Clock *from, const Clock *to);

/* crossing_far - the same as crossing_edge, or (after) crossing_after, for any edge. */
uint64_t crossing_far(const Crossing *crossing, uint64_t cycle, bool after);

/* crossing_edge - first edge of `to` at or after the time of edge `cycle` of `from`.
 * crossing_after - the first after it. cost: O(1), less below n_near. */
static inline uint64_t crossing_edge(const Crossing *crossing, uint64_t cycle)
{
    if (cycle >= crossing->n_near)
        return crossing_far(crossing, cycle, false);
    const uint64_t periods = cycle * crossing->inverse >> 32;
    const uint32_t edge = crossing->edge[cycle - periods * crossing->period_from];
    return periods * crossing->period_to + edge / 2;
}

static inline uint64_t crossing_after(const Crossing *crossing, uint64_t cycle)
{
    if (cycle >= crossing->n_near)
        return crossing_far(crossing, cycle, true);
    const uint64_t periods = cycle * crossing->inverse >> 32;
    const uint32_t edge = crossing->edge[cycle - periods * crossing->period_from];
    return periods * crossing->period_to + edge / 2 + edge % 2;
}

#ifdef __cplusplus
}
#endif
#endif
