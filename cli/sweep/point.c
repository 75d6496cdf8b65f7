/* point.c - runs one task: arguments, events, program, simulation, report, result.
 *
 * Each step is that of `egret run` (job.h), so a point is what the user would get by hand; only
 * that what neighbours share is made once (point_parts.c), and that events are always replayed,
 * which gives the same integers. The limit that binds comes from the closed form of `count`, over
 * the first steps.
 */
#include "point.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/hash.h"
#include "point_parts.h"

enum { BINDING_STEPS = 8 };

struct PointCache {
    Arena *arena;
    PointParts parts;
    const char *folder;
    const uint64_t *group; /* [n_points] */
};

PointCache *point_cache_new(const Plan *plan, const char *folder)
{
    Arena *arena = arena_new();
    PointCache *cache = ARENA_ARRAY(arena, PointCache, 1);
    Err err;

    cache->arena = arena;
    cache->parts.plan = plan;
    if (folder != NULL && file_make_folder(folder, NULL, &err) == STATUS_OK)
        cache->folder = arena_text(arena, folder, strlen(folder));
    cache->group = point_groups(arena, plan);
    return cache;
}

void point_cache_free(PointCache *cache)
{
    if (cache == NULL)
        return;
    parts_free(&cache->parts);
    arena_free(cache->arena);
}

/* Neighbours have the same program: then it is worth a file. */
static bool shares_program(const PointCache *cache, uint32_t point)
{
    const uint64_t *group = cache->group;
    return (point > 0 && group[point - 1] == group[point]) ||
           (point + 1 < cache->parts.plan->n_points && group[point + 1] == group[point]);
}

/* ---- result -------------------- */

static ResultStatus status_of(Status status)
{
    switch (status) {
    case STATUS_OK:
        return RESULT_OK;
    case STATUS_NO_FIT:
        return RESULT_NO_FIT;
    case STATUS_INPUT:
    case STATUS_USAGE:
        return RESULT_INVALID;
    case STATUS_UNSUPPORTED:
        return RESULT_UNSUPPORTED;
    default:
        return RESULT_FAILED;
    }
}

static void take_metrics(const Report *report, Result *out)
{
    for (uint32_t i = 0; i < N_RESULT_METRICS; i++) {
        const Metric *metric = report_metric(report, result_metric_name(i));
        out->has[i] = metric != NULL;
        if (metric == NULL)
            continue;
        out->value[i] = metric->value;
        out->low[i] = metric->low;
        out->high[i] = metric->high;
    }
}

static void take_report(const Report *report, Result *out)
{
    out->network_hash = report->text.network_hash;
    out->input_hash = report->text.input_hash;
    out->chip_hash = report->text.chip_hash;
    out->program_hash = report->text.program_hash;
    out->mapping_hash = report->text.mapping_hash;
    out->cores_used = report->mapping.cores_used;
    out->fullest_data_bytes = report->mapping.fullest_data_bytes;
    out->available_data_bytes = report->mapping.available_data_bytes;
    out->table_entries_used = report->mapping.table_entries_used;
    out->simulated_steps = report->run.simulated_steps;
    out->run_ps = report->run.run_ps;
    take_metrics(report, out);
}

/* ---- the task -------------------- */

/* The largest of the bounds below the time of the run. */
static Status find_binding(const Job *job, const char **out, Err *err)
{
    SimOptions options = {
        .mode = SIM_REPLAY,
        .arrival = ARRIVE_SEQUENTIAL,
        .n_steps = job->n_sim_steps < BINDING_STEPS ? job->n_sim_steps : BINDING_STEPS,
        .again = true,
    };
    Job counted = *job;
    const Trace *trace = NULL;

    TRY(sim_engine_find(fidelity_name(FIDELITY_COUNT), &counted.engine, err));
    TRY(job_simulate(&counted, job->program, job->topology, &options, job->arena, &trace, err));
    *out = bound_name(trace->bounds->binding);
    return STATUS_OK;
}

static Status run_task(PointCache *cache, Arena *arena, Task task, Result *out, Err *err)
{
    const Report *report;
    Args args;
    Job job;

    cache->parts.events_folder = cache->folder;
    cache->parts.program_folder = shares_program(cache, task.point) ? cache->folder : NULL;
    TRY(parts_args(&cache->parts, arena, task, &args, err));
    TRY(job_begin(arena, &args, &job, err));
    TRY(job_load_chip(&job, err));
    TRY(parts_events(&cache->parts, task, &job, err));
    TRY(parts_program(&cache->parts, task, &job, err));
    TRY(job_simulate_all(&job, err));
    if (job.interrupted)
        return err_set(err, STATUS_INTERRUPTED, "interrupted");
    TRY(job_report(&job, &report, err));
    take_report(report, out);
    return find_binding(&job, &out->binding, err);
}

void point_run(PointCache *cache, Arena *arena, Task task, Result *out)
{
    Err err = {.status = STATUS_OK};

    *out = result_empty(task);
    const Status status = run_task(cache, arena, task, out, &err);
    if (status == STATUS_OK)
        return;
    *out = result_empty(task);
    out->status = status_of(status);
    out->error = arena_text(arena, err.message, strlen(err.message));
}

/* ---- groups -------------------- */

/* Does the key decide network, events or program? */
static bool is_of_group(const PointParts *parts, uint32_t point, const SweepKey *key)
{
    if (key->kind == KEY_FREE)
        return false;
    if (key->kind == KEY_OPTION)
        return !parts_is_engine_option(key->option) || strcmp(key->option, "point") == 0;
    if (key->kind != KEY_NUMBER)
        return true;
    const NumberUse use = compile_number_use(key->option, parts_objective(parts, point));
    return use == NUMBER_SHAPES || (use == NUMBER_WEIGHED && !parts->plan->sweep->compile_once);
}

const uint64_t *point_groups(Arena *arena, const Plan *plan)
{
    const PointParts parts = {.plan = plan};
    uint64_t *group = ARENA_ARRAY(arena, uint64_t, plan->n_points);

    for (uint32_t i = 0; i < plan->n_points; i++) {
        group[i] = HASH_START;
        for (uint32_t k = 0; k < plan->n_varied; k++)
            if (is_of_group(&parts, i, &plan->key[k]))
                group[i] = hash_text(group[i], plan_value(plan, i, k));
    }
    return group;
}
