/* job_timeline.c - --timeline-steps, --timeline-cores, --timeline-spans: timeline.csv of a job.
 *
 * The steps are those of the run with one token at a time, which is run again up to their end,
 * with an observer. Nothing in it may differ from the first time: that the steps took as long is
 * checked.
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "job.h"
#include "progress.h"

static Status check_alone(const Job *job, bool wanted, Err *err)
{
    static const char *const names[] = {"timeline-steps", "timeline-cores", "timeline-spans"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!args_text(job->args, names[i]) || wanted)
            continue;
        if (!job->output)
            return err_set(err, STATUS_USAGE, "--%s: needs --output; expected it too", names[i]);
        if (!job->engine->timed)
            return err_set(err, STATUS_USAGE,
                           "--%s: engine '%s' has no time axis; expected --fidelity event or flit",
                           names[i], job->engine->name);
        return err_set(err, STATUS_USAGE,
                       "--%s: goes with steps; expected no --timeline-steps none", names[i]);
    }
    return STATUS_OK;
}

Status job_read_timeline(Job *job, Err *err)
{
    const char *steps = args_text(job->args, "timeline-steps");
    const bool none = steps && strcmp(steps, "none") == 0;
    TimelineOptions *options = &job->timeline;
    uint64_t max_spans;

    job->has_timeline = job->output && job->engine->timed && !none;
    if (none && !args_text(job->args, "timeline-cores") && !args_text(job->args, "timeline-spans"))
        return STATUS_OK;
    TRY(check_alone(job, job->has_timeline, err));
    if (!job->has_timeline)
        return STATUS_OK;
    job->median_step = !steps;
    TRY(job_read_steps(job, "timeline-steps", &options->first_step, &options->last_step, err));
    if (steps && options->last_step - options->first_step >= TIMELINE_MAX_STEPS)
        return err_set(err, STATUS_USAGE,
                       "--timeline-steps: %s are %" PRIu32 " steps; expected at most %d", steps,
                       options->last_step - options->first_step + 1, TIMELINE_MAX_STEPS);
    TRY(args_u32_list(job->arena, job->args, "timeline-cores", 0, job->chip->n_cores - 1,
                      &options->n_cores, &options->core, err));
    TRY(args_u64(job->args, "timeline-spans", 1, TIMELINE_MOST_SPANS, TIMELINE_SPANS, &max_spans,
                 err));
    options->max_spans = (uint32_t)max_spans;
    return timeline_check(job->program, options, err);
}

/* All steps that begin before the window is over, and one more: a last step is shorter than one
 * that another follows. */
static uint32_t steps_until(const Trace *trace, uint64_t end_ps)
{
    uint32_t n = 0;
    while (n < trace->n_steps && trace->step[n].start_ps <= end_ps)
        n++;
    return n < trace->n_steps ? n + 1 : n;
}

/* It is a short run, and what it is for is whole but for it: it is not ended early. */
static bool show_progress(void *context, uint64_t done, uint64_t total)
{
    progress_update(context, done, total);
    return true;
}

static Status run_again(Job *job, TimelineRecord *record, uint32_t n_steps, const Trace **out,
                        Err *err)
{
    Progress progress;
    SimOptions options = {
        .mode = job->mode,
        .arrival = ARRIVE_SEQUENTIAL,
        .n_steps = n_steps,
        .observer = timeline_observer(record),
        .progress = show_progress,
        .progress_context = &progress,
    };

    progress_begin(&progress, "timeline", job->quiet);
    Status status = job_simulate(job, job->program, job->topology, &options, job->arena, out, err);
    progress_end(&progress);
    return status;
}

Status job_make_timeline(Job *job, const Timeline **out, Err *err)
{
    const Trace *trace = job->latency, *again;
    TimelineOptions *options = &job->timeline;
    uint64_t begin_ps, end_ps;

    if (job->median_step)
        options->first_step = options->last_step = explain_median_step(trace, EXPLAINED_STEPS);
    timeline_window(trace, options->first_step, options->last_step, &begin_ps, &end_ps);
    TimelineRecord *record =
        timeline_record(job->arena, job->program, job->topology, begin_ps, end_ps);
    TRY(run_again(job, record, steps_until(trace, end_ps), &again, err));
    for (uint32_t t = 0; t <= options->last_step; t++)
        if (again->step[t].start_ps != trace->step[t].start_ps ||
            again->step[t].end_ps != trace->step[t].end_ps)
            return err_set(err, STATUS_INTERNAL,
                           "step %" PRIu32 " took another time when it was run again", t);
    return timeline_make(job->arena, record, again, options, out, err);
}
