/* checks.c - conservation: what a run counted against what its events, images, routes and paths
 * imply.
 *
 * Nothing here uses the tables of plan.c: events are counted in the EventTrace and the input
 * (event_counts.c), rows in the images, destinations and links by walking the router tables
 * (arrivals.c, checks_walk.c). Checked after every run: the cycle counts of each core; events and
 * markers sent by each source; deliveries from each source to each core and to the host; synaptic
 * operations of each slice, MACs of each core's array; flits of each link; look-ups of each router.
 *
 * Cost: O(pairs of core and source + rows + events) and the walks.
 */
#include "arch/matrix_image.h"
#include "arrivals.h"
#include "base/check.h"
#include "event_counts.h"
#include "machine.h"

typedef struct Books {
    const Machine *machine;
    const Program *program;
    const Topology *topology;
    const EventTrace *expected;
    uint32_t n_steps;
    uint64_t run_cycles;
    uint64_t **active;      /* [n_stages][units] events of each position or input       */
    uint64_t **recurring;   /* [n_stages][units] the same without the last step          */
    const Closing *closing; /* [n_sources]                                              */
    Arrivals arrivals;
    uint64_t *events_in, *markers_in; /* [n_cores] what the tables send there             */
    uint64_t *closed_in;              /* [n_cores] steps of all sources closed there      */
    uint64_t host_events, host_markers;
    Err *err;
} Books;

static Status differ(Books *books, const char *what, uint32_t which, uint64_t counted,
                     uint64_t implied)
{
    return err_set(books->err, STATUS_INTERNAL, "conservation: %s %u: counted %llu; expected %llu",
                   what, which, (unsigned long long)counted, (unsigned long long)implied);
}

static Status check_cycles(Books *books)
{
    static const Count phase[] = {
        COUNT_RECEIVE_CYCLES, COUNT_UPDATE_CYCLES, COUNT_ARRAY_WAIT_CYCLES,
        COUNT_EMIT_CYCLES,    COUNT_STALL_CYCLES,  COUNT_WAIT_CYCLES,
        COUNT_SLEEP_CYCLES,   COUNT_SLOW_CYCLES,   COUNT_LEVEL_SWITCH_CYCLES};
    for (uint32_t c = 0; c < books->program->n_cores; c++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < sizeof phase / sizeof *phase; i++)
            sum += books->machine->tally.count[c].n[phase[i]];
        if (sum != books->run_cycles)
            return differ(books, "cycles of core", books->program->core[c].core, sum,
                          books->run_cycles);
    }
    return STATUS_OK;
}

/* Deliveries of one source to one core. */
static Status check_core(Books *books, uint32_t source, const Arrival *at)
{
    const CoreModel *cores = &books->machine->cores;
    uint32_t c = at->core, core = books->program->core[c].core;
    uint32_t pair = plan_pair(&books->machine->plan, c, source);
    uint64_t steps_counted = pair == PROGRAM_NONE ? 0 : cores->pair[pair].step;
    uint64_t events_counted = pair == PROGRAM_NONE ? 0 : cores->pair[pair].events;
    if (steps_counted != at->closed)
        return differ(books, "steps closed on core", core, steps_counted, at->closed);
    if (events_counted != at->events)
        return differ(books, "events delivered to core", core, events_counted, at->events);
    books->events_in[c] += at->events;
    books->markers_in[c] += at->markers;
    books->closed_in[c] += at->closed;
    return STATUS_OK;
}

static Status check_host(Books *books, uint32_t source)
{
    const HostModel *host = &books->machine->host;
    const Arrivals *at = &books->arrivals;
    books->host_events += at->host_events;
    books->host_markers += at->host_markers;
    if (source == books->machine->plan.n_slices)
        return STATUS_OK;
    if (host->markers[source] != at->host_closed)
        return differ(books, "steps closed at the host by source", source, host->markers[source],
                      at->host_closed);
    if (host->events[source] != at->host_events)
        return differ(books, "events delivered to the host by source", source, host->events[source],
                      at->host_events);
    return STATUS_OK;
}

