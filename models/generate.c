/* generate.c - networks from shapes, density and a seed.
 *
 * Takes sizes and how to pick weights, makes a Network of plausible activity (about one unit in
 * five, at gain 1 and dense inputs of variance 1/4), to measure chips with where no trained
 * network of that shape exists.
 *
 * Structure is picked target by target (generate_pick.c), twice with the same random numbers: once
 * to count the rows, once to fill them, so that no list of all picks is held. Thresholds are
 * Beta(3m/(1-m), 3) as in the published recipe. Weights are normal, scaled so that the sums of
 * every layer spread by gain * SUM_DEVIATION under the activity that is aimed at. The candidate's
 * bias is drawn around a mean below the unit's threshold: units differ in how often they emit, as
 * in trained networks, and a layer stays active however little comes in. Cost: two random numbers
 * a stored weight (exact), two a weight of the shape (bernoulli), one normal a stored weight.
 */
#include "models/generate.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/real_math.h"
#include "base/utf8.h"
#include "generate_pick.h"
#include "network_private.h"

enum { NAME_MAX_BYTES = 256, STREAMS_PER_LAYER = 4, STREAM_OF_WORDS = 1 << 30 };

static const double MAX_GAIN = 1000;
static const double MAX_STORED_WEIGHTS = 2147483648.0; /* 16 GiB of columns and weights */
static const double MAX_WEIGHTS = 68719476736.0;       /* minutes of drawing one by one */
static const double MAX_SHAPE = 1e15;                  /* counts of them stay exact in a double */
static const double EMBEDDING_DEVIATION = 0.1;         /* as in the published recipe */
static const double VECTOR_DEVIATION = 0.5;            /* assumed of inputs that are not words */
/* Set by trial: about one unit in five emits, whatever the shape, gain 0.5 to 2, thresholds 0.01
 * to 0.5. */
static const double ACTIVITY = 0.2;
static const double SUM_DEVIATION = 0.8;
static const double UPDATE_BIAS = 1; /* towards the candidate: the state follows its inputs */
static const double BIAS_DEVIATION =
    0.5; /* of the candidate's bias: some units emit often, most seldom */
static const double ACTIVITY_Z = 1.1; /* its mean lies so many deviations below the threshold */
static const double EVENT_SPREAD_SHARE =
    0.06; /* of the sums' variance: square of an event above threshold */
static const double EVENT_SQUARE_MOST = 0.15;
static const double SPIKING_BETA = 0.9;    /* of spiking layers; their thresholds are 1 */
static const double THRESHOLD_MOST = 0.95; /* above, the candidate could hardly reach it */

static Status refuse(Err *err, const char *what)
{
    return err_set(err, STATUS_USAGE, "generator: %s", what);
}

/* Sizes and how many weights they make. */
static Status check_sizes(const GenerateOptions *options, Err *err)
{
    if (options->n_sizes < 2)
        return refuse(err,
                      "too few sizes; expected the inputs and the units of at least one layer");
    double n_weights = 0, n_stored = 0;
    for (uint32_t i = 0; i < options->n_sizes; i++) {
        if (options->size[i] == 0 || options->size[i] > NETWORK_MAX_WIDTH)
            return err_set(err, STATUS_USAGE,
                           "generator: size %" PRIu32 " is %" PRIu32 "; expected 1 to %d", i,
                           options->size[i], NETWORK_MAX_WIDTH);
        if (i == 0)
            continue;
        const double n_sources = (double)options->size[i - 1] + options->size[i];
        const double kept = options->fan_in > 0 ? options->fan_in : options->density * n_sources;
        n_weights += 3.0 * options->size[i] * n_sources;
        n_stored += 3.0 * options->size[i] * kept;
    }
    const double most = options->pick == PICK_BERNOULLI ? MAX_WEIGHTS : MAX_SHAPE;
    if (n_weights > most || n_stored > MAX_STORED_WEIGHTS)
        return err_set(err, STATUS_USAGE,
                       "generator: %.0f weights, %.0f of them stored; expected at most "
                       "%.0f and %.0f",
                       n_weights, n_stored, most, MAX_STORED_WEIGHTS);
    if (options->n_words == 0)
        return STATUS_OK;
    const uint32_t first = options->size[0], last = options->size[options->n_sizes - 1];
    if (first != last)
        return err_set(err, STATUS_USAGE,
                       "generator: first size %" PRIu32 ", last size %" PRIu32
                       "; expected them equal, as words have a tied decoder",
                       first, last);
    if (options->n_words > NETWORK_MAX_WIDTH ||
        (double)options->n_words * first > MAX_STORED_WEIGHTS)
        return refuse(
            err, "too many words; expected at most 16777216, and 2^31 values of the embedding");
    return STATUS_OK;
}

