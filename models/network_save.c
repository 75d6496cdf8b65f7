/* network_save.c - Network to network directory.
 *
 * Takes a Network and a folder, makes network.yaml, weights.safetensors and, if there are words,
 * vocabulary.txt. A matrix goes out dense if more than half full, else as row_start, col and
 * weight in the narrowest types. What the header of the safetensors file says is a table of
 * tensors; the data follows by walking the same table, so both agree. Files are written under
 * temporary names and renamed when all are whole. Cost: O(parameters).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "bytes.h"
#include "models/network.h"
#include "network_private.h"

enum { BUFFER_BYTES = 1 << 16, TENSORS_PER_LAYER = 9, TENSORS_OF_WORDS = 3 };

typedef enum Form { FORM_FLOATS, FORM_DENSE, FORM_ROW_START, FORM_COLS } Form;

typedef struct TensorOut {
    const char *name;
    Form form;
    uint32_t item_bytes, rank;
    uint64_t shape[4];
    const float *f32;       /* FORM_FLOATS, FORM_DENSE */
    const double *f64;      /* the same in double, goes out instead; or NULL */
    const SparseRows *rows; /* the other forms */
} TensorOut;

typedef struct Plan {
    Arena *arena;
    bool use_f64;
    uint32_t n_tensors;
    TensorOut *tensor;
} Plan;

typedef struct Sink { /* little-endian numbers into a stream */
    FILE *stream;
    size_t n_bytes;
    uint8_t bytes[BUFFER_BYTES];
} Sink;

/* One tensor of n_rows values, or [n_rows, n_cols] if n_cols is not 0. */
static void plan_floats(Plan *plan, const char *name, uint64_t n_rows, uint64_t n_cols,
                        const float *f32, const double *f64)
{
    plan->tensor[plan->n_tensors++] = (TensorOut){
        .name = name,
        .form = FORM_FLOATS,
        .item_bytes = plan->use_f64 ? 8 : 4,
        .rank = n_cols == 0 ? 1 : 2,
        .shape = {n_rows, n_cols},
        .f32 = f32,
        .f64 = plan->use_f64 ? f64 : NULL,
    };
}

/* The filters of a convolution: [n_filters, channels, kernel, kernel]. */
static void plan_filters(Plan *plan, const char *name, const Convolution *of)
{
    plan_floats(plan, name, of->n_filters, of->channels, of->filter, of->filter_f64);
    TensorOut *tensor = &plan->tensor[plan->n_tensors - 1];
    tensor->rank = 4;
    tensor->shape[2] = tensor->shape[3] = of->kernel;
}

/* One dense tensor or three sparse ones. */
static void plan_matrix(Plan *plan, const char *name, const SparseRows *rows, const double *f64)
{
    TensorOut common = {.name = name,
                        .form = FORM_DENSE,
                        .rank = 2,
                        .rows = rows,
                        .shape = {rows->n_rows, rows->n_cols}};
    common.item_bytes = plan->use_f64 ? 8 : 4;
    common.f32 = rows->weight;
    common.f64 = plan->use_f64 ? f64 : NULL;
    if (rows->n_nonzeros > (uint64_t)rows->n_rows * rows->n_cols / 2) {
        plan->tensor[plan->n_tensors++] = common;
        return;
    }
    TensorOut start = {.name = arena_printf(plan->arena, "%s.row_start", name),
                       .form = FORM_ROW_START,
                       .rank = 1,
                       .shape = {(uint64_t)rows->n_rows + 1},
                       .rows = rows};
    start.item_bytes = rows->n_nonzeros > UINT32_MAX ? 8 : 4;
    TensorOut col = {.name = arena_printf(plan->arena, "%s.col", name),
                     .form = FORM_COLS,
                     .rank = 1,
                     .shape = {rows->n_nonzeros},
                     .rows = rows};
    col.item_bytes = rows->n_cols > (uint32_t)UINT16_MAX + 1 ? 4 : 2;
    plan->tensor[plan->n_tensors++] = start;
    plan->tensor[plan->n_tensors++] = col;
    plan_floats(plan, arena_printf(plan->arena, "%s.weight", name), rows->n_nonzeros, 0,
                rows->weight, f64);
}

static bool has_bias(const Layer *layer, const LayerF64 *wide)
{
    bool found = false;
    for (uint32_t i = 0; i < layer->cell->n_gates * layer->n_units && !found; i++)
        found = layer->bias[i] != 0 || (wide != NULL && wide->bias[i] != 0);
    return found;
}