/* All packets of one source: sent, and delivered. */
static Status check_packets(Books *books, const Sender *sender)
{
    const Tally *tally = &books->machine->tally;
    uint32_t source = sender->source;
    uint64_t events = 0, silent = sender->closing[0];
    for (uint32_t i = 0; i < sender->n_keys; i++)
        events += sender->times[i];
    if (tally->source_events[source] != events)
        return differ(books, "events sent by source", source, tally->source_events[source], events);
    if (tally->source_markers[source] != silent)
        return differ(books, "markers sent by source", source, tally->source_markers[source],
                      silent);
    TRY(arrivals_walk(&books->arrivals, sender));
    for (uint32_t i = 0; i < books->arrivals.n; i++)
        TRY(check_core(books, source, &books->arrivals.arrival[i]));
    return check_host(books, source);
}

/* Weights that the core applies to one matrix over the run; times: events of each source. */
static uint64_t matrix_ops(const Books *books, const CoreProgram *core, const MatrixImage *matrix,
                           const uint64_t *times)
{
    if (matrix->format == FORMAT_DENSE_MLA)
        return 0;
    if (matrix->format == FORMAT_TARGET)
        return books->n_steps * matrix->n_weights;
    uint64_t ops = 0;
    for (uint32_t r = 0; r < matrix->n_sources; r++) {
        MatrixRow at = matrix_row(core->image, matrix, r);
        while (times[r] > 0 && matrix_row_next(&at))
            ops += times[r];
    }
    return ops;
}

/* Multiplications of the core's MAC array over the run: whole blocks, each step. */
static uint64_t core_macs(const Books *books, const CoreProgram *core)
{
    uint64_t macs = 0;
    for (uint32_t s = 0; s < core->n_slices; s++) {
        const MatrixImage *matrix[] = {&core->slice[s].input, &core->slice[s].recurrent};
        for (int m = 0; m < 2; m++)
            if (matrix[m]->format == FORMAT_DENSE_MLA)
                macs += (uint64_t)matrix[m]->n_sources * matrix[m]->n_targets * books->n_steps;
    }
    return macs;
}

/* Events of the layer before the decoder over the run: each asks every slice for a row. */
static uint64_t decoder_events(const Books *books)
{
    const Program *program = books->program;
    uint64_t events = 0;
    for (uint32_t u = 0; u < program->layer[program->n_layers - 2].n_units; u++)
        events += books->active[program->n_layers - 1][u];
    return events;
}

static Status check_slice(Books *books, uint32_t source, const CoreProgram *core,
                          const SliceProgram *slice)
{
    uint64_t ops = slice->decoder ? decoder_events(books) * slice->n_units : 0;
    ops += matrix_ops(books, core, &slice->input, books->active[slice->layer]) +
           matrix_ops(books, core, &slice->recurrent, books->recurring[slice->layer + 1]);
    uint64_t counted =
        books->machine->tally.slice_ops[source] + books->machine->tally.lost_ops[source];
    if (counted != ops)
        return differ(books, "synaptic operations on core", core->core, counted, ops);
    Sender sender = {source,
                     core->core,
                     slice->key,
                     slice->n_units,
                     slice->marker_key,
                     books->active[slice->layer + 1] + slice->first_position,
                     books->closing[source].times};
    return check_packets(books, &sender);
}

/* Packets of all pairs: none beyond those that check_source has found. */
static Status check_pairs(Books *books, Arena *scratch)
{
    const Machine *machine = books->machine;
    uint64_t *events = ARENA_ARRAY(scratch, uint64_t, books->program->n_cores);
    uint64_t *steps = ARENA_ARRAY(scratch, uint64_t, books->program->n_cores);
    for (uint32_t p = 0; p < machine->plan.n_pairs; p++) {
        events[machine->plan.pair_core[p]] += machine->cores.pair[p].events;
        steps[machine->plan.pair_core[p]] += machine->cores.pair[p].step;
    }
    for (uint32_t c = 0; c < books->program->n_cores; c++) {
        uint32_t core = books->program->core[c].core;
        if (events[c] != books->events_in[c])
            return differ(books, "events of all sources into core", core, events[c],
                          books->events_in[c]);
        if (steps[c] != books->closed_in[c])
            return differ(books, "steps of all sources closed on core", core, steps[c],
                          books->closed_in[c]);
    }
    return STATUS_OK;
}

