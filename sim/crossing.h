/* crossing.h - from the edges of one clock domain to those of another, without a division each
 * time.
 *
 * Both clocks repeat themselves against one another: after period_from edges of the one,
 * period_to of the other have gone by. Within that, a table holds the first edge at or after
 * each.
 */
#ifndef SIM_CROSSING_H
#define SIM_CROSSING_H

#include "base/arena.h"
#include "base/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Crossing {
    Clock from, to;
    uint64_t period_from, period_to; /* edges after which all repeats; 0: too many to list     */
    uint64_t base_from, base_to;     /* of the period that was looked at last                  */
    const uint32_t *edge;            /* [period_from] first edge at or after each, from base_to */
} Crossing;

/* crossing_make - cost and memory: O(edges after which all repeats), a few thousand at most. */
void crossing_make(Arena *arena, Crossing *crossing, const Clock *from, const Clock *to);

/* crossing_far - the same as crossing_edge, for any edge. */
uint64_t crossing_far(Crossing *crossing, uint64_t cycle);

/* crossing_edge - first edge of `to` at or after the time of edge `cycle` of `from`. cost: O(1),
 * least where edges follow one another closely. */
static inline uint64_t crossing_edge(Crossing *crossing, uint64_t cycle)
{
    uint64_t at = cycle - crossing->base_from; /* wraps around below the base */
    return at < crossing->period_from ? crossing->base_to + crossing->edge[at]
                                      : crossing_far(crossing, cycle);
}

#ifdef __cplusplus
}
#endif
#endif
