/* job_run.c - reference run, simulations, report and files of a job.
 *
 * The reference run computes every step; the simulator executes the first n_sim_steps one token
 * at a time (latency), then replays the same events pipelined (throughput). For intervals the
 * first RETIMED_STEPS of both are replayed on chips with other numbers (sim/response.h). Files
 * appear together or not at all.
 *
 * The first Ctrl-C ends the run that is under way early (interrupt.h) and leaves out what comes
 * after: what was simulated one token at a time until then is a whole result of fewer steps, and
 * is marked partial. In the reference run there is nothing to report yet.
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "commands.h"
#include "interrupt.h"
#include "job.h"
#include "output.h"
#include "progress.h"
#include "sim/numbers_read.h"
#include "sim/html.h"

enum { RETIMED_STEPS = 8 };

static Status run_reference(Job *job, const Network *network, bool use_f64, bool score,
                            const ReferenceRun **out, Err *err)
{
    Progress progress;
    ReferenceOptions options = {
        .use_f64 = use_f64,
        .keep_step_macs = job->output != NULL && !use_f64 && network == job->network,
        .score = score,
        .progress = progress_update,
        .progress_context = &progress,
    };

    progress_begin(&progress, use_f64 ? "reference, double" : "reference", job->quiet);
    Status status = reference_run(job->arena, network, job->input, &options, out, err);
    progress_end(&progress);
    return status;
}

/* Events and MACs are those of the fp32 run; only the scores come from the double one. */
static Status score_in_double(Job *job, Err *err)
{
    const ReferenceRun *scored;
    ReferenceRun *merged = ARENA_ARRAY(job->arena, ReferenceRun, 1);

    TRY(run_reference(job, job->network, true, true, &scored, err));
    *merged = *job->reference;
    merged->n_predictions = scored->n_predictions;
    merged->nll_sum = scored->nll_sum;
    merged->perplexity = scored->perplexity;
    merged->step_nll = scored->step_nll;
    job->reference = merged;
    return STATUS_OK;
}

Status job_make_events(Job *job, Err *err)
{
    bool in_double = strcmp(job->precision, "fp64") == 0;

    if (job->mode == SIM_REPLAY)
        return reference_macs(job->arena, job->network, job->input, job->expected,
                              job->output != NULL, &job->reference, err);
    TRY(run_reference(job, job->network, false, job->network->has_decoder && !in_double,
                      &job->reference, err));
    if (in_double && job->network->has_decoder)
        TRY(score_in_double(job, err));
    if (job->unquantized != NULL && job->network->has_decoder)
        TRY(run_reference(job, job->unquantized, in_double, true, &job->before, err));
    job->expected = job->reference->events;
    job_note(job, "reference: %" PRIu64 " events", job->expected->n_events);
    return STATUS_OK;
}

/* How all runs of the job are made. */
static void set_options(const Job *job, SimOptions *options)
{
    options->engine = job->engine->name;
    options->sync = job->sync;
    options->tick_ns = job->tick_ns;
    options->stall_limit_cycles = job->stall_limit_cycles;
    options->point = job->point;
    options->auto_point = job->auto_point;
    options->network = job->network;
}

Status job_simulate(const Job *job, const Program *program, const Topology *topology,
                    SimOptions *options, Arena *arena, const Trace **out, Err *err)
{
    set_options(job, options);
    return sim_run(arena, program, topology, job->input, job->expected, options, out, err);
}

static Status simulate(Job *job, const char *label, SimMode mode, SimArrival arrival,
                       const Trace **out, Err *err)
{
    Progress progress;
    SimOptions options = {
        .mode = job->engine->timed ? mode : SIM_REPLAY,
        .arrival = arrival,
        .n_steps = job->n_sim_steps,
        .progress = progress_update,
        .progress_context = &progress,
        .vcd = job->vcd_name && out == &job->latency ? &job->vcd : NULL,
    };

    progress_begin(&progress, label, job->quiet);
    Status status = job_simulate(job, job->program, job->topology, &options, job->arena, out, err);
    progress_end(&progress);
    if (status == STATUS_OK)
        job_note(job, "%s: %" PRIu64 " ps, %" PRIu64 " engine events", label, (*out)->end_ps,
                 (*out)->engine_events);
    return status;
}