/* Every core of the first layer has read its part of every step's row, every core of the decoder
 * that of every event, and nothing else was. */
static Status check_rows(Books *books)
{
    const DramModel *dram = &books->machine->cores.dram;
    uint64_t n_bytes = 0, n_reads = 0;
    for (uint32_t c = 0; c < books->program->n_cores; c++) {
        const CoreProgram *core = &books->program->core[c];
        for (uint32_t s = 0; s < core->n_slices; s++) {
            const SliceProgram *slice = &core->slice[s];
            if (slice->decoder) {
                const uint64_t events = decoder_events(books);
                n_reads += events;
                n_bytes += events * slice->n_units * books->machine->plan.weight_bytes;
            }
            if (slice->layer > 0 || books->program->n_tokens == 0)
                continue;
            n_reads += books->n_steps;
            n_bytes += books->n_steps * 4 * (uint64_t)core->slice[s].input.n_targets;
        }
        if (dram->core[c].count > 0)
            return differ(books, "reads of DRAM left on core", core->core, dram->core[c].count, 0);
    }
    if (dram->n_reads != n_reads)
        return differ(books, "reads of DRAM", 0, dram->n_reads, n_reads);
    return dram->n_bytes == n_bytes ? STATUS_OK
                                    : differ(books, "bytes from DRAM", 0, dram->n_bytes, n_bytes);
}

/* The decoder's words of a core with every event; nothing elsewhere. */
static Status check_decoder_macs(Books *books, uint32_t c)
{
    const CoreProgram *core = &books->program->core[c];
    const SliceProgram *last = &core->slice[core->n_slices - 1];
    const uint64_t macs = last->decoder ? decoder_events(books) * last->n_units : 0;
    const uint64_t counted = books->machine->tally.count[c].n[COUNT_DECODER_MACS];
    return counted == macs ? STATUS_OK
                           : differ(books, "decoder MACs of core", core->core, counted, macs);
}

/* With ticks: every event received was used by some update of every slice that uses it, or came
 * after the last. */
static Status check_used(Books *books, Arena *scratch)
{
    const CoreModel *cores = &books->machine->cores;
    const Plan *plan = &books->machine->plan;
    uint64_t *uses = ARENA_ARRAY(scratch, uint64_t, plan->n_cores);
    for (uint32_t p = 0; p < plan->n_pairs; p++) {
        const CorePair *pair = &cores->pair[p];
        const CoreProgram *core = &books->program->core[plan->pair_core[p]];
        const uint32_t stage = plan_source_stage(plan, plan->pair_source[p]);
        const uint64_t events = pair->events - pair_lost(cores, p);
        for (uint32_t s = 0; s < core->n_slices; s++) {
            if (core->slice[s].layer == stage)
                uses[plan->pair_core[p]] += events;
            if (core->slice[s].layer + 1 == stage)
                uses[plan->pair_core[p]] += events - (pair->last_events - pair->last_lost);
        }
    }
    for (uint32_t c = 0; c < plan->n_cores; c++)
        if (cores->tick.core[c].used != uses[c])
            return differ(books, "events used on core", books->program->core[c].core,
                          cores->tick.core[c].used, uses[c]);
    return STATUS_OK;
}

/* Markers that reached a core, those lost there included. */
static uint64_t markers_counted(const Machine *machine, uint32_t c)
{
    const uint64_t lost = machine->plan.ticks ? machine->cores.tick.core[c].markers_lost : 0;
    return machine->tally.count[c].n[COUNT_MARKERS_IN] + lost;
}

