/* network_load.c - network directory to Network.
 *
 * Takes a folder, makes a checked Network. network.yaml gives the shapes; this file asks
 * weights.safetensors for exactly the tensors that follow from them, in dense or sparse form, and
 * refuses any that are missing, left over or of another shape. Zeros of dense matrices are
 * dropped. Where the file holds F64, the double values are kept beside the fp32 ones. The file's
 * bytes live in an arena of their own that is gone at the end. Cost: O(file) time; memory 1 x the
 * file while reading + 8 bytes a stored weight.
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/real_math.h"
#include "models/network.h"
#include "network_private.h"
#include "safetensors.h"

static const size_t WEIGHTS_MAX_BYTES = SIZE_MAX / 4;

typedef struct Loader {
    Arena *arena, *scratch;
    const char *folder;
    const TensorFile *file;
    bool use_f64; /* some tensor is F64 */
    Err *err;
} Loader;

typedef struct Values { /* of one float tensor */
    const float *f32;
    const double *f64; /* NULL unless use_f64 */
} Values;

/* INPUT error: a tensor that network.yaml calls for is not there. */
static Status missing(const Loader *loader, const char *name)
{
    return err_set(loader->err, STATUS_INPUT, "%s: tensor '%s': is missing; expected it by %s",
                   loader->file->path, name, NETWORK_YAML);
}

static Status check_shape(const Loader *loader, const Tensor *tensor, uint32_t rank,
                          uint64_t n_rows, uint64_t n_cols)
{
    if (tensor->rank == rank && tensor->shape[0] == n_rows &&
        (rank == 1 || tensor->shape[1] == n_cols))
        return STATUS_OK;
    char shape[200] = "";
    size_t at = 0;
    for (uint32_t i = 0; i < tensor->rank; i++)
        at += (size_t)snprintf(shape + at, sizeof shape - at, i == 0 ? "%" PRIu64 : ", %" PRIu64,
                               tensor->shape[i]);
    if (rank == 1)
        return tensor_fail(tensor, loader->err, "shape is [%s]; expected [%" PRIu64 "]", shape,
                           n_rows);
    return tensor_fail(tensor, loader->err, "shape is [%s]; expected [%" PRIu64 ", %" PRIu64 "]",
                       shape, n_rows, n_cols);
}

/* The tensor by name if it is there, with its kind and shape checked; n_cols is unused with rank
 * 1. */
static Status find(const Loader *loader, const char *name, bool is_float, uint32_t rank,
                   uint64_t n_rows, uint64_t n_cols, const Tensor **out)
{
    Tensor *tensor = tensor_find(loader->file, name);
    *out = tensor;
    if (tensor == NULL)
        return STATUS_OK;
    tensor->used = true;
    if (dtype_is_float(tensor->dtype) != is_float)
        return tensor_fail(tensor, loader->err, "has the wrong dtype; expected %s",
                           is_float ? "F32, F64, F16 or BF16" : "U16, U32 or U64");
    return check_shape(loader, tensor, rank, n_rows, n_cols);
}

/* Values in fp32 and, where any tensor of the file is F64, in double too. */
static Status read_values(const Loader *loader, Arena *arena, const Tensor *tensor, Values *out)
{
    TRY(tensor_floats(arena, tensor, &out->f32, loader->err));
    return loader->use_f64 ? tensor_doubles(arena, tensor, &out->f64, loader->err) : STATUS_OK;
}

/* A float tensor [n]; zeros if it is optional and absent. */
static Status read_vector(const Loader *loader, const char *name, uint64_t n, bool optional,
                          Values *out)
{
    const Tensor *tensor;
    TRY(find(loader, name, true, 1, n, 1, &tensor));
    if (tensor != NULL)
        return read_values(loader, loader->arena, tensor, out);
    if (!optional)
        return missing(loader, name);
    out->f32 = ARENA_ARRAY(loader->arena, float, n);
    out->f64 = loader->use_f64 ? ARENA_ARRAY(loader->arena, double, n) : NULL;
    return STATUS_OK;
}

