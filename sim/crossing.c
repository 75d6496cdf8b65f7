/* crossing.c - tables of edges for pairs of clocks whose rates have a simple ratio.
 *
 * Edge n of a clock lies at round(n * num / den) ps, so its edges repeat every num ps, and those
 * of two clocks every least common multiple of theirs. Clocks for which that takes more than
 * MAX_EDGES edges are asked each time.
 */
#include "crossing.h"

enum { MAX_EDGES = 8192 };

#define NEAR (UINT64_C(1) << 32)

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void crossing_make(Arena *arena, Crossing *crossing, const Clock *from, const Clock *to)
{
    *crossing = (Crossing){.from = *from, .to = *to};
    uint64_t common = greatest_common_divisor(from->period_num_ps, to->period_num_ps);
    uint64_t times = to->period_num_ps / common; /* periods of `from` until all repeats */
    if (times > MAX_EDGES || times * from->period_den > MAX_EDGES)
        return;
    uint64_t n = times * from->period_den, n_to = from->period_num_ps / common * to->period_den;
    if (n_to > UINT32_MAX / 4)
        return;
    uint32_t *edge = ARENA_ARRAY(arena, uint32_t, 2 * n);
    for (uint64_t i = 0; i < 2 * n; i++) {
        const uint64_t ps = clock_edge_ps(from, i), first = clock_edge_at_or_after(to, ps);
        edge[i] = (uint32_t)(2 * first + (clock_edge_ps(to, first) == ps));
    }
    crossing->period_from = n;
    crossing->period_to = n_to;
    crossing->inverse = NEAR / n;
    crossing->n_near = NEAR;
    crossing->edge = edge;
}

uint64_t crossing_far(const Crossing *crossing, uint64_t cycle, bool after)
{
    if (crossing->n_near == 0)
        return clock_edge_at_or_after(&crossing->to, clock_edge_ps(&crossing->from, cycle) + after);
    const uint64_t periods = cycle / crossing->period_from;
    const uint32_t edge = crossing->edge[cycle - periods * crossing->period_from];
    return periods * crossing->period_to + edge / 2 + (after ? edge % 2 : 0);
}