static Status check_totals(Books *books)
{
    const Machine *machine = books->machine;
    for (uint32_t c = 0; c < books->program->n_cores; c++) {
        const Counters *count = &machine->tally.count[c];
        uint64_t events = count->n[COUNT_EVENTS_IN] + count->n[COUNT_EVENTS_LOST];
        if (count->n[COUNT_EVENTS_LOST] > 0 && !machine->cores.lossy)
            return differ(books, "events lost at core", books->program->core[c].core,
                          count->n[COUNT_EVENTS_LOST], 0);
        if (events != books->events_in[c])
            return differ(books, "events into core", books->program->core[c].core, events,
                          books->events_in[c]);
        if (markers_counted(machine, c) != books->markers_in[c])
            return differ(books, "markers into core", books->program->core[c].core,
                          markers_counted(machine, c), books->markers_in[c]);
        TRY(check_decoder_macs(books, c));
        uint64_t macs = core_macs(books, &books->program->core[c]);
        if (count->n[COUNT_MAC_ARRAY_MACS] != macs)
            return differ(books, "MACs of the array of core", books->program->core[c].core,
                          count->n[COUNT_MAC_ARRAY_MACS], macs);
    }
    for (uint32_t l = 0; l < topology_all_links(books->topology); l++)
        if (machine->tally.link[l].flits != books->arrivals.walk.link_flits[l])
            return differ(books, "flits on link", l, machine->tally.link[l].flits,
                          books->arrivals.walk.link_flits[l]);
    uint64_t lookups = 0;
    for (uint32_t r = 0; r < books->topology->n_routers; r++) {
        if (machine->tally.router_lookups[r] != books->arrivals.walk.lookups[r])
            return differ(books, "look-ups of router", r, machine->tally.router_lookups[r],
                          books->arrivals.walk.lookups[r]);
        lookups += books->arrivals.walk.lookups[r];
    }
    if (machine->tally.router.lookups != lookups)
        return differ(books, "look-ups of all routers", 0, machine->tally.router.lookups, lookups);
    if (machine->tally.host_events_out != books->host_events)
        return differ(books, "events to host", 0, machine->tally.host_events_out,
                      books->host_events);
    if (machine->tally.host_markers_out != books->host_markers)
        return differ(books, "markers to host", 0, machine->tally.host_markers_out,
                      books->host_markers);
    return STATUS_OK;
}

/* ---- shares of layers and steps -------------------- */

static void add_traffic(TrafficCounts *sum, const TrafficCounts *more)
{
    sum->flits += more->flits;
    sum->frames += more->frames;
    sum->off_board_frames += more->off_board_frames;
    sum->lookups += more->lookups;
    sum->host_packets += more->host_packets;
}

/* What is counted of the whole, in the place of one step. */
static StepTimes sum_run(const Books *books)
{
    const Machine *machine = books->machine;
    const Plan *plan = &machine->plan;
    StepTimes run = {.dram_bytes = machine->cores.dram.n_bytes,
                     .traffic = {.lookups = machine->tally.router.lookups,
                                 .host_packets = tally_host_packets(&machine->tally, plan)}};
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        const Counters *count = &machine->tally.count[c];
        run.active_cycles += count->n[COUNT_RECEIVE_CYCLES] + count->n[COUNT_UPDATE_CYCLES] +
                             count->n[COUNT_EMIT_CYCLES];
        run.array_macs += count->n[COUNT_MAC_ARRAY_MACS];
    }
    for (uint32_t l = 0; l < plan->n_links + plan->n_router_links; l++) {
        const uint64_t flits = machine->tally.link[l].flits;
        if (l < plan->n_links || !plan->frame_links)
            run.traffic.flits += flits;
        else if (plan->topology->router_link[l - plan->n_links].off_board)
            run.traffic.off_board_frames += flits;
        else
            run.traffic.frames += flits;
    }
    return run;
}

static StepTimes sum_steps(const Books *books)
{
    StepTimes sum = {0};
    for (uint32_t t = 0; t < books->n_steps; t++) {
        const StepTimes *step = &books->machine->tally.step[t];
        sum.active_cycles += step->active_cycles;
        sum.array_macs += step->array_macs;
        sum.dram_bytes += step->dram_bytes;
        add_traffic(&sum.traffic, &step->traffic);
    }
    return sum;
}

