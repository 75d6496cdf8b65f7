/* quantize.c - makes a bf16 or int8 Network of one in fp32.
 *
 * bf16 rounds the layers' weights. int8 gives every matrix steps, one a target or one for all: the
 * largest |weight| of that target or matrix is code 127, and each weight is the nearest code. What
 * rounds to 0 is pruned: from there on the matrix is like any other sparse one. The factor from an
 * accumulator to Q12 is step of the weights * step of the sources' codes * 2^12; events step by
 * 1/127, inputs by input_step. All is done in double by IEEE operations in a fixed order, so the
 * integers are the same from every compiler. The reals of an int8 network are what its integers
 * stand for: a run of them in fp32 is what the integers approximate. Cost: O(parameters).
 */
#include "models/quantize.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/check.h"

static const char *const SCALE_RULES[N_SCALE_RULES] = {"per-unit", "per-layer"};

typedef struct Matrix { /* one matrix under work */
    SparseRows rows;
    const int8_t *code;      /* [n_nonzeros] */
    const FixedScale *scale; /* [n_scales] */
} Matrix;

typedef struct Quantizer {
    Arena *arena, *scratch;
    const Network *from;
    const QuantizeOptions *options;
    Err *err;
} Quantizer;

const char *const *scale_rule_names(void)
{
    return SCALE_RULES;
}

/* The rows with these values instead, zeros dropped; codes (may be NULL) go along. */
static SparseRows replace_weights(Arena *arena, const SparseRows *rows, const float *value,
                                  const int8_t *code, const int8_t **code_out)
{
    uint64_t n = 0;
    for (uint64_t k = 0; k < rows->n_nonzeros; k++)
        n += value[k] != 0;
    uint64_t *start = ARENA_ARRAY(arena, uint64_t, (size_t)rows->n_rows + 1);
    uint32_t *col = ARENA_ARRAY(arena, uint32_t, n);
    float *weight = ARENA_ARRAY(arena, float, n);
    int8_t *kept = code == NULL ? NULL : ARENA_ARRAY(arena, int8_t, n);
    uint64_t at = 0;
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        for (uint64_t k = rows->row_start[r]; k < rows->row_start[r + 1]; k++) {
            if (value[k] == 0)
                continue;
            col[at] = rows->col[k];
            weight[at] = value[k];
            if (kept != NULL)
                kept[at] = code[k];
            at++;
        }
        start[r + 1] = at;
    }
    if (code_out != NULL)
        *code_out = kept;
    return (SparseRows){rows->n_rows, rows->n_cols, n, start, col, weight};
}

static SparseRows round_rows(const Quantizer *q, const SparseRows *rows)
{
    float *value = ARENA_ARRAY(q->scratch, float, rows->n_nonzeros);
    for (uint64_t k = 0; k < rows->n_nonzeros; k++)
        value[k] = bf16_round(rows->weight[k]);
    return replace_weights(q->arena, rows, value, NULL, NULL);
}

/* What code 1 stands for in each target, or in all: largest |weight| / 127. */
static float *weight_steps(const Quantizer *q, const SparseRows *rows, uint32_t n_scales)
{
    float *step = ARENA_ARRAY(q->scratch, float, n_scales);
    for (uint64_t k = 0; k < rows->n_nonzeros; k++) {
        const float size = fabsf(rows->weight[k]);
        float *largest = &step[n_scales == 1 ? 0 : rows->col[k]];
        *largest = size > *largest ? size : *largest;
    }
    for (uint32_t i = 0; i < n_scales; i++)
        step[i] = (float)((double)step[i] / FIXED_CODE_MAX);
    return step;
}

/* No order of additions can leave int32: the sum of all |code| * 127 fits. */
static Status check_accumulators(const Quantizer *q, const Layer *layer, const Matrix *matrix)
{
    const uint32_t n_targets = matrix->rows.n_cols;
    uint64_t *bound = ARENA_ARRAY(q->scratch, uint64_t, n_targets);
    for (uint64_t k = 0; k < matrix->rows.n_nonzeros; k++) {
        const int code = matrix->code[k];
        bound[matrix->rows.col[k]] += (uint64_t)(code < 0 ? -code : code) * FIXED_CODE_MAX;
    }
    for (uint32_t t = 0; t < n_targets; t++) {
        if (bound[t] > INT32_MAX)
            return err_set(q->err, STATUS_UNSUPPORTED,
                           "%.100s: layer %.100s: gate %" PRIu32 ", unit %" PRIu32
                           ": an int8 sum may reach %" PRIu64 "; expected at most %" PRId32
                           ", for int32 accumulators",
                           q->from->name, layer->name, t / layer->n_units, t % layer->n_units,
                           bound[t], INT32_MAX);
    }
    return STATUS_OK;
}

