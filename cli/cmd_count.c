/* cmd_count.c - `egret count`: what a random network of a shape costs on a chip, unstored.
 *
 * Expected totals and lower bounds (sim/expect.h), reported as those of any run. Takes no files but
 * the chip's; memory and time do not depend on the weights.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "job.h"
#include "sim/expect.h"

static const OptionRow OPTIONS[] = {
    OPTIONS_CHIP,
    {"layers", 'l', OPTION_VALUE, "N,N,..", "width of the input, then units of each layer"},
    {"density", 'd', OPTION_VALUE, "X", "share of the weights that are stored (default: 1)"},
    {"rates", 0, OPTION_VALUE, "R,R,..",
     "share that sends an event in a step: of the input, then\n"
     "of the units of each layer"},
    {"quantize", 0, OPTION_VALUE, "fp32|bf16|int8", "of the weights (default: fp32)"},
    {"cores-per-layer", 0, OPTION_VALUE, "N,N,..",
     "cores of each layer (default: all, by expected work)"},
    {"any-memory", 0, OPTION_FLAG, NULL, "count what does not fit into the cores, too"},
    {"steps", 'n', OPTION_VALUE, "N", "sum counts over N steps (default: 1000)"},
    OPTIONS_POINT,
    OPTIONS_INTERVALS,
    {"format", 'f', OPTION_VALUE, "text|json|csv", "of what is printed (default: text)"},
};

enum { DEFAULT_STEPS = 1000, MAX_STEPS = 1000000 };

/* "1,0.1,0.1": n numbers in 0 .. 1. */
static Status read_rates(Arena *arena, const char *text, uint32_t n, const double **out, Err *err)
{
    double *rate = ARENA_ARRAY(arena, double, n);
    const char *at = text;
    for (uint32_t i = 0; i < n; i++) {
        size_t n_bytes = strcspn(at, ",");
        const char *one = arena_text(arena, at, n_bytes);
        char *end = NULL;
        bool plain = n_bytes > 0 && one[strspn(one, "0123456789.eE-+")] == '\0';
        rate[i] = plain ? strtod(one, &end) : -1;
        bool is_last = at[n_bytes] == '\0';
        if (!plain || *end != '\0' || !(rate[i] >= 0 && rate[i] <= 1) || is_last != (i + 1 == n))
            return err_set(err, STATUS_USAGE,
                           "--rates: `%s` is not possible; expected %" PRIu32
                           " numbers in 0 .. 1, separated by commas",
                           text, n);
        at += n_bytes + 1;
    }
    *out = rate;
    return STATUS_OK;
}

static Status read_shape(Job *job, ExpectOptions *options, Err *err)
{
    const char *layers, *rates;
    uint32_t n_sizes, n_counts, precision;
    uint64_t n_steps;

    TRY(args_need(job->args, "layers", &layers, err));
    TRY(args_need(job->args, "rates", &rates, err));
    TRY(args_u32_list(job->arena, job->args, "layers", 1, 1u << 28, &n_sizes, &options->size, err));
    if (n_sizes < 2)
        return err_set(err, STATUS_USAGE,
                       "--layers: one number; expected the input's width and at least one layer");
    options->n_layers = n_sizes - 1;
    TRY(read_rates(job->arena, rates, n_sizes, &options->rate, err));
    TRY(args_real(job->args, "density", 0, 1, 1, &options->density, err));
    TRY(args_choice(job->args, "quantize", precision_names(), N_PRECISIONS, PRECISION_FP32,
                    &precision, err));
    TRY(args_u32_list(job->arena, job->args, "cores-per-layer", 1, UINT32_MAX, &n_counts,
                      &options->n_cores, err));
    if (n_counts > 0 && n_counts != options->n_layers)
        return err_set(err, STATUS_USAGE,
                       "--cores-per-layer: %" PRIu32 " numbers; expected %" PRIu32
                       ", one for each layer",
                       n_counts, options->n_layers);
    TRY(args_u64(job->args, "steps", 1, MAX_STEPS, DEFAULT_STEPS, &n_steps, err));
    options->precision = (Precision)precision;
    options->n_steps = (uint32_t)n_steps;
    options->any_memory = args_flag(job->args, "any-memory");
    return STATUS_OK;
}

static Status count_on(void *context, Arena *scratch, const Topology *topology,
                       const Trace **latency, const Trace **throughput, Err *err)
{
    const Expected *expected = context;

    TRY(expect_trace(scratch, topology, expected, ARRIVE_SEQUENTIAL, latency, err));
    return expect_trace(scratch, topology, expected, ARRIVE_PIPELINED, throughput, err);
}

static Status make_report(Job *job, const Expected *expected, const Report **out, Err *err)
{
    const ResponseRuns runs = {.retime = count_on,
                               .context = (void *)(uintptr_t)expected,
                               .n_drawn = job->n_retimings,
                               .seed = job->draw_seed};
    ReportInput in = {
        .program = expected->program,
        .topology = job->topology,
        .network = expected->network,
        .input = expected->input,
        .reference = expected->reference,
        .n_draws = job->n_draws,
        .draw_seed = job->draw_seed,
        .version = EGRET_VERSION,
        .precision = "fp32",
        .options = job_options_text(job),
    };

    TRY(count_on((void *)(uintptr_t)expected, job->arena, job->topology, &in.latency,
                 &in.throughput, err));
    if (job->n_retimings > 0)
        TRY(response_make(job->arena, job->chip, &runs, &in.response, err));
    return report_build(job->arena, &in, out, err);
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    static const char *const formats[] = {"text", "json", "csv"};
    const Expected *expected;
    const Report *report;
    ExpectOptions options = {0};
    uint32_t format;
    Job job;

    TRY(job_begin(arena, args, &job, err));
    TRY(args_choice(args, "format", formats, 3, 0, &format, err));
    TRY(read_shape(&job, &options, err));
    TRY(job_load_chip(&job, err));
    TRY(job_read_point(&job, err));
    TRY(job_read_intervals(&job, err));
    options.point = job.point;
    options.auto_point = job.auto_point;
    TRY(expect_make(arena, job.topology, &options, &expected, err));
    TRY(make_report(&job, expected, &report, err));
    if (format == 0)
        fputs("expected of a random network of this shape; nothing is stored or drawn\n", stdout);
    if (format == 0)
        report_write_text(report, stdout);
    else if (format == 1)
        report_write_json(report, stdout);
    else
        report_write_metrics_csv(report, stdout);
    return STATUS_OK;
}

const CommandRow COMMAND_COUNT = {
    .name = "count",
    .operands = "--layers N,N,.. --rates R,R,.. --chip CHIP [--density X]",
    .summary = "Count what a random network of a shape is expected to cost on a chip.",
    .details =
        "Every weight is stored with the same probability and every unit sends an event with\n"
        "its layer's; layers have cores of their own, their units dealt evenly, in source\n"
        "format. Times are lower bounds, as in `run --fidelity count`. No weight is held: 10^9\n"
        "of them take no more than a few. Trees between routers are taken at their least;\n"
        "entries of router tables at their most.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