/* Of all slices, and what no slice counts. */
static StepTimes sum_layers(const Books *books)
{
    const Machine *machine = books->machine;
    const DramModel *dram = &machine->cores.dram;
    StepTimes sum = {.active_cycles = machine->tally.token_cycles,
                     .traffic = machine->tally.input_traffic};
    for (uint32_t l = 0; l < machine->plan.n_layers; l++) {
        const LayerCounts *layer = &machine->tally.layer[l];
        sum.active_cycles += layer->active_cycles;
        sum.array_macs += layer->array_macs;
        add_traffic(&sum.traffic, &layer->traffic);
    }
    for (uint32_t c = 0; c < machine->plan.chip->fabric.n_chips; c++)
        sum.dram_bytes += dram->chip_bytes[c];
    return sum;
}

/* Shares add up to the whole: `of` 0 layers, 1 steps. */
static Status check_shares(Books *books, uint32_t of)
{
    const StepTimes run = sum_run(books), sum = of ? sum_steps(books) : sum_layers(books);
    if (sum.active_cycles != run.active_cycles)
        return differ(books, "active cycles of all layers (0), steps (1):", of, sum.active_cycles,
                      run.active_cycles);
    if (sum.array_macs != run.array_macs)
        return differ(books, "MACs of arrays of all layers (0), steps (1):", of, sum.array_macs,
                      run.array_macs);
    if (sum.dram_bytes != run.dram_bytes)
        return differ(books, "bytes from DRAM of all chips (0), steps (1):", of, sum.dram_bytes,
                      run.dram_bytes);
    if (sum.traffic.flits != run.traffic.flits)
        return differ(books, "flits of all layers (0), steps (1):", of, sum.traffic.flits,
                      run.traffic.flits);
    if (sum.traffic.frames != run.traffic.frames)
        return differ(books, "frames of all layers (0), steps (1):", of, sum.traffic.frames,
                      run.traffic.frames);
    if (sum.traffic.off_board_frames != run.traffic.off_board_frames)
        return differ(books, "frames between boards of all layers (0), steps (1):", of,
                      sum.traffic.off_board_frames, run.traffic.off_board_frames);
    if (sum.traffic.lookups != run.traffic.lookups)
        return differ(books, "look-ups of all layers (0), steps (1):", of, sum.traffic.lookups,
                      run.traffic.lookups);
    if (sum.traffic.host_packets != run.traffic.host_packets)
        return differ(books, "packets on the host's link of all layers (0), steps (1):", of,
                      sum.traffic.host_packets, run.traffic.host_packets);
    return STATUS_OK;
}

Status machine_check(Arena *scratch, const Machine *machine, const EventTrace *expected,
                     uint64_t run_cycles, Err *err)
{
    const Program *program = machine->plan.program;
    Books books = {.machine = machine,
                   .program = program,
                   .topology = machine->plan.topology,
                   .expected = expected,
                   .n_steps = machine->plan.n_steps,
                   .run_cycles = run_cycles,
                   .err = err};
    EventCounts counts;
    count_events(scratch, &counts, program, books.n_steps, machine->host.input, expected);
    CHECK(counts.n_sources == machine->plan.n_sources);
    books.active = counts.active;
    books.recurring = counts.recurring;
    books.closing = counts.closing;
    arrivals_init(scratch, &books.arrivals, program, books.topology, err);
    books.events_in = ARENA_ARRAY(scratch, uint64_t, program->n_cores);
    books.markers_in = ARENA_ARRAY(scratch, uint64_t, program->n_cores);
    books.closed_in = ARENA_ARRAY(scratch, uint64_t, program->n_cores);
    TRY(check_cycles(&books));
    uint32_t source = 0;
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++)
            TRY(check_slice(&books, source++, &program->core[c], &program->core[c].slice[s]));
    Sender host = {source,
                   PROGRAM_NONE,
                   program->input_key,
                   program->n_inputs,
                   program->input_marker_key,
                   books.active[0],
                   books.closing[source].times};
    TRY(check_packets(&books, &host));
    TRY(check_pairs(&books, scratch));
    TRY(check_rows(&books));
    if (machine->plan.ticks)
        TRY(check_used(&books, scratch));
    TRY(check_totals(&books));
    TRY(check_shares(&books, 0));
    return check_shares(&books, 1);
}
