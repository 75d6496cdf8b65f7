/* crossing.c - tables of edges for pairs of clocks whose rates have a simple ratio.
 *
 * Edge n of a clock lies at round(n * num / den) ps, so its edges repeat every num ps, and those
 * of two clocks every least common multiple of theirs. Clocks for which that takes more than
 * MAX_EDGES edges are asked each time.
 */
#include "crossing.h"

enum { MIN_EDGES = 512, MAX_EDGES = 8192 };

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static uint64_t cross(const Crossing *crossing, uint64_t cycle)
{
    return clock_edge_at_or_after(&crossing->to, clock_edge_ps(&crossing->from, cycle));
}

void crossing_make(Arena *arena, Crossing *crossing, const Clock *from, const Clock *to)
{
    *crossing = (Crossing){.from = *from, .to = *to};
    uint64_t common = greatest_common_divisor(from->period_num_ps, to->period_num_ps);
    uint64_t times = to->period_num_ps / common; /* periods of `from` until all repeats */
    if (times > MAX_EDGES || times * from->period_den > MAX_EDGES)
        return;
    uint64_t n = times * from->period_den, n_to = from->period_num_ps / common * to->period_den;
    uint64_t repeats = n < MIN_EDGES ? (MIN_EDGES + n - 1) / n : 1;
    if (n_to * repeats > UINT32_MAX)
        return;
    uint32_t *edge = ARENA_ARRAY(arena, uint32_t, n * repeats);
    for (uint64_t i = 0; i < n * repeats; i++)
        edge[i] = (uint32_t)cross(crossing, i);
    crossing->period_from = n * repeats;
    crossing->period_to = n_to * repeats;
    crossing->edge = edge;
}

uint64_t crossing_far(Crossing *crossing, uint64_t cycle)
{
    if (crossing->period_from == 0)
        return cross(crossing, cycle);
    uint64_t periods = cycle / crossing->period_from;
    crossing->base_from = periods * crossing->period_from;
    crossing->base_to = periods * crossing->period_to;
    return crossing->base_to + crossing->edge[cycle - crossing->base_from];
}
