/* sync.c - see sync.h. Cost: O(1) a superstep or tick. */
#include "sync.h"

static const uint64_t PS_PER_NS = 1000;
static const uint64_t MAX_RUN_PS =
    UINT64_C(8640000) * 1000000000000; /* 100 days: half of 64 bits */
static const char *const NAME[] = {"dataflow", "barrier", "tick"};

const char *sim_sync_name(uint32_t sync)
{
    return sync < sizeof NAME / sizeof *NAME ? NAME[sync] : NULL;
}

/* Supersteps, or ticks, from one step to the next. Sequential: the result of one is there when
 * the next goes out. Pipelined: a step every superstep, unless the result of so many steps before
 * that a decoder on the chip has room for would not be there. */
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
        .tick_ps = options->tick_ns * PS_PER_NS,
    };
    if (sync->kind == SYNC_TICK)
        sync->n_ticks = sync_due(sync, plan->n_steps - 1, plan->n_layers) + 1;
}

Status sync_check(const SimOptions *options, const Program *program, uint32_t n_steps, Err *err)
{
    const uint64_t most_ticks = ((uint64_t)program->n_layers + 1) * ((uint64_t)n_steps + 1);
    if (options->sync != SYNC_TICK)
        return options->tick_ns == 0
                   ? STATUS_OK
                   : err_set(err, STATUS_INPUT,
                             "a tick of %llu ns with synchronisation %s; expected synchronisation "
                             "tick",
                             (unsigned long long)options->tick_ns, sim_sync_name(options->sync));
    if (options->tick_ns == 0 || options->tick_ns > MAX_RUN_PS / PS_PER_NS / most_ticks)
        return err_set(err, STATUS_INPUT,
                       "ticks of %llu ns for %u steps; expected a period of 1 ns or more and a run "
                       "below 100 days",
                       (unsigned long long)options->tick_ns, n_steps);
    if (program->has_decoder)
        return err_set(err, STATUS_UNSUPPORTED,
                       "synchronisation tick cannot be simulated with a decoder on the chip, whose "
                       "rows follow the events of their step; expected dataflow or barrier");
    return STATUS_OK;
}

uint64_t sync_next(Sync *sync, uint64_t end_ps)
{
    sync->superstep++;
    sync->waited_ps += sync->barrier_ps;
    return end_ps + sync->barrier_ps;
}

uint64_t sync_supersteps(const Sync *sync)
{
    return sync->kind == SYNC_BARRIER ? sync->superstep + 1 : 0;
}
