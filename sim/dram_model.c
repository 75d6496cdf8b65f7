/* dram_model.c - reads of token rows and rows of the decoder, served one after another.
 *
 * Takes requests in the order in which cores end the tasks that make them; that order is the same
 * in every run. As all reads of a chip wait in one line and have one latency, the data of a core
 * arrives in the order in which it asked. Cost: O(1) a read.
 */
#include "dram_model.h"

#include "base/check.h"

static const uint64_t PS_PER_S = UINT64_C(1000000000000), PS_PER_NS = 1000;

/* Time to read so many bytes, rounded up. */
static uint64_t read_ps(uint64_t n_bytes, double bytes_per_second)
{
    const uint64_t rate = (uint64_t)(bytes_per_second + 0.5);
    CHECK(rate > 0 && n_bytes <= UINT64_MAX / PS_PER_S); /* program_check: there is a DRAM */
    return (n_bytes * PS_PER_S + rate - 1) / rate;
}

void dram_init(Arena *arena, DramModel *dram, const Plan *plan)
{
    const Program *program = plan->program;
    const Chip *chip = plan->chip;
    *dram = (DramModel){.plan = plan};
    wheel_init(arena, &dram->wheel, plan->n_cores);
    dram->core = ARENA_ARRAY(arena, DramCore, plan->n_cores);
    dram->free_ps = ARENA_ARRAY(arena, uint64_t, chip->fabric.n_chips);
    dram->chip_bytes = ARENA_ARRAY(arena, uint64_t, chip->fabric.n_chips);
    if (program->n_tokens == 0 && !program->has_decoder)
        return;
    dram->setup_cycles = cost_count(&chip->software.dma_setup_cycles);
    dram->latency_ps = (uint64_t)(chip->dram.latency_ns.value * (double)PS_PER_NS + 0.5);
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        DramCore *state = &dram->core[c];
        state->chip = core->core / chip_cores_per_chip(chip);
        for (uint32_t i = 0; i < core->n_slices; i++) {
            if (core->slice[i].decoder)
                state->row_bytes = program_row_bytes(program, &core->slice[i]);
            if (core->slice[i].layer > 0 || program->n_tokens == 0)
                continue;
            state->n_slices++;
            state->segment_bytes += program_segment_bytes(&core->slice[i]);
        }
        const double rate = chip->dram.effective_bytes_per_second.value;
        state->service_ps = read_ps(state->segment_bytes, rate);
        state->row_ps = read_ps(state->row_bytes, rate);
    }
}

const uint64_t *dram_chip_bytes(Arena *arena, const DramModel *dram)
{
    const uint32_t n_chips = dram->plan->chip->fabric.n_chips;
    uint64_t *bytes = ARENA_ARRAY(arena, uint64_t, n_chips);
    for (uint32_t c = 0; c < n_chips; c++)
        bytes[c] = dram->chip_bytes[c];
    return bytes;
}

uint64_t dram_setup_cycles(const DramModel *dram, uint32_t core)
{
    return dram->core[core].n_slices * dram->setup_cycles;
}

/* When data that the core asks for at now_ps is there: the built-in server says ready_ps. */
static uint64_t data_ps(const DramModel *dram, uint32_t core, uint64_t n_bytes, uint64_t now_ps,
                        uint64_t ready_ps)
{
    if (dram->parts == NULL || dram->parts->read == NULL)
        return ready_ps;
    const ReadJob job = {
        .chip = dram->core[core].chip,
        .core = dram->plan->program->core[core].core,
        .n_bytes = n_bytes,
        .begin_ps = now_ps,
        .built_in_ps = ready_ps - now_ps,
    };
    return now_ps + dram->parts->read(dram->parts->context, &job);
}

/* Core edge from which the core sees data that is there at ready_ps: after the edge at which it
 * asked, and not before the data that it asked for before. */
static uint64_t data_cycle(const DramModel *dram, uint32_t core, uint64_t cycle, uint64_t ready_ps)
{
    const DramCore *state = &dram->core[core];
    uint64_t ready = clock_edge_at_or_after(&dram->plan->clock[DOMAIN_CORES], ready_ps);
    if (ready <= cycle)
        ready = cycle + 1;
    const uint32_t last =
        (state->first + state->count + DRAM_READS_IN_FLIGHT - 1) % DRAM_READS_IN_FLIGHT;
    return state->count > 0 && state->ready[last] > ready ? state->ready[last] : ready;
}

/* So many bytes, for which the server takes so long. */
static void ask(DramModel *dram, uint32_t core, uint64_t cycle, uint64_t n_bytes,
                uint64_t service_ps)
{
    const Clock *clock = &dram->plan->clock[DOMAIN_CORES];
    DramCore *state = &dram->core[core];
    CHECK(state->count < DRAM_READS_IN_FLIGHT && n_bytes > 0);
    const uint64_t now_ps = clock_edge_ps(clock, cycle), free_ps = dram->free_ps[state->chip];
    const uint64_t end_ps = (now_ps > free_ps ? now_ps : free_ps) + service_ps;
    dram->free_ps[state->chip] = end_ps;
    const uint64_t ready_ps = data_ps(dram, core, n_bytes, now_ps, end_ps + dram->latency_ps);
    const uint64_t ready = data_cycle(dram, core, cycle, ready_ps);
    const uint32_t at = (state->first + state->count++) % DRAM_READS_IN_FLIGHT;
    state->ready[at] = ready;
    state->is_row[at] = false;
    if (state->count == 1)
        wheel_set(&dram->wheel, core, ready);
    dram->n_bytes += n_bytes;
    dram->chip_bytes[state->chip] += n_bytes;
    dram->busy_ps += service_ps;
}

void dram_read(DramModel *dram, uint32_t core, uint64_t cycle)
{
    const DramCore *state = &dram->core[core];
    ask(dram, core, cycle, state->segment_bytes, state->service_ps);
    dram->n_reads += state->n_slices;
    dram->token_bytes += state->segment_bytes;
}

void dram_read_row(DramModel *dram, uint32_t core, uint64_t cycle)
{
    DramCore *state = &dram->core[core];
    ask(dram, core, cycle, state->row_bytes, state->row_ps);
    state->is_row[(state->first + state->count - 1) % DRAM_READS_IN_FLIGHT] = true;
    dram->n_reads++;
}

uint64_t dram_next(const DramModel *dram)
{
    return wheel_next(&dram->wheel);
}

uint32_t dram_take(DramModel *dram, uint64_t cycle)
{
    wheel_advance(&dram->wheel, cycle);
    const uint32_t core = wheel_take(&dram->wheel);
    if (core == WHEEL_NONE)
        return core;
    DramCore *state = &dram->core[core];
    state->took_row = state->is_row[state->first];
    state->first = (state->first + 1) % DRAM_READS_IN_FLIGHT;
    if (--state->count > 0)
        wheel_set(&dram->wheel, core, state->ready[state->first]);
    return core;
}