/* Factors from accumulators to Q12. */
static Status make_scales(const Quantizer *q, const Layer *layer, const float *step,
                          uint32_t n_scales, double source_step, const FixedScale **out)
{
    FixedScale *scale = ARENA_ARRAY(q->arena, FixedScale, n_scales);
    *out = scale;
    for (uint32_t i = 0; i < n_scales; i++) {
        const double factor = ldexp((double)step[i] * source_step, FIXED_SUM_BITS);
        if (!fixed_scale_make(factor, &scale[i]))
            return err_set(q->err, STATUS_UNSUPPORTED,
                           "%.100s: layer %.100s: weights up to %g and inputs in steps of %g; "
                           "expected at most 2^18 for the product of both steps in int8",
                           q->from->name, layer->name, (double)step[i] * FIXED_CODE_MAX,
                           source_step);
    }
    return STATUS_OK;
}

/* Codes, steps and reals of one matrix. */
static Status quantize_matrix(const Quantizer *q, const Layer *layer, const SparseRows *rows,
                              uint32_t n_scales, double source_step, Matrix *out)
{
    const float *step = weight_steps(q, rows, n_scales);
    TRY(make_scales(q, layer, step, n_scales, source_step, &out->scale));
    int8_t *code = ARENA_ARRAY(q->scratch, int8_t, rows->n_nonzeros);
    float *value = ARENA_ARRAY(q->scratch, float, rows->n_nonzeros);
    for (uint64_t k = 0; k < rows->n_nonzeros; k++) {
        const float unit = step[n_scales == 1 ? 0 : rows->col[k]];
        if (unit > 0) /* else the largest is below the smallest float * 127: all become 0 */
            code[k] = fixed_code((double)rows->weight[k], (double)unit);
        value[k] = (float)code[k] * unit;
    }
    out->rows = replace_weights(q->arena, rows, value, code, &out->code);
    return check_accumulators(q, layer, out);
}

/* Integers of n reals, and the reals that they stand for. */
static const int32_t *to_fixed(Arena *arena, const float *from, uint32_t n, int32_t bits,
                               const float **real)
{
    int32_t *fixed = ARENA_ARRAY(arena, int32_t, n);
    float *value = ARENA_ARRAY(arena, float, n);
    for (uint32_t i = 0; i < n; i++) {
        fixed[i] = fixed_from_real((double)from[i], bits);
        value[i] = (float)ldexp((double)fixed[i], -bits);
    }
    *real = value;
    return fixed;
}

/* Thresholds are at most 1 in Q15; a spiking layer's, which may be larger, can be scaled down
 * together with its weights. */
static Status check_thresholds(const Quantizer *q, const Layer *layer)
{
    for (uint32_t u = 0; u < layer->n_units; u++) {
        if (layer->threshold[u] > 1)
            return err_set(q->err, STATUS_UNSUPPORTED,
                           "%.100s: layer %.100s: unit %" PRIu32
                           " has a threshold of %g; expected at most 1 in int8",
                           q->from->name, layer->name, u, (double)layer->threshold[u]);
    }
    return STATUS_OK;
}

static Status quantize_layer(const Quantizer *q, double source_step, Layer *layer, LayerInt8 *int8)
{
    if (layer->cell->step_int8 == NULL)
        return err_set(
            q->err, STATUS_UNSUPPORTED,
            "%.100s: layer %.100s: cell %s has no integer form; expected egru or lif for int8",
            q->from->name, layer->name, layer->cell->name);
    TRY(check_thresholds(q, layer));
    const uint32_t n_units = layer->n_units, n_sums = layer->cell->n_gates * n_units;
    const uint32_t n_scales = q->options->scales == SCALES_PER_LAYER ? 1 : n_sums;
    Matrix input, recurrent;
    TRY(quantize_matrix(q, layer, &layer->input, n_scales, source_step, &input));
    TRY(quantize_matrix(q, layer, &layer->recurrent, n_scales, 1.0 / FIXED_CODE_MAX, &recurrent));
    layer->input = input.rows;
    layer->recurrent = recurrent.rows;
    *int8 = (LayerInt8){
        .input_weight = input.code,
        .recurrent_weight = recurrent.code,
        .n_scales = n_scales,
        .input_scale = input.scale,
        .recurrent_scale = recurrent.scale,
        .parameter = fixed_from_real((double)layer->parameter, FIXED_STATE_BITS),
    };
    int8->bias = to_fixed(q->arena, layer->bias, n_sums, FIXED_SUM_BITS, &layer->bias);
    int8->recurrent_bias =
        to_fixed(q->arena, layer->recurrent_bias, n_sums, FIXED_SUM_BITS, &layer->recurrent_bias);
    int8->threshold =
        to_fixed(q->arena, layer->threshold, n_units, FIXED_STATE_BITS, &layer->threshold);
    layer->raw_threshold = layer->threshold;
    layer->threshold_form = THRESHOLD_VALUE;
    layer->parameter = (float)ldexp((double)int8->parameter, -FIXED_STATE_BITS);
    return STATUS_OK;
}