static Status check_options(const GenerateOptions *options, Err *err)
{
    const size_t n_name = options->name == NULL ? 0 : strlen(options->name);
    if (n_name == 0 || n_name > NAME_MAX_BYTES || utf8_valid(options->name, n_name) != n_name)
        return refuse(err, "the name is no text of 1 to 256 bytes");
    if (options->cell == NULL || cell_find(options->cell) == NULL)
        return err_set(err, STATUS_USAGE,
                       "generator: unknown cell '%.40s'; expected egru, egru-paper or lif",
                       options->cell == NULL ? "" : options->cell);
    if (!(options->density >= 0 && options->density <= 1))
        return err_set(err, STATUS_USAGE, "generator: density is %g; expected 0 to 1",
                       options->density);
    if (options->feed_forward && !cell_find(options->cell)->spiking)
        return err_set(err, STATUS_USAGE,
                       "generator: cell %s needs recurrent weights; expected lif without them",
                       options->cell);
    if (options->pick != PICK_EXACT && options->pick != PICK_BERNOULLI)
        return refuse(err, "unknown rule to pick weights; expected exact or bernoulli");
    if (!(options->threshold_mean > 0 && options->threshold_mean < 1))
        return err_set(err, STATUS_USAGE,
                       "generator: mean threshold is %g; expected more than 0, less than 1",
                       options->threshold_mean);
    if (!(options->gain > 0 && options->gain <= MAX_GAIN))
        return err_set(err, STATUS_USAGE, "generator: gain is %g; expected more than 0, at most %g",
                       options->gain, MAX_GAIN);
    TRY(check_sizes(options, err));
    return pick_check(options, err);
}

/* A normal variate that is not zero: a stored weight never is. */
static float draw_weight(Rng *rng, double deviation)
{
    float weight = 0;
    while (weight == 0)
        weight = (float)(deviation * rng_normal(rng));
    return weight;
}

/* Rows with room for `count[row]` columns each and their weights; the columns are yet to come. */
static uint32_t *make_rows(Arena *arena, const uint64_t *count, double deviation, Rng *rng,
                           SparseRows *rows)
{
    uint64_t *start = ARENA_ARRAY(arena, uint64_t, (size_t)rows->n_rows + 1);
    for (uint32_t r = 0; r < rows->n_rows; r++)
        start[r + 1] = start[r] + count[r];
    rows->row_start = start;
    rows->n_nonzeros = start[rows->n_rows];
    float *weight = ARENA_ARRAY(arena, float, rows->n_nonzeros);
    for (uint64_t k = 0; k < rows->n_nonzeros; k++)
        weight[k] = draw_weight(rng, deviation);
    uint32_t *col = ARENA_ARRAY(arena, uint32_t, rows->n_nonzeros);
    rows->weight = weight;
    rows->col = col;
    return col;
}

