/* job.c - reads what a run needs: options, chip, network, input; compiles.
 *
 * Cheap checks come first: options before files, chip and network before the input. Everything that
 * is made lives in the job's arena. The simulation itself is in job_run.c.
 */
#include "job.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/check.h"
#include "base/yaml_doc.h"
#include "commands.h"
#include "models/decoder.h"
#include "models/fold.h"
#include "models/quantize.h"
#include "progress.h"

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

Status job_begin(Arena *arena, const Args *args, Job *job, Err *err)
{
    const char *chip;

    memset(job, 0, sizeof *job);
    job->arena = arena;
    job->args = args;
    job->quiet = args_flag(args, "quiet");
    job->verbose = args_flag(args, "verbose");
    return args_need(args, "chip", &chip, err);
}

void job_note(const Job *job, const char *format, ...)
{
    va_list list;

    if (!job->verbose)
        return;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

/* --carry and --reset-steps; the network's own rule if neither is given. */
enum { DEFAULT_DRAWS = 2000, MAX_DRAWS = 1000000, DEFAULT_RETIMINGS = 12, MAX_RETIMINGS = 1000 };

static Status read_reset_steps(const Job *job, uint64_t fallback, uint64_t *out, Err *err)
{
    return args_u64(job->args, "reset-steps", 1, UINT32_MAX, fallback, out, err);
}

static Status apply_carry(Job *job, Err *err)
{
    static const char *const rules[] = {"network", "full", "events"};
    uint32_t rule;
    uint64_t reset_steps;

    TRY(args_choice(job->args, "carry", rules, COUNT_OF(rules), 0, &rule, err));
    TRY(read_reset_steps(job, job->network->reset_steps, &reset_steps, err));
    if (rule != 2 && args_text(job->args, "reset-steps"))
        return err_set(err, STATUS_USAGE, "--reset-steps: needs --carry events; expected it too");
    if (rule == 1)
        job->network = network_with_carry(job->arena, job->network, CARRY_FULL, 0);
    if (rule == 2) {
        if (reset_steps == 0)
            return err_set(err, STATUS_USAGE,
                           "--carry: the network has no reset interval; expected --reset-steps N");
        job->network =
            network_with_carry(job->arena, job->network, CARRY_EVENTS, (uint32_t)reset_steps);
    }
    return STATUS_OK;
}

static Status read_full_scale(const Job *job, double *out, Err *err)
{
    return args_real(job->args, "full-scale", 1e-6, 1e6, 1, out, err);
}

/* --quantize and what goes with it. */
static Status apply_precision(Job *job, Err *err)
{
    QuantizeOptions options = {0};
    uint32_t precision, scales;

    TRY(args_choice(job->args, "quantize", precision_names(), N_PRECISIONS, PRECISION_FP32,
                    &precision, err));
    TRY(args_choice(job->args, "scales", scale_rule_names(), N_SCALE_RULES, SCALES_PER_UNIT,
                    &scales, err));
    TRY(read_full_scale(job, &options.input_full_scale, err));
    const char *given = args_text(job->args, "scales") ? "scales" : "full-scale";
    if (args_text(job->args, given) && precision != PRECISION_INT8)
        return err_set(err, STATUS_USAGE, "--%s: needs --quantize int8; expected it too", given);
    if (args_text(job->args, "full-scale") && job->network->n_words > 0)
        return err_set(err, STATUS_USAGE,
                       "--full-scale: the embedding sets the scale of its words; expected it for "
                       "a network that takes vectors");
    options.scales = (ScaleRule)scales;
    const Network *before = job->network;
    TRY(network_quantize(job->arena, before, (Precision)precision, &options, &job->network, err));
    if (job->network != before)
        job->unquantized = before;
    return STATUS_OK;
}

/* --fold-embedding. */
static Status apply_fold(Job *job, Err *err)
{
    if (!args_flag(job->args, "fold-embedding"))
        return STATUS_OK;
    return network_fold(job->arena, job->network, &job->network, err);
}

/* --decoder. */
static Status apply_decoder(Job *job, Err *err)
{
    static const char *const places[] = {"host", "dram"};
    uint32_t place;

    TRY(args_choice(job->args, "decoder", places, COUNT_OF(places), 0, &place, err));
    if (place == 0)
        return STATUS_OK;
    return network_decoder_on_chip(job->arena, job->network, &job->network, err);
}

Status job_prepare_network(Job *job, Err *err)
{
    TRY(apply_carry(job, err));
    TRY(apply_precision(job, err));
    TRY(apply_fold(job, err));
    return apply_decoder(job, err);
}

Status job_load_network(Job *job, const char *folder, Err *err)
{
    TRY(network_load(job->arena, folder, &job->network, err));
    TRY(job_prepare_network(job, err));
    job_note(job, "network %s: %" PRIu32 " layers, %" PRIu64 " bytes of files", job->network->name,
             job->network->n_layers, job->network->file_bytes);
    return STATUS_OK;
}

static Status read_settings(const Job *job, ChipSetting *setting, uint32_t *n_settings, Err *err)
{
    *n_settings = 0;
    for (uint32_t i = 0; i < job->args->n_given; i++) {
        const GivenOption *given = &job->args->given[i];
        if (strcmp(given->row->name, "set") != 0)
            continue;
        const char *equals = strchr(given->value, '=');
        if (!equals || equals == given->value)
            return err_set(err, STATUS_USAGE,
                           "--set: `%s` is not a setting; expected KEY=VALUE, as "
                           "grid.usable_cores=150",
                           given->value);
        ChipSetting *row = &setting[(*n_settings)++];
        row->key = arena_text(job->arena, given->value, (size_t)(equals - given->value));
        row->value = equals + 1;
    }
    return STATUS_OK;
}

Status job_load_chip(Job *job, Err *err)
{
    ChipSetting *setting = ARENA_ARRAY(job->arena, ChipSetting, job->args->n_given);
    uint32_t n_settings;

    TRY(read_settings(job, setting, &n_settings, err));
    TRY(chip_load(job->arena, args_text(job->args, "chip"), chips_folder(job->arena), setting,
                  n_settings, &job->chip, err));
    TRY(topology_build(job->arena, job->chip, &job->topology, err));
    job_note(job, "chip %s: %" PRIu32 " cores, %" PRIu32 " usable", job->chip->name,
             job->chip->n_cores, chip_usable_cores(job->chip));
    return STATUS_OK;
}

enum {
    MAX_EFFORT = 100000,
    MAX_ENGINES = 8,
    MAX_SYNCS = 8,
    MAX_STALL_LIMIT = 2000000000,
    MAX_TICK_NS = 1000000000
};

static Status read_mapping_options(Job *job, CompileOptions *options, Err *err)
{
    static const char *const formats[] = {"auto", "source", "target", "bitmap", "dense-mla"};
    static const char *const widths[] = {"auto", "8", "16", "32"};
    static const uint32_t bits[] = {0, 8, 16, 32};
    static const char *const modes[] = {"auto", "raw", "minimal"}; /* as TableMode */
    const char *objectives[N_OBJECTIVES];
    uint32_t format, width, mode, objective;
    uint64_t effort;

    memset(options, 0, sizeof *options);
    for (int i = 0; i < N_OBJECTIVES; i++)
        objectives[i] = objective_name((Objective)i);
    TRY(args_choice(job->args, "objective", objectives, N_OBJECTIVES, 0, &objective, err));
    TRY(args_choice(job->args, "format", formats, COUNT_OF(formats), 0, &format, err));
    TRY(args_choice(job->args, "index-bits", widths, COUNT_OF(widths), 0, &width, err));
    TRY(args_choice(job->args, "tables", modes, COUNT_OF(modes), 0, &mode, err));
    TRY(args_u32_list(job->arena, job->args, "cores-per-layer", 1, UINT32_MAX,
                      &options->n_core_counts, &options->core_count, err));
    options->format = (int32_t)format - 1;
    options->index_bits = bits[width];
    options->objective = (Objective)objective;
    options->split = args_text(job->args, "split");
    options->placement = args_text(job->args, "placement");
    TRY(args_u64(job->args, "effort", 1, MAX_EFFORT, 0, &effort, err));
    options->effort = (uint32_t)effort;
    options->routing = args_text(job->args, "routing");
    options->tables = (TableMode)mode;
    options->share_cores = args_flag(job->args, "share-cores");
    if (job->network && options->n_core_counts > 0 &&
        options->n_core_counts != job->network->n_layers)
        return err_set(err, STATUS_USAGE,
                       "--cores-per-layer: %" PRIu32 " numbers; expected %" PRIu32
                       ", one for each layer",
                       options->n_core_counts, job->network->n_layers);
    return STATUS_OK;
}

Status job_read_compile(Job *job, CompileOptions *out, Err *err)
{
    TRY(read_mapping_options(job, out, err));
    TRY(job_read_rates(job, &out->rates, err));
    TRY(job_read_partition(job, out, err));
    out->point = job->point;
    return STATUS_OK;
}

/* One bar a pass. */
typedef struct CompileBar {
    Progress progress;
    const char *pass; /* NULL: none yet */
    char label[24];
    bool quiet;
} CompileBar;

static bool show_pass(void *context, const char *pass, uint64_t done, uint64_t total)
{
    CompileBar *bar = context;

    if (bar->pass == NULL || strcmp(bar->pass, pass) != 0) {
        if (bar->pass != NULL)
            progress_end(&bar->progress);
        bar->pass = pass;
        snprintf(bar->label, sizeof bar->label, "compile: %s", pass);
        progress_begin(&bar->progress, bar->label, bar->quiet);
    }
    return progress_update(&bar->progress, done, total);
}

Status job_compile(Job *job, const char *dump, FILE *dump_stream, Err *err)
{
    CompileOptions options;
    CompileBar bar = {.quiet = job->quiet};

    TRY(job_read_compile(job, &options, err));
    options.dump = dump;
    options.dump_stream = dump_stream;
    options.progress = show_pass;
    options.progress_context = &bar;
    const Status status = compile(job->arena, job->chip, job->topology, job->network, &options,
                                  &job->program, &job->summary, err);
    if (bar.pass != NULL)
        progress_end(&bar.progress);
    TRY(status);
    job_note(job, "program: %" PRIu32 " cores, %" PRIu32 " routes", job->program->n_cores,
             job->summary->n_routes);
    return STATUS_OK;
}

Status job_read_point(Job *job, Err *err)
{
    const char *name = args_text(job->args, "point");

    job->point = 0;
    job->auto_point = name && strcmp(name, CHIP_POINT_AUTO) == 0;
    if (job->auto_point && job->chip->n_points < 2)
        return err_set(err, STATUS_USAGE,
                       "--point: chip %s has one operating point; expected two or more for %s",
                       job->chip->name, CHIP_POINT_AUTO);
    if (!name || job->auto_point)
        return STATUS_OK;
    job->point = chip_point(job->chip, name);
    if (job->point < job->chip->n_points)
        return STATUS_OK;
    uint32_t n_names = job->chip->n_points;
    const char **names = ARENA_ARRAY(job->arena, const char *, n_names + 1);
    for (uint32_t i = 0; i < job->chip->n_points; i++)
        names[i] = job->chip->point[i].name;
    if (n_names > 1)
        names[n_names++] = CHIP_POINT_AUTO;
    return err_set(err, STATUS_USAGE, "--point: chip %s has no operating point `%s`; expected %s",
                   job->chip->name, name, args_choices_text(job->arena, names, n_names));
}

/* --fidelity */
static Status read_engine(Job *job, Err *err)
{
    const char *names[MAX_ENGINES] = {NULL};
    uint32_t n = 0, choice;

    for (; sim_engine(n) != NULL; n++) {
        CHECK(n < MAX_ENGINES);
        names[n] = sim_engine(n)->name;
    }
    TRY(args_choice(job->args, "fidelity", names, n, 0, &choice, err));
    if (args_text(job->args, "fidelity") == NULL)
        return sim_engine_find(NULL, &job->engine, err);
    job->engine = sim_engine(choice);
    return STATUS_OK;
}

/* --sync, --tick-ns, --stall-limit */
static Status read_sync(Job *job, Err *err)
{
    const char *names[MAX_SYNCS] = {NULL};
    uint32_t n = 0, choice;

    for (; sim_sync_name(n) != NULL; n++) {
        CHECK(n < MAX_SYNCS);
        names[n] = sim_sync_name(n);
    }
    TRY(args_choice(job->args, "sync", names, n, SYNC_DATAFLOW, &choice, err));
    job->sync = (SimSync)choice;
    TRY(args_u64(job->args, "tick-ns", 1, MAX_TICK_NS, 0, &job->tick_ns, err));
    if (job->tick_ns > 0 && job->sync != SYNC_TICK)
        return err_set(err, STATUS_USAGE,
                       "--tick-ns: nothing else has ticks; expected --sync tick too");
    if (job->tick_ns == 0 && job->sync == SYNC_TICK)
        return err_set(err, STATUS_USAGE, "--sync: ticks need a period; expected --tick-ns N too");
    return args_u64(job->args, "stall-limit", 1, MAX_STALL_LIMIT, 0, &job->stall_limit_cycles, err);
}

Status job_read_draws(Job *job, Err *err)
{
    uint64_t n_draws;

    TRY(args_u64(job->args, "draws", 0, MAX_DRAWS, DEFAULT_DRAWS, &n_draws, err));
    job->n_draws = (uint32_t)n_draws;
    return args_u64(job->args, "draw-seed", 0, UINT64_MAX, 1, &job->draw_seed, err);
}

Status job_read_intervals(Job *job, Err *err)
{
    uint64_t n_retimings;

    TRY(job_read_draws(job, err));
    TRY(args_u64(job->args, "retimings", 0, MAX_RETIMINGS, job->n_draws > 0 ? DEFAULT_RETIMINGS : 0,
                 &n_retimings, err));
    if (job->n_draws == 0 && n_retimings > 0)
        return err_set(
            err, STATUS_USAGE,
            "--retimings: without draws there are no intervals; expected --draws above 0");
    job->n_retimings = (uint32_t)n_retimings;
    return STATUS_OK;
}

Status job_read_run(Job *job, Err *err)
{
    static const char *const precisions[] = {"fp32", "fp64"};
    uint32_t precision;

    TRY(read_engine(job, err));
    TRY(read_sync(job, err));
    TRY(job_read_point(job, err));
    job->precision = precisions[0];
    if (!args_knows(job->args, "precision")) /* a command without a report */
        return STATUS_OK;
    TRY(args_choice(job->args, "precision", precisions, COUNT_OF(precisions), 0, &precision, err));
    job->precision = precisions[precision];
    if (job->network && precision == 1 && job->network->precision == PRECISION_INT8)
        return err_set(err, STATUS_USAGE,
                       "--precision: an int8 network computes in integers; expected no fp64");
    if (job->network && precision == 1 && job->network->fold != NULL)
        return err_set(err, STATUS_USAGE,
                       "--precision: token rows are in fp32; expected no fp64 with "
                       "--fold-embedding");
    job->pipelined = !args_flag(job->args, "no-pipelined");
    TRY(job_read_intervals(job, err));
    job->output = args_text(job->args, "output");
    return STATUS_OK;
}

static Status load_statistics(Job *job, const char *text, Err *err)
{
    ActivityStatistics *statistics = ARENA_ARRAY(job->arena, ActivityStatistics, 1);

    if (args_text(job->args, "steps"))
        return err_set(err, STATUS_USAGE,
                       "--steps: with --activity the steps stand there; expected \"steps=N\"");
    if (strcmp(job->precision, "fp32") != 0)
        return err_set(
            err, STATUS_USAGE,
            "--precision: with --activity no values are computed; expected no precision");
    TRY(activity_parse(job->arena, text, job->network->n_layers, statistics, err));
    TRY(activity_draw(job->arena, job->network, statistics, &job->input, &job->expected, err));
    job->statistics = statistics;
    job->seed = statistics->seed;
    job->mode = SIM_REPLAY;
    return STATUS_OK;
}

static Status load_replay(Job *job, const char *path, Err *err)
{
    TRY(event_trace_load(job->arena, path, &job->expected, err));
    if (job->expected->n_layers != job->network->n_layers)
        return err_set(err, STATUS_INPUT,
                       "%s: events of %" PRIu32 " layers; expected the network's %" PRIu32, path,
                       job->expected->n_layers, job->network->n_layers);
    if (job->expected->n_steps != job->input->n_steps) {
        err_set(err, STATUS_INPUT, "%s: events of %" PRIu32 " steps; expected the input's %" PRIu32,
                path, job->expected->n_steps, job->input->n_steps);
        if (job->expected->n_steps < job->input->n_steps)
            err_hint(err, "--steps %" PRIu32 " takes as many of the input", job->expected->n_steps);
        return STATUS_INPUT;
    }
    job->mode = SIM_REPLAY;
    return STATUS_OK;
}

/* --steps, --sim-steps; 0: not given. */
static Status read_steps(const Job *job, uint64_t *n_steps, uint64_t *n_sim_steps, Err *err)
{
    TRY(args_u64(job->args, "steps", 1, UINT32_MAX, 0, n_steps, err));
    return args_u64(job->args, "sim-steps", 1, UINT32_MAX, 0, n_sim_steps, err);
}

Status job_check_options(Job *job, Err *err)
{
    CompileOptions options;
    uint64_t n_steps, n_sim_steps, number;
    double full_scale;
    Err cause;

    TRY(job_read_run(job, err));
    TRY(read_mapping_options(job, &options, err));
    if (compile_check_placement(options.placement, &cause) != STATUS_OK)
        return err_set(err, STATUS_USAGE, "--placement: %s", cause.message);
    TRY(read_reset_steps(job, 0, &number, err));
    TRY(read_full_scale(job, &full_scale, err));
    TRY(job_read_measured(job, &number, err));
    return read_steps(job, &n_steps, &n_sim_steps, err);
}

Status job_load_input(Job *job, const char *replay, Err *err)
{
    const char *path = args_text(job->args, "input");
    const char *activity = args_text(job->args, "activity");
    uint64_t n_steps, n_sim_steps;

    TRY(job_read_run(job, err));
    TRY(read_steps(job, &n_steps, &n_sim_steps, err));
    if (path && activity)
        return err_set(err, STATUS_USAGE, "--activity: contradicts --input; expected one of them");
    if (replay && activity)
        return err_set(err, STATUS_USAGE, "--activity: contradicts --replay; expected one of them");
    if (activity)
        TRY(load_statistics(job, activity, err));
    else {
        TRY(args_need(job->args, "input", &path, err));
        TRY(input_load(job->arena, job->network, path, (uint32_t)n_steps, &job->input, err));
        if (replay)
            TRY(load_replay(job, replay, err));
    }
    if (job->input->n_steps == 0)
        return err_set(err, STATUS_INPUT, "%s: no step to run; expected at least one",
                       job->input->name);
    job->n_sim_steps = job->input->n_steps;
    if (n_sim_steps > 0 && n_sim_steps < job->n_sim_steps)
        job->n_sim_steps = (uint32_t)n_sim_steps;
    job_note(job, "input %s: %" PRIu32 " steps", job->input->name, job->input->n_steps);
    return STATUS_OK;
}