typedef struct Retimed {
    const Job *job;
    SimTables *tables;
} Retimed;

/* The first steps on a chip with other numbers. */
static Status retime(void *context, Arena *scratch, const Topology *topology, const Trace **latency,
                     const Trace **throughput, Err *err)
{
    const Retimed *again = context;
    const Job *job = again->job;
    const uint32_t n_steps = job->latency->n_steps;
    SimOptions options = {
        .mode = SIM_REPLAY,
        .arrival = ARRIVE_SEQUENTIAL,
        .n_steps = n_steps < RETIMED_STEPS ? n_steps : RETIMED_STEPS,
        .again = true,
        .tables = again->tables,
    };

    TRY(job_simulate(job, job->program, topology, &options, scratch, latency, err));
    options.arrival = ARRIVE_PIPELINED;
    if (job->pipelined)
        TRY(job_simulate(job, job->program, topology, &options, scratch, throughput, err));
    return STATUS_OK;
}

static Status find_response(Job *job, Err *err)
{
    Progress progress;
    Retimed again = {job, sim_tables_new(job->arena)};
    SimOptions options = {.mode = SIM_REPLAY};
    set_options(job, &options);
    const ResponseRuns runs = {.retime = retime,
                               .context = &again,
                               .read =
                                   sim_numbers_read(job->arena, job->program, job->chip, &options),
                               .progress = progress_update,
                               .progress_context = &progress,
                               .n_drawn = job->n_retimings,
                               .seed = job->draw_seed};

    progress_begin(&progress, "intervals", job->quiet);
    Status status = response_make(job->arena, job->chip, &runs, &job->response, err);
    progress_end(&progress);
    TRY(status);
    job_note(job, "intervals: %" PRIu32 " runs of %d steps at most, %" PRIu32 " numbers matter",
             job->response->n_runs, RETIMED_STEPS, job->response->n_numbers);
    return STATUS_OK;
}

static Status simulate_rest(Job *job, Err *err)
{
    if (job->pipelined)
        TRY(simulate(job, "pipelined", SIM_REPLAY, ARRIVE_PIPELINED, &job->throughput, err));
    return job->n_retimings > 0 ? find_response(job, err) : STATUS_OK;
}

Status job_simulate_all(Job *job, Err *err)
{
    const char *label = job->mode == SIM_EXECUTE ? "execute" : "replay";

    TRY(simulate(job, job->engine->timed ? label : job->engine->name, job->mode, ARRIVE_SEQUENTIAL,
                 &job->latency, err));
    Status status = interrupt_asked() ? STATUS_INTERRUPTED : simulate_rest(job, err);
    job->interrupted = interrupt_asked() && (status == STATUS_OK || status == STATUS_INTERRUPTED);
    if (!job->interrupted)
        return status;
    job->throughput = NULL;
    job->response = NULL;
    job->n_draws = 0;
    return STATUS_OK;
}

const char *job_options_text(const Job *job)
{
    static const char *const left_out[] = {
        "input",     "output",    "network",        "replay",         "quiet",
        "verbose",   "dump",      "chip",           "partition",      "vcd",
        "vcd-cores", "vcd-steps", "timeline-steps", "timeline-cores", "timeline-spans"};
    const CommandRow *command = job->args->command;
    const char *text = command->name;

    for (uint32_t i = 0; i < command->n_options; i++) {
        const OptionRow *row = &command->option[i];
        bool skip = false;
        for (size_t j = 0; j < sizeof left_out / sizeof left_out[0]; j++)
            skip = skip || strcmp(row->name, left_out[j]) == 0;
        for (uint32_t j = 0; j < job->args->n_given && !skip; j++) {
            const GivenOption *given = &job->args->given[j];
            if (given->row == row)
                text = arena_printf(job->arena, "%s --%s%s%s", text, row->name,
                                    given->value ? " " : "", given->value ? given->value : "");
        }
    }
    return text;
}