/* A float tensor [n_rows, n_cols] that must be there. */
static Status read_table(const Loader *loader, const char *name, uint64_t n_rows, uint64_t n_cols,
                         Values *out)
{
    const Tensor *tensor;
    TRY(find(loader, name, true, 2, n_rows, n_cols, &tensor));
    return tensor == NULL ? missing(loader, name) : read_values(loader, loader->arena, tensor, out);
}

/* Rows without their zeros. */
static void prune_dense(const Loader *loader, Values dense, SparseRows *rows, const double **f64)
{
    uint64_t *start = ARENA_ARRAY(loader->arena, uint64_t, (size_t)rows->n_rows + 1);
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        const float *row = dense.f32 + (size_t)r * rows->n_cols;
        uint64_t n = 0;
        for (uint32_t c = 0; c < rows->n_cols; c++)
            n += row[c] != 0;
        start[r + 1] = start[r] + n;
    }
    rows->n_nonzeros = start[rows->n_rows];
    uint32_t *col = ARENA_ARRAY(loader->arena, uint32_t, rows->n_nonzeros);
    float *weight = ARENA_ARRAY(loader->arena, float, rows->n_nonzeros);
    double *wide = dense.f64 == NULL ? NULL : ARENA_ARRAY(loader->arena, double, rows->n_nonzeros);
    uint64_t n = 0;
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        for (uint32_t c = 0; c < rows->n_cols; c++) {
            const size_t at = (size_t)r * rows->n_cols + c;
            if (dense.f32[at] == 0)
                continue;
            col[n] = c;
            weight[n] = dense.f32[at];
            if (wide != NULL)
                wide[n] = dense.f64[at];
            n++;
        }
    }
    rows->row_start = start;
    rows->col = col;
    rows->weight = weight;
    *f64 = wide;
}

/* Where rows begin, checked, so that all that follows can rely on it. How many weights there are
 * comes from here; nothing is allocated by that number before the tensors of columns and weights
 * have proved to be as long. */
static Status read_row_start(const Loader *loader, const Tensor *tensor, SparseRows *rows)
{
    uint64_t *start = ARENA_ARRAY(loader->arena, uint64_t, (size_t)rows->n_rows + 1);
    for (uint32_t r = 0; r <= rows->n_rows; r++) {
        start[r] = tensor_whole(tensor, r);
        if (r == 0 ? start[r] != 0 : start[r] < start[r - 1])
            return tensor_fail(tensor, loader->err,
                               "item %" PRIu32 " is %" PRIu64
                               "; expected 0 first and never less than the one before",
                               r, start[r]);
    }
    rows->row_start = start;
    rows->n_nonzeros = start[rows->n_rows];
    return STATUS_OK;
}

/* Columns, widened to 32 bits; each row must ascend below n_cols. */
static Status read_cols(const Loader *loader, const Tensor *tensor, SparseRows *rows)
{
    uint32_t *col = ARENA_ARRAY(loader->arena, uint32_t, rows->n_nonzeros);
    for (uint32_t r = 0; r < rows->n_rows; r++) {
        for (uint64_t k = rows->row_start[r]; k < rows->row_start[r + 1]; k++) {
            const uint64_t value = tensor_whole(tensor, k);
            if (value >= rows->n_cols || (k > rows->row_start[r] && value <= col[k - 1]))
                return tensor_fail(tensor, loader->err,
                                   "item %" PRIu64 " (row %" PRIu32 ") is %" PRIu64
                                   "; expected ascending columns below %" PRIu32,
                                   k, r, value, rows->n_cols);
            col[k] = (uint32_t)value;
        }
    }
    rows->col = col;
    return STATUS_OK;
}

