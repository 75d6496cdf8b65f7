/* engine_count.c - a run without a time axis: totals exactly those of engines with one, and bounds
 * below their times.
 *
 * No Machine is made: events, images and router tables say all. The totals are those of
 * synchronisation by data flow and of FIFOs that let the network wait (stall).
 * Cost: O(weights + events + walks of all keys), and that of the bounds.
 */
#include "count_model.h"
#include "traffic_counts.h"

Status count_init(Arena *arena, CountModel *model, const SimRun *run, Err *err)
{
    const SimOptions *options = run->options;
    *model = (CountModel){.input = run->input, .given = run->expected};
    Plan *plan = &model->plan;
    plan->program = run->program;
    plan->topology = run->topology;
    plan->n_steps = options->n_steps ? options->n_steps : run->input->n_steps;
    TRY(plan_init(arena, plan, options->point, err));
    plan_events(arena, plan, run->expected);
    tally_init(arena, &model->tally, plan);
    dram_init(arena, &model->dram, plan);
    model->input_unit = ARENA_ARRAY(arena, uint32_t, plan->program->n_inputs);
    model->slice = ARENA_ARRAY(arena, CountSlice, plan->n_slices);
    count_events(arena, &model->events, plan->program, plan->n_steps, run->input, run->expected);
    return count_pairs(arena, model, err);
}

Status engine_count_run(Arena *scratch, Arena *arena, const SimRun *run, Trace **out, Err *err)
{
    CountModel *model = ARENA_ARRAY(scratch, CountModel, 1);
    const bool pipelined = run->options->arrival == ARRIVE_PIPELINED;
    TraceBounds *bounds;
    TRY(count_init(scratch, model, run, err));
    TRY(count_totals(scratch, model, err));
    if (run->options->auto_point)
        tally_forget_levels(&model->tally, model->plan.n_cores);
    TRY(count_bounds(arena, model, pipelined, &bounds, err));
    traffic_counts(scratch, &model->plan, run->input, run->expected, &model->tally);
    Trace *trace = tally_trace(arena, &model->tally, &model->plan);
    trace->bounds = bounds;
    trace->pipelined = pipelined;
    trace->dram_reads = model->dram.n_reads;
    trace->dram_bytes = model->dram.n_bytes;
    trace->dram_busy_ps = model->dram.busy_ps;
    trace->token_bytes = model->dram.token_bytes;
    trace->chip_dram_bytes = dram_chip_bytes(arena, &model->dram);
    trace->end_ps = bounds->end_ps;
    trace->run_cycles = clock_edge_at_or_after(&model->plan.clock[DOMAIN_CORES], bounds->end_ps);
    *out = trace;
    return STATUS_OK;
}