/* Both matrices of a layer: a source below n_inputs is a row of the input matrix. */
static void make_matrices(Arena *arena, const GenerateOptions *options, uint32_t index,
                          double deviation, Layer *layer)
{
    const uint64_t stream = (uint64_t)index * STREAMS_PER_LAYER;
    Arena *scratch = arena_new();
    const uint32_t n_cols = layer->cell->n_gates * layer->n_units, n_inputs = layer->n_inputs;
    const uint32_t n_sources = n_inputs + layer->n_units;
    Picker counting = picker_make(scratch, options, stream, index);
    Picker filling = picker_make(scratch, options, stream, index);
    uint64_t *count = ARENA_ARRAY(scratch, uint64_t, n_sources);
    for (uint32_t col = 0; col < n_cols; col++) {
        picker_next(&counting);
        for (uint32_t i = 0; i < counting.n_picked; i++)
            count[counting.picked[i]]++;
    }
    Rng weights = rng_make(options->seed, stream + 1);
    layer->input = (SparseRows){.n_rows = n_inputs, .n_cols = n_cols};
    layer->recurrent = (SparseRows){.n_rows = layer->n_units, .n_cols = n_cols};
    uint32_t *input_col = make_rows(arena, count, deviation, &weights, &layer->input);
    uint32_t *recurrent_col =
        make_rows(arena, count + n_inputs, deviation, &weights, &layer->recurrent);
    uint64_t *next = ARENA_ARRAY(scratch, uint64_t, n_sources);
    memcpy(next, layer->input.row_start, n_inputs * sizeof *next);
    memcpy(next + n_inputs, layer->recurrent.row_start, layer->n_units * sizeof *next);
    for (uint32_t col = 0; col < n_cols; col++) { /* targets ascend, so the columns of a row do */
        picker_next(&filling);
        for (uint32_t i = 0; i < filling.n_picked; i++) {
            const uint32_t source = filling.picked[i];
            (source < n_inputs ? input_col : recurrent_col)[next[source]++] = col;
        }
    }
    arena_free(scratch);
}

/* Inverse of tanh, from the exact logarithm. */
static double inverse_tanh(double x)
{
    return 0.5 * real_log((1 + x) / (1 - x));
}

/* Thresholds and biases. */
static void make_vectors(Arena *arena, const GenerateOptions *options, uint64_t stream,
                         Layer *layer)
{
    const uint32_t n = layer->n_units, n_sums = layer->cell->n_gates * n;
    const double mean = options->threshold_mean, a = 3 * mean / (1 - mean);
    Rng rng = rng_make(options->seed, stream + 2);
    float *raw = ARENA_ARRAY(arena, float, n), *bias = ARENA_ARRAY(arena, float, n_sums);
    const bool first_keeps =
        layer->cell->reset_f32 == NULL; /* egru: the first gate multiplies the old state */
    for (uint32_t u = 0; u < n; u++) {
        bias[u] = (float)(first_keeps ? -UPDATE_BIAS : UPDATE_BIAS);
        raw[u] = (float)rng_beta(&rng, a, 3);
        const double threshold = (double)raw[u] < THRESHOLD_MOST ? (double)raw[u] : THRESHOLD_MOST;
        bias[n_sums - n + u] =
            (float)(inverse_tanh(threshold) + BIAS_DEVIATION * (rng_normal(&rng) - ACTIVITY_Z));
    }
    layer->threshold_form = THRESHOLD_VALUE;
    layer->raw_threshold = raw;
    layer->threshold = network_thresholds(arena, THRESHOLD_VALUE, raw, n);
    layer->bias = bias;
    layer->recurrent_bias = ARENA_ARRAY(arena, float, n_sums);
}

/* Thresholds of 1, no biases. */
static void make_spiking(Arena *arena, Layer *layer)
{
    const uint32_t n = layer->n_units;
    float *raw = ARENA_ARRAY(arena, float, n);
    for (uint32_t u = 0; u < n; u++)
        raw[u] = 1;
    layer->parameter = (float)SPIKING_BETA;
    layer->threshold_form = THRESHOLD_VALUE;
    layer->raw_threshold = layer->threshold = raw;
    layer->bias = layer->recurrent_bias = ARENA_ARRAY(arena, float, n);
}

/* Mean square of y over all units at the activity aimed at: thresholds, and what lies above them.
 */
static double mean_event_square(const GenerateOptions *options)
{
    const double mean = options->threshold_mean, a = 3 * mean / (1 - mean);
    const double threshold_square = a * (a + 1) / ((a + 3) * (a + 4));
    const double deviation = options->gain * SUM_DEVIATION;
    const double square = ACTIVITY * threshold_square + EVENT_SPREAD_SHARE * deviation * deviation;
    return square < EVENT_SQUARE_MOST ? square : EVENT_SQUARE_MOST;
}