Status job_report(Job *job, const Report **out, Err *err)
{
    ReportInput in = {
        .program = job->program,
        .topology = job->topology,
        .network = job->network,
        .input = job->input,
        .reference = job->reference,
        .before = job->before,
        .unquantized = job->unquantized,
        .latency = job->latency,
        .throughput = job->throughput,
        .response = job->response,
        .n_draws = job->n_draws,
        .draw_seed = job->draw_seed,
        .version = EGRET_VERSION,
        .precision = job->precision,
        .options = job_options_text(job),
        .seed = job->seed,
        .wanted_steps = job->n_sim_steps,
        .interrupted = job->interrupted,
    };

    return report_build(job->arena, &in, out, err);
}

static void write_json(Arena *scratch, const void *report, FILE *stream)
{
    (void)scratch;
    report_write_json(report, stream);
}

static void write_cores(Arena *scratch, const void *report, FILE *stream)
{
    (void)scratch;
    report_write_cores_csv(report, stream);
}

static void write_links(Arena *scratch, const void *report, FILE *stream)
{
    report_write_links_csv(scratch, report, stream);
}

static void write_steps(Arena *scratch, const void *report, FILE *stream)
{
    (void)scratch;
    report_write_steps_csv(report, stream);
}

static void write_tornado(Arena *scratch, const void *report, FILE *stream)
{
    (void)scratch;
    report_write_tornado_svg(report, stream);
}

static void write_timeline(Arena *scratch, const void *timeline, FILE *stream)
{
    (void)scratch;
    timeline_write_csv(timeline, stream);
}

static Status add_timeline(Job *job, Output *output, Err *err)
{
    const Timeline *timeline;

    if (!job->has_timeline || job->interrupted) {
        output_drop(output, "timeline.csv");
        return STATUS_OK;
    }
    TRY(job_make_timeline(job, &timeline, err));
    return output_add(output, "timeline.csv", write_timeline, timeline, err);
}

static void write_html(Arena *scratch, const void *view, FILE *stream)
{
    html_write(scratch, view, stream);
}

/* From the tables that are there already, as `egret report` makes it later. */
static Status add_html(Job *job, Output *output, Err *err)
{
    const RunView *view;

    TRY(run_view_load(job->arena, job->output, ".part", &view, err));
    return output_add(output, "report.html", write_html, view, err);
}

static Status write_files(Job *job, const Report *report, Output *output, Err *err)
{
    static const struct {
        const char *name;
        OutputWrite write;
    } files[] = {{"report.json", write_json},
                 {"cores.csv", write_cores},
                 {"links.csv", write_links},
                 {"steps.csv", write_steps},
                 {"tornado.svg", write_tornado}};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        TRY(output_add(output, files[i].name, files[i].write, report, err));
    TRY(add_timeline(job, output, err));
    TRY(add_html(job, output, err));
    TRY(event_trace_save(job->arena, job->expected, output_path(output, "events.egt"), err));
    TRY(program_save(job->arena, job->program, output_path(output, "program.egp"), err));
    return output_commit(output, err);
}

/* From the reference run on: all that may take long. */
static Status work(Job *job, Output *output, const Report **report, Err *err)
{
    TRY(job_make_events(job, err));
    TRY(job_simulate_all(job, err));
    TRY(job_report(job, report, err));
    return output ? write_files(job, *report, output, err) : STATUS_OK;
}

Status job_finish(Job *job, Err *err)
{
    const Report *report;
    Output output;

    CHECK(job->program && job->input);
    TRY(job_read_vcd(job, err));
    TRY(job_read_timeline(job, err));
    interrupt_watch();
    if (job->output)
        TRY(output_open(job->arena, job->output, &output, err));
    Status status = work(job, job->output ? &output : NULL, &report, err);
    if (status == STATUS_OK && job->vcd_name)
        status = file_rename_part(job->vcd_name, err);
    if (status != STATUS_OK) {
        if (job->output)
            output_abandon(&output);
        if (job->vcd_name)
            file_remove_part(job->vcd_name);
        return status;
    }
    report_write_text(report, stdout);
    if (job->interrupted)
        return err_set(err, STATUS_INTERRUPTED,
                       "interrupted: the report is of %" PRIu32 " of %" PRIu32
                       " steps; expected a run to its end",
                       job->latency->n_steps, job->n_sim_steps);
    return STATUS_OK;
}