/* A matrix of three tensors. If none of them is there the dense form is what was missing. */
static Status read_sparse(const Loader *loader, const char *name, SparseRows *rows,
                          const double **f64)
{
    const char *start_name = arena_printf(loader->scratch, "%s.row_start", name);
    const char *col_name = arena_printf(loader->scratch, "%s.col", name);
    const char *weight_name = arena_printf(loader->scratch, "%s.weight", name);
    const Tensor *start, *col, *weight;
    TRY(find(loader, start_name, false, 1, (uint64_t)rows->n_rows + 1, 1, &start));
    if (start == NULL)
        return missing(loader, tensor_find(loader->file, col_name) != NULL ||
                                       tensor_find(loader->file, weight_name) != NULL
                                   ? start_name
                                   : name);
    TRY(read_row_start(loader, start, rows));
    TRY(find(loader, col_name, false, 1, rows->n_nonzeros, 1, &col));
    TRY(find(loader, weight_name, true, 1, rows->n_nonzeros, 1, &weight));
    if (col == NULL || weight == NULL)
        return missing(loader, col == NULL ? col_name : weight_name);
    TRY(read_cols(loader, col, rows));
    Values values = {0};
    TRY(read_values(loader, loader->arena, weight, &values));
    for (uint64_t k = 0; k < rows->n_nonzeros; k++) {
        if (values.f32[k] == 0)
            return tensor_fail(weight, loader->err,
                               "item %" PRIu64 " is 0; expected stored weights only", k);
    }
    rows->weight = values.f32;
    *f64 = values.f64;
    return STATUS_OK;
}

/* A matrix in whichever form the file has it. */
static Status read_matrix(const Loader *loader, const char *name, uint32_t n_rows, uint32_t n_cols,
                          SparseRows *rows, const double **f64)
{
    *rows = (SparseRows){.n_rows = n_rows, .n_cols = n_cols};
    const Tensor *tensor;
    TRY(find(loader, name, true, 2, n_rows, n_cols, &tensor));
    if (tensor == NULL)
        return read_sparse(loader, name, rows, f64);
    Values dense = {0};
    TRY(read_values(loader, loader->scratch, tensor, &dense));
    prune_dense(loader, dense, rows, f64);
    return STATUS_OK;
}

double network_threshold(ThresholdForm form, double raw)
{
    if (form == THRESHOLD_SIGMOID)
        return real_sigmoid(raw);
    return raw < 0 ? 0 : raw > 1 && form == THRESHOLD_VALUE ? 1 : raw;
}

SparseRows network_no_rows(Arena *arena, uint32_t n_rows, uint32_t n_cols)
{
    return (SparseRows){.n_rows = n_rows,
                        .n_cols = n_cols,
                        .row_start = ARENA_ARRAY(arena, uint64_t, (size_t)n_rows + 1),
                        .col = ARENA_ARRAY(arena, uint32_t, 0),
                        .weight = ARENA_ARRAY(arena, float, 0)};
}

const float *network_thresholds(Arena *arena, ThresholdForm form, const float *raw,
                                uint32_t n_units)
{
    float *threshold = ARENA_ARRAY(arena, float, n_units);
    for (uint32_t u = 0; u < n_units; u++)
        threshold[u] = (float)network_threshold(form, (double)raw[u]);
    return threshold;
}

