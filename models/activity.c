/* activity.c - event patterns from rates, to stand in for an input.
 *
 * Takes a mean rate for the input and for each layer, makes an input pattern and an event trace
 * without values. With a concentration, every unit first draws a rate of its own from the Beta
 * distribution of that mean with a + b = concentration; then each unit emits in each step by its
 * rate, independently. Rates and events have random streams of their own for each layer, so that a
 * longer run begins like a shorter one. Cost: one random number for each unit and step.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"
#include "bytes.h"
#include "event_builder.h"
#include "models/input.h"

enum { MAX_STEPS = 1 << 24 };
static const double MAX_CONCENTRATION = 1e9;
static const uint64_t MAX_DRAWS = UINT64_C(1) << 36; /* units x steps: minutes, not days */

/* A plain decimal number, the whole text. */
static bool parse_real(const char *text, double max, double *out)
{
    char *end;
    if (text[0] == '\0' || text[strspn(text, "0123456789.eE+-")] != '\0')
        return false;
    *out = strtod(text, &end);
    return *end == '\0' && *out >= 0 && *out <= max;
}

static bool parse_whole(const char *text, uint64_t max, uint64_t *out)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    *out = value;
    return errno == 0 && value <= max;
}

/* Numbers separated by commas, as many as input and layers together. */
static Status parse_rates(Arena *arena, const char *text, uint32_t n_layers,
                          ActivityStatistics *out, Err *err)
{
    double *rate = ARENA_ARRAY(arena, double, (size_t)n_layers + 1);
    uint32_t n = 0;
    for (const char *at = text;;) {
        const size_t length = strcspn(at, ",");
        double value;
        if (!parse_real(arena_text(arena, at, length), 1, &value))
            return err_set(err, STATUS_USAGE,
                           "activity: rates=%.100s: '%.*s' is no rate; expected 0 to 1", text,
                           length < 40 ? (int)length : 40, at);
        if (n <= n_layers)
            rate[n] = value;
        n++;
        if (at[length] == '\0')
            break;
        at += length + 1;
    }
    if (n != n_layers + 1)
        return err_set(err, STATUS_USAGE,
                       "activity: %" PRIu32 " rates; expected %" PRIu32
                       ": one for the input and one for each layer",
                       n, n_layers + 1);
    out->rate = rate;
    out->n_rates = n;
    return STATUS_OK;
}

/* One KEY=VALUE. */
static Status parse_entry(Arena *arena, const char *entry, uint32_t n_layers,
                          ActivityStatistics *out, Err *err)
{
    static const struct {
        const char *key, *expected;
    } KEYS[] = {{"rates=", ""},
                {"steps=", "1 to 16777216"},
                {"concentration=", "0 to 1e9"},
                {"seed=", "a whole number below 2^64"}};
    uint64_t steps;
    size_t key = 0;
    while (key < 4 && strncmp(entry, KEYS[key].key, strlen(KEYS[key].key)) != 0)
        key++;
    if (key == 4)
        return err_set(err, STATUS_USAGE,
                       "activity: '%.100s' is not known; expected rates=R,R,.. steps=N "
                       "[concentration=X] [seed=N]",
                       entry);
    const char *value = entry + strlen(KEYS[key].key);
    if (key == 0)
        return parse_rates(arena, value, n_layers, out, err);
    bool good;
    if (key == 1) {
        good = parse_whole(value, MAX_STEPS, &steps) && steps > 0;
        out->n_steps = good ? (uint32_t)steps : 0;
    } else if (key == 2) {
        good = parse_real(value, MAX_CONCENTRATION, &out->concentration);
    } else {
        good = parse_whole(value, UINT64_MAX, &out->seed);
    }
    return good ? STATUS_OK
                : err_set(err, STATUS_USAGE, "activity: '%.100s' is not possible; expected %s%s",
                          entry, KEYS[key].key, KEYS[key].expected);
}

Status activity_parse(Arena *arena, const char *text, uint32_t n_layers, ActivityStatistics *out,
                      Err *err)
{
    *out = (ActivityStatistics){.seed = 1};
    const char *at = text + strspn(text, " \t");
    while (*at != '\0') {
        const size_t length = strcspn(at, " \t");
        TRY(parse_entry(arena, arena_text(arena, at, length), n_layers, out, err));
        at += length;
        at += strspn(at, " \t");
    }
    if (out->rate == NULL || out->n_steps == 0)
        return err_set(err, STATUS_USAGE,
                       "activity: '%.100s' lacks %s; expected rates=R,R,.. steps=N", text,
                       out->rate == NULL ? "rates" : "steps");
    return STATUS_OK;
}

