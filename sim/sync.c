/* sync.c - see sync.h. Cost: O(1) a superstep. */
#include "sync.h"

static const char *const NAME[] = {"dataflow", "barrier"};

const char *sim_sync_name(uint32_t sync)
{
    return sync < sizeof NAME / sizeof *NAME ? NAME[sync] : NULL;
}

/* Supersteps from one step to the next. Sequential: the result of one is there when the next goes
 * out. Pipelined: a step every superstep, unless the result of so many steps before that a decoder on
 * the chip has room for would not be there. */
static uint64_t spacing(bool pipelined, const Plan *plan)
{
    const uint64_t n = (uint64_t)plan->n_layers + 1;
    if (!pipelined)
        return n;
    return plan->program->has_decoder ? (n + DECODER_STEPS - 1) / DECODER_STEPS : 1;
}

void sync_init(Sync *sync, const SimOptions *options, const Plan *plan)
{
    *sync = (Sync){
        .kind = options->sync,
        .superstep = options->sync == SYNC_DATAFLOW ? NEVER : 0,
        .spacing = spacing(options->arrival == ARRIVE_PIPELINED, plan),
        .barrier_ps = plan->barrier_ps,
    };
}

uint64_t sync_next(Sync *sync, uint64_t end_ps)
{
    sync->superstep++;
    sync->waited_ps += sync->barrier_ps;
    return end_ps + sync->barrier_ps;
}

uint64_t sync_supersteps(const Sync *sync)
{
    return sync->superstep == NEVER ? 0 : sync->superstep + 1;
}
