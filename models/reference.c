/* reference.c - runs a Network without any chip, in fp32 or in double.
 *
 * Takes a Network and an InputStream, makes events, MACs, activity and perplexity. Event-driven:
 * the sums of a layer start at the biases, then every non-zero source, ascending, adds its row of
 * stored weights times its value. That order is binding for every other engine. The loop is
 * written once, in reference_real.h, and compiled for both precisions; in double the parameters
 * are widened, or those of Network.f64 taken. Softmax and its logarithm are computed in double in
 * both. Cost: stored weights of active sources + units a step; decoder: words * active units of
 * the last layer + one exp a word. Memory: sums and states, the transposed decoder, in double all
 * parameters.
 */
#include <float.h>
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/real_math.h"
#include "event_builder.h"
#include "models/decoder.h"
#include "network_private.h"
#include "reference_int8.h"
#include "reference_private.h"
#include "softmax.h"

enum {
    BATCH_STEPS = 32,
    BLOCK_WORDS = SOFTMAX_BLOCK
}; /* block x width fits a second-level cache */

typedef struct Job {
    const InputStream *input;
    const ReferenceOptions *options;
    MacCounter *counter;
    EventBuilder *builder;
    double *step_nll; /* [n_steps], or NULL: do not score */
} Job;

typedef struct Columns {
    uint32_t begin, end;
} Columns;

typedef struct RowPart { /* of the stored weights */
    uint64_t begin, end;
} RowPart;

