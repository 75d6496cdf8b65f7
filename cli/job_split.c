/* job_split.c - what the compiler is told about rates and parts: by options, files, a short run.
 *
 * Rates, the first of: --measure-activity (a reference run of the first steps of the input, each
 * unit by itself), --rates (numbers, or each unit by itself from an events.egt), the rates of
 * --activity. Otherwise the network's own figures hold (see UnitRates). A partition file has one
 * part number a line, for the units of all layers in order, as hMETIS and its kin write it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "job.h"

enum { MAX_PARTITION_BYTES = 1 << 30 };

static UnitRates *rates_new(Job *job)
{
    UnitRates *rates = ARENA_ARRAY(job->arena, UnitRates, 1);
    rates->layer = ARENA_ARRAY(job->arena, const double *, job->network->n_layers);
    return rates;
}

static const double *same_rate(Arena *arena, uint32_t n_units, double rate)
{
    double *rates = ARENA_ARRAY(arena, double, n_units);
    for (uint32_t u = 0; u < n_units; u++)
        rates[u] = rate;
    return rates;
}

/* From one rate for the input and one for each layer. */
static const UnitRates *rates_from_means(Job *job, const double *mean)
{
    UnitRates *rates = rates_new(job);
    const double **layer = ARENA_ARRAY(job->arena, const double *, job->network->n_layers);
    rates->input = same_rate(job->arena, job->network->n_inputs, mean[0]);
    for (uint32_t l = 0; l < job->network->n_layers; l++)
        layer[l] = same_rate(job->arena, job->network->layer[l].n_units, mean[l + 1]);
    rates->layer = layer;
    return rates;
}

/* Share of the first n_steps in which each unit emits. */
static Status rates_from_events(Job *job, const EventTrace *events, uint32_t n_steps,
                                const char *path, UnitRates *out, Err *err)
{
    const double **layer = ARENA_ARRAY(job->arena, const double *, job->network->n_layers);
    if (events->n_layers != job->network->n_layers || n_steps == 0)
        return err_set(err, STATUS_INPUT,
                       "%s: events of %" PRIu32 " layers in %" PRIu32
                       " steps; expected the network's %" PRIu32 " layers and at least one step",
                       path, events->n_layers, n_steps, job->network->n_layers);
    for (uint32_t l = 0; l < events->n_layers; l++) {
        uint32_t n_units = job->network->layer[l].n_units;
        double *rate = ARENA_ARRAY(job->arena, double, n_units);
        for (uint32_t t = 0; t < n_steps; t++) {
            uint64_t first = event_trace_first(events, t, l);
            for (uint64_t i = first; i < first + event_trace_count(events, t, l); i++) {
                if (events->unit[i] >= n_units)
                    return err_set(err, STATUS_INPUT,
                                   "%s: unit %" PRIu32 " of %.60s emits; it has %" PRIu32 " units",
                                   path, events->unit[i], job->network->layer[l].name, n_units);
                rate[events->unit[i]] += 1.0 / n_steps;
            }
        }
        for (uint32_t u = 0; u < n_units; u++) /* sums of n_steps parts may pass 1 by a bit */
            rate[u] = rate[u] > 1.0 ? 1.0 : rate[u];
        layer[l] = rate;
    }
    out->layer = layer;
    return STATUS_OK;
}

static Status rates_from_option(Job *job, const char *text, const UnitRates **out, Err *err)
{
    size_t n = strlen(text);
    if (n > 4 && strcmp(text + n - 4, ".egt") == 0) {
        const EventTrace *events;
        UnitRates *rates = rates_new(job);
        TRY(event_trace_load(job->arena, text, &events, err));
        TRY(rates_from_events(job, events, events->n_steps, text, rates, err));
        *out = rates;
        return STATUS_OK;
    }
    ActivityStatistics statistics;
    const char *entry = arena_printf(job->arena, "rates=%s steps=1", text);
    TRY(activity_parse(job->arena, entry, job->network->n_layers, &statistics, err));
    *out = rates_from_means(job, statistics.rate);
    return STATUS_OK;
}