/* The filters of a convolution, laid out as rows. */
static Status read_filters(const Loader *loader, const char *name, Layer *layer, LayerF64 *f64)
{
    Convolution *made = ARENA_ARRAY(loader->arena, Convolution, 1);
    *made = *layer->convolution;
    const uint64_t shape[] = {made->n_filters, made->channels, made->kernel, made->kernel};
    Tensor *tensor = tensor_find(loader->file, name);
    if (tensor == NULL)
        return missing(loader, name);
    tensor->used = true;
    if (!dtype_is_float(tensor->dtype))
        return tensor_fail(tensor, loader->err,
                           "has the wrong dtype; expected F32, F64, F16 or BF16");
    if (tensor->rank != 4 || memcmp(tensor->shape, shape, sizeof shape) != 0)
        return tensor_fail(tensor, loader->err,
                           "is of another shape; expected the filters [%" PRIu64 ", %" PRIu64
                           ", %" PRIu64 ", %" PRIu64 "]",
                           shape[0], shape[1], shape[2], shape[3]);
    Values values = {0};
    TRY(read_values(loader, loader->arena, tensor, &values));
    made->filter = values.f32;
    made->filter_f64 = values.f64;
    convolution_rows(loader->arena, made, &layer->input, &f64->input_weight);
    layer->convolution = made;
    return STATUS_OK;
}

/* The recurrent matrix; a spiking layer may have none. */
static Status read_recurrent(const Loader *loader, const char *prefix, Layer *layer, LayerF64 *f64)
{
    const char *name = arena_printf(loader->scratch, "%s.recurrent_kernel", prefix);
    const char *start = arena_printf(loader->scratch, "%s.row_start", name);
    const uint32_t n_units = layer->n_units, n_cols = layer->cell->n_gates * n_units;
    if (!layer->cell->spiking || tensor_find(loader->file, name) != NULL ||
        tensor_find(loader->file, start) != NULL)
        return read_matrix(loader, name, n_units, n_cols, &layer->recurrent,
                           &f64->recurrent_weight);
    layer->recurrent = network_no_rows(loader->arena, n_units, n_cols);
    return STATUS_OK;
}

/* Two biases and the threshold. A cell that gates events by source has one bias in the paper, so
 * its second one is optional; a spiking one adds both sums, so it has one at most. */
static Status read_vectors(const Loader *loader, const char *prefix, Layer *layer, LayerF64 *f64)
{
    const bool spiking = layer->cell->spiking;
    const uint32_t n_cols = layer->cell->n_gates * layer->n_units;
    Values bias = {0}, recurrent = {0}, threshold = {0};
    TRY(read_vector(loader, arena_printf(loader->scratch, "%s.bias", prefix), n_cols, spiking,
                    &bias));
    if (spiking) {
        recurrent.f32 = ARENA_ARRAY(loader->arena, float, n_cols);
        recurrent.f64 = loader->use_f64 ? ARENA_ARRAY(loader->arena, double, n_cols) : NULL;
    } else {
        TRY(read_vector(loader, arena_printf(loader->scratch, "%s.recurrent_bias", prefix), n_cols,
                        layer->cell->reset_f32 != NULL, &recurrent));
    }
    TRY(read_vector(loader, arena_printf(loader->scratch, "%s.threshold", prefix), layer->n_units,
                    false, &threshold));
    layer->bias = bias.f32;
    layer->recurrent_bias = recurrent.f32;
    layer->raw_threshold = threshold.f32;
    layer->threshold =
        network_thresholds(loader->arena, layer->threshold_form, threshold.f32, layer->n_units);
    f64->bias = bias.f64;
    f64->recurrent_bias = recurrent.f64;
    f64->raw_threshold = threshold.f64;
    return STATUS_OK;
}

/* All tensors of one layer. */
static Status read_layer(const Loader *loader, uint32_t index, Layer *layer, LayerF64 *f64)
{
    const uint32_t n_cols = layer->cell->n_gates * layer->n_units;
    const char *prefix = arena_printf(loader->scratch, "layers.%" PRIu32, index);
    const char *kernel = arena_printf(loader->scratch, "%s.kernel", prefix);
    TRY(layer->convolution != NULL ? read_filters(loader, kernel, layer, f64)
                                   : read_matrix(loader, kernel, layer->n_inputs, n_cols,
                                                 &layer->input, &f64->input_weight));
    TRY(read_recurrent(loader, prefix, layer, f64));
    return read_vectors(loader, prefix, layer, f64);
}

