/* core_array.c - jobs of a core's MAC array, and what the core does meanwhile.
 *
 * A dense block needs the whole vector of its events, which is there when the slice can update;
 * and the units need the sums of both matrices. So an update of a slice with dense blocks is
 *
 * step_cycles                          of the core for each dense block, input first:
 *     mac_array_start                    of the core: registers and operands of the job
 *
 *     ceil(MACs / rate)                  of the array, and beside it of the core
 *
 *                                          the weights of a target-major matrix (first job only)
 *
 *                                          then packets, as they come (and rows of the decoder)
 * units x update                       of the core
 *
 * There is one array with one set of registers, so the second job is set up when the first is
 * done. A packet whose receive is under way when the array is done is received to its end: a
 * core is one stream of instructions. No other slice is updated in between, so packets that come
 * belong to steps that are not summed yet. While the core has nothing to receive it waits
 * (array_wait_cycles).
 *
 * Where a module of the caller's own stands in the place of the array (parts.h), it says how
 * long a job takes from the edge at which it is started; the rest is the same. A job runs to its
 * end at the operating point at which it was started. Cost: O(1) a job.
 */
#include "base/check.h"
#include "core_model.h"

static const uint64_t WORD_BYTES = 4;

static bool is_dense(const Plan *plan, uint32_t slice, uint32_t which)
{
    return plan->slice[slice].matrix[which]->format == FORMAT_DENSE_MLA;
}

/* The first dense matrix of a slice from `which` on, or 2. */
static uint32_t next_dense(const Plan *plan, uint32_t slice, uint32_t which)
{
    while (which < 2 && !is_dense(plan, slice, which))
        which++;
    return which;
}

ArrayUpdate array_update(const Plan *plan, uint32_t slice, uint64_t weight_cycles)
{
    const SliceProgram *program = plan->slice[slice].program;
    ArrayUpdate update = {.core_cycles = plan->step_cycles +
                                         program->n_units * plan->unit_cycles[program->layer]};
    update.least_cycles = update.core_cycles;
    uint64_t beside = weight_cycles;
    for (uint32_t m = next_dense(plan, slice, 0); m < 2; m = next_dense(plan, slice, m + 1)) {
        const uint64_t job = plan_array_cycles(plan, plan->slice[slice].matrix[m]);
        update.core_cycles += plan->array_start_cycles;
        update.array_cycles += job;
        update.least_cycles += plan->array_start_cycles + (job > beside ? job : beside);
        beside = 0;
    }
    update.core_cycles += weight_cycles;
    update.least_cycles += beside;
    return update;
}

uint64_t array_begin(CoreModel *cores, uint32_t slice, uint64_t step)
{
    const Plan *plan = cores->plan;
    const PlanSlice *info = &plan->slice[slice];
    if (info->program->decoder) {
        const uint64_t cycles = decoder_update_cycles(cores, slice);
        core_book_cycles(cores, slice, step, cycles);
        return cycles;
    }
    const uint64_t units = info->program->n_units;
    const uint64_t weight_cycles = core_update_weights(cores, slice, step);
    const ArrayUpdate update = array_update(plan, slice, weight_cycles);
    CoreArray *array = &cores->core[info->core].array;
    CHECK(array->part == ARRAY_NONE);
    Counters *count = core_counters(cores, info->core);
    count->n[COUNT_UNIT_UPDATES] += units;
    count->n[COUNT_SRAM_READ_BYTES] += WORD_BYTES * 2 * units;
    count->n[COUNT_SRAM_WRITE_BYTES] += WORD_BYTES * units;
    const uint32_t job = next_dense(plan, slice, 0);
    const uint64_t first =
        job == 2 ? update.core_cycles : plan->step_cycles + plan->array_start_cycles;
    count->n[COUNT_UPDATE_CYCLES] += first;
    core_book_cycles(cores, slice, step, first);
    if (job == 2)
        return first;
    *array = (CoreArray){.part = ARRAY_STARTS,
                         .job = job,
                         .step = step,
                         .beside_cycles = weight_cycles,
                         .after_cycles = units * plan->unit_cycles[info->program->layer]};
    return first;
}

/* Cycles of the array, or of what stands in its place, for the job started at edge `cycle`. */
static uint64_t job_cycles(const CoreModel *cores, uint32_t slice, const MatrixImage *matrix,
                           uint64_t cycle)
{
    const Plan *plan = cores->plan;
    const PlanSlice *info = &plan->slice[slice];
    const uint64_t built_in = plan_array_cycles(plan, matrix);
    if (cores->parts->array == NULL)
        return built_in;
    const Clock *clock = core_clock(cores, info->core);
    const ArrayJob job = {
        .core = plan->program->core[info->core].core,
        .layer = info->stage - 1,
        .step = cores->core[info->core].array.step,
        .n_sources = matrix->n_sources,
        .n_targets = matrix->n_targets,
        .begin_ps = clock_edge_ps(&plan->clock[DOMAIN_CORES], cycle),
        .built_in_ps = clock_edge_ps(clock, built_in),
    };
    return clock_edge_at_or_after(clock, cores->parts->array(cores->parts->context, &job));
}

/* The job is set up: the array begins. It keeps the point that the core is at now, on a copy of
 * what is known of it: what the array takes longer at the slow one is no time of the core. */
static void start_job(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    const CoreState *state = &cores->core[core];
    CoreArray *array = &cores->core[core].array;
    Counters *count = core_counters(cores, core);
    const MatrixImage *matrix = cores->plan->slice[state->slice].matrix[array->job];
    const uint64_t cycles = job_cycles(cores, state->slice, matrix, cycle);
    array->part = ARRAY_WORKS;
    array->until = cycle + cycles;
    if (state->fifo.dvfs != NULL) {
        DvfsCore now = *state->fifo.dvfs;
        array->until = dvfs_work(&now, cycle, cycles);
    }
    count->n[COUNT_MAC_ARRAY_CYCLES] += cycles;
    const uint64_t macs = (uint64_t)matrix->n_sources * matrix->n_targets;
    count->n[COUNT_MAC_ARRAY_MACS] += macs;
    core_book_macs(cores, state->slice, array->step, macs);
    cores->n_busy++; /* it ends by itself */
    if (cores->observer != NULL)
        observe_array(cores, core, cycle, cycle + cycles);
}

/* What the core does next for the update: cycles of its own, or NEVER if it waits for
 * the array. */
static uint64_t next_part(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    const CoreState *state = &cores->core[core];
    CoreArray *array = &cores->core[core].array;
    if (array->part == ARRAY_STARTS) {
        start_job(cores, core, cycle);
        const uint64_t beside = array->beside_cycles;
        array->beside_cycles = 0;
        if (beside > 0)
            return beside;
    }
    if (cycle < array->until)
        return NEVER;
    cores->n_busy--;
    array->job = next_dense(cores->plan, state->slice, array->job + 1);
    array->part = array->job < 2 ? ARRAY_STARTS : ARRAY_NONE;
    return array->job < 2 ? cores->plan->array_start_cycles : array->after_cycles;
}

bool array_next(CoreModel *cores, uint32_t core, uint64_t cycle, uint64_t *cycles)
{
    const CoreState *state = &cores->core[core];
    *cycles = next_part(cores, core, cycle);
    if (*cycles == NEVER)
        return false;
    core_counters(cores, core)->n[COUNT_UPDATE_CYCLES] += *cycles;
    core_book_cycles(cores, state->slice, state->array.step, *cycles);
    return true;
}