/* A reference run of the first steps; its input's rates too. */
static Status measure_rates(Job *job, uint64_t n_steps, const UnitRates **out, Err *err)
{
    InputStream input = *job->input;
    ReferenceOptions options = {.score = false};
    const ReferenceRun *run;
    UnitRates *rates = rates_new(job);
    uint32_t n_inputs = job->network->n_inputs;
    double *rate = ARENA_ARRAY(job->arena, double, n_inputs);
    uint32_t *unit = ARENA_ARRAY(job->arena, uint32_t, n_inputs);
    input.n_steps = n_steps < input.n_steps ? (uint32_t)n_steps : input.n_steps;
    TRY(reference_run(job->arena, job->network, &input, &options, &run, err));
    TRY(rates_from_events(job, run->events, input.n_steps, input.name, rates, err));
    for (uint32_t t = 0; t < input.n_steps; t++) {
        uint32_t n = input_events(&input, t, unit, NULL);
        for (uint32_t i = 0; i < n; i++)
            rate[unit[i]] += 1.0;
    }
    for (uint32_t i = 0; i < n_inputs; i++)
        rate[i] /= input.n_steps;
    rates->input = rate;
    *out = rates;
    return STATUS_OK;
}

Status job_read_measured(const Job *job, uint64_t *n_steps, Err *err)
{
    return args_u64(job->args, "measure-activity", 1, UINT32_MAX, 0, n_steps, err);
}

Status job_read_rates(Job *job, const UnitRates **out, Err *err)
{
    const char *text = args_text(job->args, "rates");
    uint64_t n_steps = 0;

    if (job->input)
        TRY(job_read_measured(job, &n_steps, err));
    if (n_steps > 0 && (text || job->statistics))
        return err_set(err, STATUS_USAGE,
                       "--measure-activity: contradicts --%s; expected one of them",
                       text ? "rates" : "activity");
    *out = NULL;
    if (n_steps > 0)
        return measure_rates(job, n_steps, out, err);
    if (text)
        return rates_from_option(job, text, out, err);
    if (job->statistics)
        *out = rates_from_means(job, job->statistics->rate);
    return STATUS_OK;
}

/* ---- partition -------------------- */

/* The number on one line, blanks around it; false if there is something else. */
static bool parse_part(const char *line, size_t n, uint32_t *out)
{
    uint64_t value = 0;
    size_t at = 0, digits = 0;
    while (at < n && (line[at] == ' ' || line[at] == '\t'))
        at++;
    for (; at < n && line[at] >= '0' && line[at] <= '9' && digits < 10; at++, digits++)
        value = 10 * value + (uint64_t)(line[at] - '0');
    while (at < n && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r'))
        at++;
    *out = (uint32_t)value;
    return digits > 0 && at == n && value < UINT32_MAX;
}

Status job_read_partition(Job *job, CompileOptions *options, Err *err)
{
    const char *path = args_text(job->args, "partition");
    FileBytes file;
    uint64_t n_units = 0, n = 0, n_line = 0;

    if (!path)
        return STATUS_OK;
    if (options->n_core_counts > 0 || options->share_cores || options->split)
        return err_set(err, STATUS_USAGE,
                       "--partition: contradicts --cores-per-layer, --share-cores and --split; "
                       "expected one of them");
    for (uint32_t l = 0; l < job->network->n_layers; l++)
        n_units += job->network->layer[l].n_units;
    TRY(file_read(job->arena, path, MAX_PARTITION_BYTES, &file, err));
    uint32_t *part = ARENA_ARRAY(job->arena, uint32_t, n_units);
    for (const char *at = (const char *)file.bytes, *end = at + file.n_bytes; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline ? newline : end) - at);
        n_line++;
        if (n == n_units)
            return err_set(err, STATUS_INPUT,
                           "%s:%" PRIu64 ":1: one part number too many; expected %" PRIu64
                           ", one for each unit of all layers",
                           path, n_line, n_units);
        if (!parse_part(at, length, &part[n++]))
            return err_set(err, STATUS_INPUT,
                           "%s:%" PRIu64 ":1: '%.*s' is no part number; expected a whole number "
                           "below 2^32 - 1",
                           path, n_line, length < 40 ? (int)length : 40, at);
        at += length + 1;
    }
    if (n < n_units)
        return err_set(err, STATUS_INPUT,
                       "%s:%" PRIu64 ":1: ends after %" PRIu64 " part numbers; expected %" PRIu64
                       ", one for each unit of all layers",
                       path, n_line, n, n_units);
    options->part = part;
    return STATUS_OK;
}