static void plan_layer(Plan *plan, uint32_t index, const Layer *layer, const LayerF64 *f64)
{
    static const LayerF64 NONE = {0};
    const LayerF64 *wide = f64 == NULL ? &NONE : f64;
    const uint32_t n_sums = layer->cell->n_gates * layer->n_units;
    const char *prefix = arena_printf(plan->arena, "layers.%" PRIu32, index);
    const char *kernel = arena_printf(plan->arena, "%s.kernel", prefix);
    if (layer->convolution != NULL)
        plan_filters(plan, kernel, layer->convolution);
    else
        plan_matrix(plan, kernel, &layer->input, wide->input_weight);
    if (!layer_is_feed_forward(layer))
        plan_matrix(plan, arena_printf(plan->arena, "%s.recurrent_kernel", prefix),
                    &layer->recurrent, wide->recurrent_weight);
    if (!layer->cell->spiking || has_bias(layer, f64))
        plan_floats(plan, arena_printf(plan->arena, "%s.bias", prefix), n_sums, 0, layer->bias,
                    wide->bias);
    if (!layer->cell->spiking)
        plan_floats(plan, arena_printf(plan->arena, "%s.recurrent_bias", prefix), n_sums, 0,
                    layer->recurrent_bias, wide->recurrent_bias);
    plan_floats(plan, arena_printf(plan->arena, "%s.threshold", prefix), layer->n_units, 0,
                layer->raw_threshold, wide->raw_threshold);
}

/* All tensors of the file in the order of their data. */
static Plan make_plan(Arena *arena, const Network *network)
{
    static const NetworkF64 NONE = {0};
    const NetworkF64 *wide = network->f64 == NULL ? &NONE : network->f64;
    const uint32_t width = network->layer[network->n_layers - 1].n_units;
    Plan plan = {.arena = arena, .use_f64 = network->f64 != NULL};
    plan.tensor = ARENA_ARRAY(arena, TensorOut,
                              (size_t)network->n_layers * TENSORS_PER_LAYER + TENSORS_OF_WORDS);
    if (network->n_words > 0)
        plan_floats(&plan, "embedding.weight", network->n_words, network->n_inputs,
                    network->embedding, wide->embedding);
    if (network->has_decoder && network->decoder != network->embedding)
        plan_floats(&plan, "decoder.weight", network->n_words, width, network->decoder,
                    wide->decoder);
    if (network->has_decoder)
        plan_floats(&plan, "decoder.bias", network->n_words, 0, network->decoder_bias,
                    wide->decoder_bias);
    for (uint32_t i = 0; i < network->n_layers; i++)
        plan_layer(&plan, i, &network->layer[i],
                   network->f64 == NULL ? NULL : &network->f64->layer[i]);
    return plan;
}

static uint64_t n_items(const TensorOut *tensor)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < tensor->rank; i++)
        n *= tensor->shape[i];
    return n;
}

static const char *dtype_name(const TensorOut *tensor)
{
    if (tensor->form == FORM_FLOATS || tensor->form == FORM_DENSE)
        return tensor->item_bytes == 8 ? "F64" : "F32";
    return tensor->item_bytes == 8 ? "U64" : tensor->item_bytes == 4 ? "U32" : "U16";
}

static void flush(Sink *sink)
{
    fwrite(sink->bytes, 1, sink->n_bytes, sink->stream);
    sink->n_bytes = 0;
}

/* One number of 2, 4 or 8 bytes. */
static void put(Sink *sink, uint32_t item_bytes, uint64_t value)
{
    if (sink->n_bytes + item_bytes > BUFFER_BYTES)
        flush(sink);
    uint8_t *at = sink->bytes + sink->n_bytes;
    if (item_bytes == 8)
        put_u64(at, value);
    else if (item_bytes == 4)
        put_u32(at, (uint32_t)value);
    else
        put_u16(at, (uint32_t)value);
    sink->n_bytes += item_bytes;
}

/* Value i of a float tensor, in the precision of the file. */
static void put_real(Sink *sink, const TensorOut *tensor, uint64_t i)
{
    if (tensor->f64 != NULL)
        put(sink, 8, f64_bits(tensor->f64[i]));
    else
        put(sink, 4, f32_bits(tensor->f32[i]));
}

/* A matrix with its zeros filled in. */
static void put_dense(Sink *sink, const TensorOut *tensor)
{
    const SparseRows *rows = tensor->rows;
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        uint64_t k = rows->row_start[r];
        const uint64_t end = rows->row_start[r + 1];
        for (uint32_t c = 0; c < rows->n_cols; c++) {
            if (k < end && rows->col[k] == c)
                put_real(sink, tensor, k++);
            else
                put(sink, tensor->item_bytes, 0);
        }
    }
}