/* The step of the input's codes, and the codes of the embedding. */
static void quantize_input(const Quantizer *q, NetworkInt8 *int8)
{
    const Network *from = q->from;
    double largest = q->options->input_full_scale > 0 ? q->options->input_full_scale : 1;
    const size_t n = from->embedding == NULL ? 0 : (size_t)from->n_words * from->n_inputs;
    if (from->embedding != NULL) {
        largest = 0;
        for (size_t i = 0; i < n; i++)
            largest = fmax(largest, fabs((double)from->embedding[i]));
    }
    int8->input_step = (float)(largest / FIXED_CODE_MAX);
    if (!(int8->input_step > 0)) /* all zero: any step will do */
        int8->input_step = 1.0f / FIXED_CODE_MAX;
    if (from->embedding == NULL)
        return;
    int8_t *code = ARENA_ARRAY(q->arena, int8_t, n);
    for (size_t i = 0; i < n; i++)
        code[i] = fixed_code((double)from->embedding[i], (double)int8->input_step);
    int8->embedding = code;
}

static Status to_int8(const Quantizer *q, Layer *layer, Network *network)
{
    NetworkInt8 *int8 = ARENA_ARRAY(q->arena, NetworkInt8, 1);
    LayerInt8 *layers = ARENA_ARRAY(q->arena, LayerInt8, network->n_layers);
    quantize_input(q, int8);
    for (uint32_t i = 0; i < network->n_layers; i++)
        TRY(quantize_layer(q, i == 0 ? (double)int8->input_step : 1.0 / FIXED_CODE_MAX, &layer[i],
                           &layers[i]));
    int8->layer = layers;
    network->int8 = int8;
    return STATUS_OK;
}

static void to_bf16(const Quantizer *q, Layer *layer, uint32_t n_layers)
{
    for (uint32_t i = 0; i < n_layers; i++) {
        layer[i].input = round_rows(q, &layer[i].input);
        layer[i].recurrent = round_rows(q, &layer[i].recurrent);
    }
}

/* A copy of the network to work on. */
static Status convert(const Quantizer *q, Precision precision, const Network **out)
{
    Network *network = ARENA_ARRAY(q->arena, Network, 1);
    Layer *layer = ARENA_ARRAY(q->arena, Layer, q->from->n_layers);
    *network = *q->from;
    memcpy(layer, q->from->layer, network->n_layers * sizeof *layer);
    network->layer = layer;
    network->f64 = NULL;
    network->precision = precision;
    if (precision == PRECISION_INT8)
        TRY(to_int8(q, layer, network));
    else
        to_bf16(q, layer, network->n_layers);
    network->hash = network_hash(network);
    *out = network;
    return STATUS_OK;
}

Status network_quantize(Arena *arena, const Network *network, Precision precision,
                        const QuantizeOptions *options, const Network **out, Err *err)
{
    static const QuantizeOptions DEFAULTS = {0};
    *out = NULL;
    CHECK((unsigned)precision < N_PRECISIONS);
    if (network->precision != PRECISION_FP32 && precision != network->precision)
        return err_set(err, STATUS_UNSUPPORTED, "%.100s: is in %s already; expected fp32",
                       network->name, precision_name(network->precision));
    if (precision == network->precision) {
        *out = network;
        return STATUS_OK;
    }
    const Quantizer q = {arena, arena_new(), network, options == NULL ? &DEFAULTS : options, err};
    const Status status = convert(&q, precision, out);
    arena_free(q.scratch);
    return status;
}