/* Statistics may come from a caller that did not parse them. */
static Status check_statistics(const Network *network, const ActivityStatistics *statistics,
                               Err *err)
{
    if (statistics->n_rates != network->n_layers + 1)
        return err_set(err, STATUS_INPUT,
                       "activity: %" PRIu32 " rates; expected %" PRIu32
                       ": one for the input and one for each layer",
                       statistics->n_rates, network->n_layers + 1);
    uint64_t n_units = network->n_inputs;
    for (uint32_t i = 0; i < network->n_layers; i++)
        n_units += network->layer[i].n_units;
    for (uint32_t i = 0; i < statistics->n_rates; i++) {
        if (!(statistics->rate[i] >= 0 && statistics->rate[i] <= 1))
            return err_set(err, STATUS_INPUT, "activity: rate %" PRIu32 " is %g; expected 0 to 1",
                           i, statistics->rate[i]);
    }
    if (statistics->n_steps == 0 || statistics->n_steps > MAX_STEPS ||
        n_units * statistics->n_steps > MAX_DRAWS)
        return err_set(err, STATUS_INPUT,
                       "activity: %" PRIu32 " steps of %" PRIu64
                       " units; expected at least 1 step and at most 2^24 steps and 2^36 in all",
                       statistics->n_steps, n_units);
    if (!(statistics->concentration >= 0 && statistics->concentration <= MAX_CONCENTRATION))
        return err_set(err, STATUS_INPUT, "activity: concentration is %g; expected 0 to 1e9",
                       statistics->concentration);
    return STATUS_OK;
}

typedef struct Population { /* the input or one layer */
    uint32_t n_units;
    double *rate; /* [n_units] */
    Rng rng;
} Population;

/* The rates of all units; even with one rate for all, for a uniform loop. */
static Population make_population(Arena *arena, const ActivityStatistics *statistics,
                                  uint32_t index, uint32_t n_units)
{
    const double mean = statistics->rate[index], total = statistics->concentration;
    Population population = {
        .n_units = n_units,
        .rate = ARENA_ARRAY(arena, double, n_units),
        .rng = rng_make(statistics->seed, 2 * (uint64_t)index),
    };
    Rng rates = rng_make(statistics->seed, 2 * (uint64_t)index + 1);
    const bool spread = total > 0 && mean > 0 && mean < 1;
    for (uint32_t u = 0; u < n_units; u++)
        population.rate[u] = spread ? rng_beta(&rates, mean * total, (1 - mean) * total) : mean;
    return population;
}

/* One step of one population. */
static void draw(Population *population, EventBuilder *builder)
{
    for (uint32_t u = 0; u < population->n_units; u++) {
        if (rng_uniform(&population->rng) < population->rate[u])
            event_builder_add(builder, u, 0);
    }
    event_builder_next(builder);
}

/* What the draw depends on; the network has a hash of its own. */
static uint64_t hash_statistics(const ActivityStatistics *statistics)
{
    uint64_t hash = hash_u64(hash_u64(HASH_START, statistics->n_steps), statistics->seed);
    hash = hash_u64(hash, f64_bits(statistics->concentration));
    for (uint32_t i = 0; i < statistics->n_rates; i++)
        hash = hash_u64(hash, f64_bits(statistics->rate[i]));
    return hash;
}

/* The name of the stream in reports. */
static const char *describe(Arena *arena, const ActivityStatistics *statistics)
{
    const char *text = "activity rates=";
    for (uint32_t i = 0; i < statistics->n_rates; i++)
        text = arena_printf(arena, i == 0 ? "%s%g" : "%s,%g", text, statistics->rate[i]);
    return arena_printf(arena, "%s concentration=%g seed=%" PRIu64, text, statistics->concentration,
                        statistics->seed);
}

Status activity_draw(Arena *arena, const Network *network, const ActivityStatistics *statistics,
                     const InputStream **input, const EventTrace **trace, Err *err)
{
    *input = NULL;
    *trace = NULL;
    TRY(check_statistics(network, statistics, err));
    const uint32_t n_steps = statistics->n_steps, n_layers = network->n_layers;
    Arena *scratch = arena_new();
    EventBuilder inputs = event_builder_make(arena, scratch, n_steps, 1, false);
    EventBuilder layers = event_builder_make(arena, scratch, n_steps, n_layers, false);
    Population *population = ARENA_ARRAY(scratch, Population, (size_t)n_layers + 1);
    population[0] = make_population(scratch, statistics, 0, network->n_inputs);
    for (uint32_t i = 0; i < n_layers; i++)
        population[i + 1] = make_population(scratch, statistics, i + 1, network->layer[i].n_units);
    for (uint32_t step = 0; step < n_steps; step++) {
        draw(&population[0], &inputs);
        for (uint32_t i = 0; i < n_layers; i++)
            draw(&population[i + 1], &layers);
    }
    const EventTrace *pattern = event_builder_finish(&inputs);
    *trace = event_builder_finish(&layers);
    arena_free(scratch);
    InputStream *stream = ARENA_ARRAY(arena, InputStream, 1);
    *stream = (InputStream){
        .network = network,
        .name = describe(arena, statistics),
        .n_steps = n_steps,
        .active_start = pattern->start,
        .active = pattern->unit,
        .hash = hash_statistics(statistics),
    };
    *input = stream;
    return STATUS_OK;
}