static void put_tensor(Sink *sink, const TensorOut *tensor)
{
    if (tensor->form == FORM_DENSE) {
        put_dense(sink, tensor);
        return;
    }
    const uint64_t n = n_items(tensor);
    for (uint64_t i = 0; i < n; i++) {
        if (tensor->form == FORM_FLOATS)
            put_real(sink, tensor, i);
        else
            put(sink, tensor->item_bytes,
                tensor->form == FORM_COLS ? tensor->rows->col[i] : tensor->rows->row_start[i]);
    }
}

/* The JSON header, filled with blanks to a multiple of 8 so that all data is aligned. */
static const char *make_header(Arena *arena, const Plan *plan, size_t *n_bytes)
{
    enum { ENTRY_MAX_BYTES = 256, ALIGN = 8 };
    const size_t capacity = (size_t)plan->n_tensors * ENTRY_MAX_BYTES + ENTRY_MAX_BYTES;
    char *text = arena_alloc(arena, capacity, 1);
    uint64_t at = 0;
    size_t n = (size_t)snprintf(text, capacity, "{");
    for (uint32_t i = 0; i < plan->n_tensors; i++) {
        const TensorOut *tensor = &plan->tensor[i];
        const uint64_t end = at + n_items(tensor) * tensor->item_bytes;
        n += (size_t)snprintf(text + n, capacity - n,
                              "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%" PRIu64, i == 0 ? "" : ",",
                              tensor->name, dtype_name(tensor), tensor->shape[0]);
        for (uint32_t k = 1; k < tensor->rank; k++)
            n += (size_t)snprintf(text + n, capacity - n, ",%" PRIu64, tensor->shape[k]);
        n += (size_t)snprintf(text + n, capacity - n,
                              "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", at, end);
        at = end;
    }
    text[n++] = '}';
    while (n % ALIGN != 0)
        text[n++] = ' ';
    CHECK(n <= capacity);
    *n_bytes = n;
    return text;
}

/* Header length, header, data. */
static void write_weights(Arena *arena, FILE *stream, const Network *network)
{
    const Plan plan = make_plan(arena, network);
    Sink *sink = ARENA_ARRAY(arena, Sink, 1);
    sink->stream = stream;
    size_t n_header;
    const char *header = make_header(arena, &plan, &n_header);
    put(sink, 8, n_header);
    flush(sink);
    fwrite(header, 1, n_header, stream);
    for (uint32_t i = 0; i < plan.n_tensors; i++)
        put_tensor(sink, &plan.tensor[i]);
    flush(sink);
}

static void write_vocabulary(FILE *stream, const Network *network)
{
    for (uint32_t i = 0; i < network->n_words; i++)
        fprintf(stream, "%s\n", network->vocabulary[i]);
}

typedef enum Part {
    PART_WEIGHTS,
    PART_VOCABULARY,
    PART_YAML,
    N_PARTS
} Part; /* order of renaming */

/* One file under its temporary name. */
static Status write_part(Arena *scratch, const Network *network, const char *path, Part part,
                         Err *err)
{
    FileWriter *writer;
    TRY(file_write_begin(scratch, path, &writer, err));
    FILE *stream = file_write_stream(writer);
    if (part == PART_WEIGHTS)
        write_weights(scratch, stream, network);
    else if (part == PART_VOCABULARY)
        write_vocabulary(stream, network);
    else
        network_yaml_write(stream, network);
    return file_close_part(writer, err);
}

Status network_save(Arena *scratch, const Network *network, const char *folder, Err *err)
{
    static const char *const NAMES[N_PARTS] = {NETWORK_WEIGHTS, NETWORK_VOCABULARY, NETWORK_YAML};
    const char *path[N_PARTS] = {NULL};
    TRY(network_check(network, err));
    if (network->precision != PRECISION_FP32)
        return err_set(err, STATUS_UNSUPPORTED,
                       "%.100s: is in %s; expected fp32: network files "
                       "have no other precision",
                       network->name, precision_name(network->precision));
    if (network->fold != NULL)
        return err_set(err, STATUS_UNSUPPORTED,
                       "%.100s: has its embedding folded; expected the network before",
                       network->name);
    bool made;
    TRY(file_make_folder(folder, &made, err));
    Status status = STATUS_OK;
    for (unsigned i = 0; i < N_PARTS && status == STATUS_OK; i++) {
        if (i == PART_VOCABULARY && network->vocabulary == NULL)
            continue;
        const char *target = file_join(scratch, folder, NAMES[i]);
        status = write_part(scratch, network, target, (Part)i, err);
        path[i] = status == STATUS_OK ? target : NULL;
    }
    for (unsigned i = 0; i < N_PARTS; i++) {
        if (path[i] == NULL)
            continue;
        if (status == STATUS_OK)
            status = file_rename_part(path[i], err);
        else
            file_remove_part(path[i]);
    }
    if (status != STATUS_OK && made)
        remove(folder); /* takes empty folders only */
    return status;
}