/* First stored weight of a row whose column is at least `column`. */
static uint64_t lower_bound(const uint32_t *col, uint64_t begin, uint64_t end, uint32_t column)
{
    while (begin < end) {
        const uint64_t middle = begin + (end - begin) / 2;
        if (col[middle] < column)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

static RowPart row_part(const SparseRows *rows, uint32_t row, Columns columns)
{
    RowPart part = {rows->row_start[row], rows->row_start[row + 1]};
    if (columns.begin > 0)
        part.begin = lower_bound(rows->col, part.begin, part.end, columns.begin);
    if (columns.end < rows->n_cols)
        part.end = lower_bound(rows->col, part.begin, part.end, columns.end);
    return part;
}

/* Where the two precisions differ: single takes the fp32 arrays, double the double ones if there
 * are. */
static const float *values_f32(Arena *arena, const float *narrow, const double *wide, uint64_t n)
{
    (void)arena;
    (void)wide;
    (void)n;
    return narrow;
}

static const double *values_f64(Arena *arena, const float *narrow, const double *wide, uint64_t n)
{
    if (wide != NULL)
        return wide;
    double *values = ARENA_ARRAY(arena, double, n);
    for (uint64_t i = 0; i < n; i++)
        values[i] = (double)narrow[i];
    return values;
}

static float pick_f32(float narrow, const double *wide, size_t at)
{
    (void)wide;
    (void)at;
    return narrow;
}

static double pick_f64(float narrow, const double *wide, size_t at)
{
    return wide == NULL ? (double)narrow : wide[at];
}

static const float *thresholds_f32(Arena *arena, const Layer *layer, const double *wide)
{
    (void)arena;
    (void)wide;
    return layer->threshold;
}

/* Thresholds in double from the stored ones, not from their fp32 rounding. */
static const double *thresholds_f64(Arena *arena, const Layer *layer, const double *wide)
{
    double *threshold = ARENA_ARRAY(arena, double, layer->n_units);
    for (uint32_t u = 0; u < layer->n_units; u++) {
        const double raw = pick_f64(layer->raw_threshold[u], wide, u);
        threshold[u] = network_threshold(layer->threshold_form, raw);
    }
    return threshold;
}

/* An event as the trace holds it: never 0, even where a value of a double run rounds to 0. */
static float event_value(double value)
{
    const float rounded = (float)value;
    return rounded != 0 ? rounded : value > 0 ? FLT_TRUE_MIN : -FLT_TRUE_MIN;
}

/* Where the input sums of a folded layer begin. */
static const float *table_f32(const InputStream *input, uint32_t step)
{
    const FoldedInput *fold = input->network->fold;
    return fold->sum + (size_t)input->token[step] * fold->n_sums;
}

static const double *table_f64(const InputStream *input, uint32_t step)
{
    (void)step;
    CHECK(input->network->fold == NULL); /* a folded network has no double run */
    return NULL;
}

static void watch_f32(const ReferenceOptions *options, uint32_t step, uint32_t layer,
                      const CellStepF32 *done)
{
    if (options->watch != NULL)
        options->watch(options->watch_context, step, layer, done, NULL);
}

static void watch_f64(const ReferenceOptions *options, uint32_t step, uint32_t layer,
                      const CellStepF64 *done)
{
    if (options->watch != NULL)
        options->watch(options->watch_context, step, layer, NULL, done);
}

static void watch_logits_f32(const ReferenceOptions *options, uint32_t step, const float *logits)
{
    if (options->watch_logits != NULL)
        options->watch_logits(options->watch_logits_context, step, logits, NULL);
}

static void watch_logits_f64(const ReferenceOptions *options, uint32_t step, const double *logits)
{
    if (options->watch_logits != NULL)
        options->watch_logits(options->watch_logits_context, step, NULL, logits);
}

#include "real_f32.h"
#include "reference_decoder_real.h"
#include "reference_real.h"
#include "real_f64.h"
#include "reference_decoder_real.h"
#include "reference_real.h"

/* Where the accumulators of a layer begin: at the token's row, or (NULL) at 0. */
static const int32_t *table_int8(const Job *job, uint32_t step, uint32_t layer)
{
    const FoldedInput *fold = job->input->network->fold;
    return layer > 0 || fold == NULL
               ? NULL
               : fold->accumulator + (size_t)job->input->token[step] * fold->n_sums;
}

/* One step of all layers of an int8 network. */
static void run_step_int8(const Job *job, uint32_t step, LayerRunInt8 *layers,
                          const CodesInt8 *input)
{
    const Network *network = job->input->network;
    const bool restart = network->carry == CARRY_EVENTS && step % network->reset_steps == 0;
    for (uint32_t i = 0; i < network->n_layers; i++) {
        const Layer *layer = &network->layer[i];
        LayerRunInt8 *run = &layers[i];
        if (restart)
            memset(run->state, 0, layer->n_units * sizeof *run->state);
        const CellStepInt8 done =
            layer_int8_step(layer, &network->int8->layer[i], input, table_int8(job, step, i), run);
        mac_counter_add(job->counter, step, i, input->unit, input->n, run->active.unit,
                        run->active.n);
        layer_int8_collect(layer->n_units, run);
        for (uint32_t k = 0; k < run->active.n; k++)
            event_builder_add(job->builder, run->active.unit[k], (float)run->active.code[k]);
        event_builder_next(job->builder);
        mac_counter_emitted(job->counter, i, run->active.n);
        if (job->options->watch_int8 != NULL)
            job->options->watch_int8(job->options->watch_context, step, i, &done);
        input = &run->active;
    }
}

/* The codes of a step's input. */
static void read_codes(const InputStream *input, uint32_t step, float *value, CodesInt8 *codes)
{
    codes->n = input_events(input, step, codes->unit, value);
    for (uint32_t i = 0; i < codes->n; i++)
        codes->code[i] = (int32_t)value[i];
}

/* Scores of a decoder in integers, step by step. */
typedef struct ScorerInt8 {
    DecoderRows rows;
    float *logit; /* up to whole blocks */
    int32_t *sum;
    float *code; /* [width] of the events */
} ScorerInt8;

static ScorerInt8 make_scorer_int8(Arena *scratch, const Network *network)
{
    const size_t n = ((size_t)network->n_words + BLOCK_WORDS - 1) / BLOCK_WORDS * BLOCK_WORDS;
    return (ScorerInt8){
        .rows = decoder_rows(scratch, network),
        .logit = ARENA_ARRAY(scratch, float, n),
        .sum = ARENA_ARRAY(scratch, int32_t, n),
        .code = ARENA_ARRAY(scratch, float, network->layer[network->n_layers - 1].n_units)};
}

static void score_int8(const Job *job, const ScorerInt8 *scorer, uint32_t step,
                       const CodesInt8 *events)
{
    for (uint32_t k = 0; k < events->n; k++)
        scorer->code[k] = (float)events->code[k];
    decoder_logits(&scorer->rows, events->unit, scorer->code, events->n, scorer->logit,
                   scorer->sum);
    job->step_nll[step] =
        negative_log_f32(scorer->logit, scorer->rows.n_words, job->input->token[step + 1]);
    watch_logits_f32(job->options, step, scorer->logit);
}

/* The whole run of an int8 network; the host's decoder works in fp32 on what the codes stand for,
 * the chip's in integers. */
static uint32_t run_all_int8(Arena *scratch, const Job *job)
{
    const Network *network = job->input->network;
    const uint32_t n_layers = network->n_layers, n_steps = job->input->n_steps;
    LayerRunInt8 *layers = ARENA_ARRAY(scratch, LayerRunInt8, n_layers);
    for (uint32_t i = 0; i < n_layers; i++)
        layers[i] = layer_int8_make(scratch, &network->layer[i]);
    CodesInt8 input = codes_int8_make(scratch, network->n_inputs);
    const CodesInt8 *last = &layers[n_layers - 1].active;
    float *narrow = ARENA_ARRAY(scratch, float, network->n_inputs);
    float *value = ARENA_ARRAY(scratch, float, network->layer[n_layers - 1].n_units);
    const bool on_chip = network->decoder_on_chip, scores = job->step_nll != NULL;
    Scorer_f32 scorer = {0};
    ScorerInt8 scorer_int8 = {0};
    if (scores && on_chip)
        scorer_int8 = make_scorer_int8(scratch, network);
    else if (scores)
        scorer = make_scorer_f32(scratch, job);
    for (uint32_t step = 0; step < n_steps; step++) {
        read_codes(job->input, step, narrow, &input);
        run_step_int8(job, step, layers, &input);
        for (uint32_t k = 0; k < last->n; k++)
            value[k] = fixed_event_value(last->code[k]);
        if (scores && on_chip)
            score_int8(job, &scorer_int8, step, last);
        else if (scores)
            score_f32(&scorer, step, last->unit, value, last->n);
        if (job->options->progress != NULL &&
            !job->options->progress(job->options->progress_context, step + 1, n_steps))
            return step + 1;
    }
    return n_steps;
}

/* Sums of the losses in order of steps, so that the result does not depend on batches. */
static void fill_score(ReferenceRun *run, const double *step_nll)
{
    run->n_predictions = run->n_steps;
    run->step_nll = step_nll;
    for (uint32_t step = 0; step < run->n_steps; step++)
        run->nll_sum += step_nll[step];
    run->perplexity = real_exp(run->nll_sum / (double)run->n_predictions);
}

Status reference_run(Arena *arena, const Network *network, const InputStream *input,
                     const ReferenceOptions *options, const ReferenceRun **out, Err *err)
{
    static const ReferenceOptions DEFAULTS = {0};
    *out = NULL;
    options = options == NULL ? &DEFAULTS : options;
    CHECK(input->network->n_words == network->n_words &&
          (network->n_words > 0 || input->network->n_inputs == network->n_inputs));
    if (input->active_start != NULL)
        return err_set(
            err, STATUS_UNSUPPORTED,
            "activity statistics have no values to compute with; expected text, ids or vectors");
    if ((network->int8 != NULL || network->fold != NULL) && options->use_f64)
        return err_set(err, STATUS_UNSUPPORTED, "%.100s: %s; expected no double run", network->name,
                       network->int8 != NULL ? "an int8 network computes in integers"
                                             : "a folded network has its input sums in fp32");
    InputStream own = *input; /* this network may be a variant of the one the input was read for */
    own.network = network;
    const bool score = options->score && network->has_decoder && input->n_tokens > input->n_steps;
    Arena *scratch = arena_new();
    MacCounter counter = mac_counter_make(arena, network, input->n_steps, options->keep_step_macs);
    EventBuilder builder =
        event_builder_make(arena, scratch, input->n_steps, network->n_layers, true);
    const Job job = {
        .input = &own,
        .options = options,
        .counter = &counter,
        .builder = &builder,
        .step_nll = score ? ARENA_ARRAY(arena, double, input->n_steps) : NULL,
    };
    const uint32_t n_done = network->int8 != NULL ? run_all_int8(scratch, &job)
                            : options->use_f64    ? run_all_f64(scratch, &job)
                                                  : run_all_f32(scratch, &job);
    if (n_done < input->n_steps) {
        arena_free(scratch);
        return err_set(err, STATUS_INTERRUPTED, "interrupted after %u of %u steps of the reference",
                       n_done, input->n_steps);
    }
    if (network->fold != NULL)
        mac_counter_fold(&counter, input);
    ReferenceRun *run = mac_counter_finish(arena, &counter, event_builder_finish(&builder));
    arena_free(scratch);
    run->n_saturated = input_saturated(&own);
    if (score && run->n_steps > 0)
        fill_score(run, job.step_nll);
    *out = run;
    return STATUS_OK;
}