static Layer make_layer(Arena *arena, const GenerateOptions *options, uint32_t index)
{
    Layer layer = {
        .name = arena_printf(arena, "layer%" PRIu32, index),
        .cell = cell_find(options->cell),
        .n_inputs = options->size[index],
        .n_units = options->size[index + 1],
        .activity = -1,
    };
    const uint32_t n_own = options->feed_forward ? 0 : layer.n_units;
    const double n_sources = (double)layer.n_inputs + n_own;
    const double kept = options->fan_in > 0 ? options->fan_in : options->density * n_sources;
    const double fan_in = kept > 1 ? kept : 1;
    const double event_square = layer.cell->spiking ? ACTIVITY : mean_event_square(options);
    const double outside = options->n_words > 0 ? EMBEDDING_DEVIATION : VECTOR_DEVIATION;
    const double input_square = index == 0 ? outside * outside : event_square;
    const double square = (layer.n_inputs * input_square + n_own * event_square) / n_sources;
    const double sum_deviation = options->gain * SUM_DEVIATION;
    const double deviation = sum_deviation / sqrt(fan_in * square);
    const uint64_t stream = (uint64_t)index * STREAMS_PER_LAYER;
    make_matrices(arena, options, index, deviation, &layer);
    if (layer.cell->spiking)
        make_spiking(arena, &layer);
    else
        make_vectors(arena, options, stream, &layer);
    return layer;
}

/* An embedding that is the decoder too. */
static void make_words(Arena *arena, const GenerateOptions *options, Network *network)
{
    const size_t n = (size_t)options->n_words * network->n_inputs;
    float *embedding = ARENA_ARRAY(arena, float, n);
    Rng rng = rng_make(options->seed, STREAM_OF_WORDS);
    for (size_t i = 0; i < n; i++)
        embedding[i] = draw_weight(&rng, EMBEDDING_DEVIATION);
    network->n_words = options->n_words;
    network->embedding = embedding;
    network->has_decoder = true;
    network->decoder = embedding;
    network->decoder_bias = ARENA_ARRAY(arena, float, options->n_words);
}

/* How it was drawn, in words. */
static const char *recipe(Arena *arena, const GenerateOptions *options)
{
    const char *share = options->fan_in > 0
                            ? arena_printf(arena, "fan-in %" PRIu32, options->fan_in)
                            : arena_printf(arena, "density %g", options->density);
    const char *where = "";
    if (options->structure == STRUCTURE_COMMUNITIES)
        where = arena_printf(arena, ", %" PRIu32 " communities, %g inside", options->n_communities,
                             options->inside);
    else if (options->structure != STRUCTURE_UNIFORM)
        where =
            arena_printf(arena, ", %s of reach %" PRIu32,
                         options->structure == STRUCTURE_RING ? "ring" : "grid", options->reach);
    if (options->structure != STRUCTURE_UNIFORM)
        where =
            arena_printf(arena, "%s, %s order", where, options->keep_order ? "kept" : "shuffled");
    if (cell_find(options->cell)->spiking)
        return arena_printf(arena, "drawn with %s (%s)%s%s, beta %g, gain %g, seed %" PRIu64, share,
                            options->pick == PICK_EXACT ? "exact" : "bernoulli", where,
                            options->feed_forward ? ", feed-forward" : "", SPIKING_BETA,
                            options->gain, options->seed);
    return arena_printf(arena, "drawn with %s (%s)%s, mean threshold %g, gain %g, seed %" PRIu64,
                        share, options->pick == PICK_EXACT ? "exact" : "bernoulli", where,
                        options->threshold_mean, options->gain, options->seed);
}

Status network_generate(Arena *arena, const GenerateOptions *options, const Network **out, Err *err)
{
    *out = NULL;
    TRY(check_options(options, err));
    Network *network = ARENA_ARRAY(arena, Network, 1);
    Layer *layers = ARENA_ARRAY(arena, Layer, options->n_sizes - 1);
    NamedText *provenance = ARENA_ARRAY(arena, NamedText, 1);
    network->name = arena_text(arena, options->name, strlen(options->name));
    network->description = "generated network";
    network->n_inputs = options->size[0];
    network->n_layers = options->n_sizes - 1;
    network->layer = layers;
    for (uint32_t i = 0; i < network->n_layers; i++)
        layers[i] = make_layer(arena, options, i);
    if (options->n_words > 0)
        make_words(arena, options, network);
    provenance->name = "recipe";
    provenance->text = recipe(arena, options);
    network->n_provenance = 1;
    network->provenance = provenance;
    network->hash = network_hash(network);
    *out = network;
    return STATUS_OK;
}