/* Embedding, decoder and vocabulary, as far as network.yaml has them. */
static Status read_words(const Loader *loader, NetworkDraft *draft, NetworkF64 *f64)
{
    Network *network = &draft->network;
    Values embedding = {0}, decoder = {0}, bias = {0};
    if (network->n_words > 0)
        TRY(read_table(loader, "embedding.weight", network->n_words, network->n_inputs,
                       &embedding));
    decoder = embedding;
    if (network->has_decoder && !draft->tied)
        TRY(read_table(loader, "decoder.weight", network->n_words,
                       network->layer[network->n_layers - 1].n_units, &decoder));
    if (network->has_decoder)
        TRY(read_vector(loader, "decoder.bias", network->n_words, true, &bias));
    network->embedding = embedding.f32;
    f64->embedding = embedding.f64;
    if (network->has_decoder) {
        network->decoder = decoder.f32;
        network->decoder_bias = bias.f32;
        f64->decoder = decoder.f64;
        f64->decoder_bias = bias.f64;
    }
    if (draft->vocabulary_file == NULL)
        return STATUS_OK;
    uint64_t n_bytes;
    TRY(vocabulary_load(loader->arena,
                        file_join(loader->arena, loader->folder, draft->vocabulary_file),
                        network->n_words, &network->vocabulary, &n_bytes, loader->err));
    network->file_bytes += n_bytes;
    return STATUS_OK;
}

/* Every tensor that the shapes call for, and none besides. */
static Status read_tensors(Loader *loader, NetworkDraft *draft)
{
    Network *network = &draft->network;
    for (uint32_t i = 0; i < loader->file->n_tensors; i++)
        loader->use_f64 = loader->use_f64 || loader->file->tensor[i].dtype == DTYPE_F64;
    LayerF64 *layers = ARENA_ARRAY(loader->arena, LayerF64, network->n_layers);
    NetworkF64 *f64 = ARENA_ARRAY(loader->arena, NetworkF64, 1);
    f64->layer = layers;
    for (uint32_t i = 0; i < network->n_layers; i++)
        TRY(read_layer(loader, i, &draft->layer[i], &layers[i]));
    TRY(read_words(loader, draft, f64));
    if (loader->use_f64)
        network->f64 = f64;
    return tensor_unused(loader->file, loader->err);
}

static Status load(Loader *loader, const Network **out)
{
    NetworkDraft draft;
    FileBytes yaml, bytes;
    TensorFile *file;
    const char *path = file_join(loader->arena, loader->folder, NETWORK_WEIGHTS);
    const char *yaml_path = file_join(loader->scratch, loader->folder, NETWORK_YAML);
    if (!file_is_folder(loader->folder))
        return err_set(loader->err, STATUS_IO, "%s: is not a folder; expected a network directory",
                       loader->folder);
    TRY(network_yaml_load(loader->arena, loader->folder, &draft, loader->err));
    TRY(file_read(loader->scratch, yaml_path, WEIGHTS_MAX_BYTES, &yaml, loader->err));
    TRY(file_read(loader->scratch, path, WEIGHTS_MAX_BYTES, &bytes, loader->err));
    TRY(tensors_parse(loader->scratch, path, bytes, &file, loader->err));
    loader->file = file;
    draft.network.file_bytes = (uint64_t)yaml.n_bytes + bytes.n_bytes;
    TRY(read_tensors(loader, &draft));
    TRY(network_check_content(&draft.network, loader->err));
    draft.network.hash = network_hash(&draft.network);
    Network *network = ARENA_ARRAY(loader->arena, Network, 1);
    *network = draft.network;
    *out = network;
    return STATUS_OK;
}

Status network_load(Arena *arena, const char *folder, const Network **out, Err *err)
{
    *out = NULL;
    Loader loader = {.arena = arena, .scratch = arena_new(), .folder = folder, .err = err};
    Status status = load(&loader, out);
    arena_free(loader.scratch);
    return status;
}
