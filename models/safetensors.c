/* safetensors.c - reads the safetensors format.
 *
 * A file is an 8-byte little-endian header length, a JSON object {name: {dtype, shape,
 * data_offsets}} and the data area. Nothing of the header is believed: its length must lie in the
 * file, every offset in the data area, every range must be as long as shape times dtype says, and
 * all ranges together must tile the data area without gap or overlap. `__metadata__` may hold
 * anything. jansson refuses duplicate names and deep nesting. Format:
 * github.com/huggingface/safetensors. Cost: O(header * log(tensors)); data is not touched. Limits:
 * header up to 16 MiB, rank up to 8.
 */
#include "safetensors.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bytes.h"

enum { LENGTH_BYTES = 8, HEADER_MAX_BYTES = 16 << 20, MESSAGE_BYTES = 512 };

static const struct {
    const char *name;
    uint32_t n_bytes;
    bool is_float;
} DTYPES[N_DTYPES] = {
    [DTYPE_F64] = {"F64", 8, true},  [DTYPE_F32] = {"F32", 4, true},
    [DTYPE_F16] = {"F16", 2, true},  [DTYPE_BF16] = {"BF16", 2, true},
    [DTYPE_U64] = {"U64", 8, false}, [DTYPE_U32] = {"U32", 4, false},
    [DTYPE_U16] = {"U16", 2, false},
};

bool dtype_is_float(Dtype dtype)
{
    return DTYPES[dtype].is_float;
}

Status tensor_fail(const Tensor *tensor, Err *err, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return err_set(err, STATUS_INPUT, "%s: tensor '%.200s': %s", tensor->file, tensor->name,
                   message);
}

/* Only the types that networks use. */
static Status read_dtype(Tensor *tensor, const json_t *about, Err *err)
{
    const char *text = json_string_value(json_object_get(about, "dtype"));
    if (text == NULL)
        return tensor_fail(tensor, err, "dtype is missing or not text; expected F32 or the like");
    for (unsigned i = 0; i < N_DTYPES; i++) {
        if (strcmp(text, DTYPES[i].name) == 0) {
            tensor->dtype = (Dtype)i;
            return STATUS_OK;
        }
    }
    return tensor_fail(
        tensor, err,
        "dtype '%.40s' is not supported; expected F64, F32, F16, BF16, U64, U32 or U16", text);
}

/* Sizes and their product, refused where it does not fit 64 bits. */
static Status read_shape(Tensor *tensor, const json_t *about, Err *err)
{
    const json_t *shape = json_object_get(about, "shape");
    if (!json_is_array(shape) || json_array_size(shape) > TENSOR_MAX_RANK)
        return tensor_fail(tensor, err, "shape is not a list of at most %d whole numbers",
                           TENSOR_MAX_RANK);
    tensor->rank = (uint32_t)json_array_size(shape);
    tensor->n_items = 1;
    for (uint32_t i = 0; i < tensor->rank; i++) {
        const json_t *size = json_array_get(shape, i);
        if (!json_is_integer(size) || json_integer_value(size) < 0)
            return tensor_fail(tensor, err, "shape[%" PRIu32 "] is not a whole number >= 0", i);
        tensor->shape[i] = (uint64_t)json_integer_value(size);
        if (tensor->shape[i] != 0 && tensor->n_items > UINT64_MAX / tensor->shape[i])
            return tensor_fail(tensor, err, "shape overflows; expected at most 2^64 items");
        tensor->n_items *= tensor->shape[i];
    }
    return STATUS_OK;
}

/* Begin and end within the data area, as far apart as type and shape say. */
static Status read_offsets(Tensor *tensor, const json_t *about, uint64_t n_data, Err *err)
{
    const json_t *offsets = json_object_get(about, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0 || json_integer_value(end) < 0)
        return tensor_fail(tensor, err, "data_offsets are not two whole numbers [begin, end]");
    tensor->begin = (uint64_t)json_integer_value(begin);
    tensor->end = (uint64_t)json_integer_value(end);
    if (tensor->begin > tensor->end)
        return tensor_fail(tensor, err,
                           "data_offsets begin at %" PRIu64 " after their end %" PRIu64,
                           tensor->begin, tensor->end);
    if (tensor->end > n_data)
        return tensor_fail(tensor, err,
                           "data_offsets end at %" PRIu64 ", but the data area has %" PRIu64
                           " bytes; is the file truncated?",
                           tensor->end, n_data);
    uint64_t item_bytes = DTYPES[tensor->dtype].n_bytes, n_bytes = tensor->end - tensor->begin;
    if (tensor->n_items > UINT64_MAX / item_bytes || tensor->n_items * item_bytes != n_bytes)
        return tensor_fail(tensor, err,
                           "data_offsets span %" PRIu64 " bytes, which does not match the shape: "
                           "expected %" PRIu64 " items of %" PRIu64 " bytes",
                           n_bytes, tensor->n_items, item_bytes);
    return STATUS_OK;
}

static Status read_tensor(Tensor *tensor, const json_t *about, uint64_t n_data, Err *err)
{
    if (!json_is_object(about))
        return tensor_fail(tensor, err, "is not an object; expected dtype, shape, data_offsets");
    TRY(read_dtype(tensor, about, err));
    TRY(read_shape(tensor, about, err));
    TRY(read_offsets(tensor, about, n_data, err));
    if (json_object_size(about) != 3)
        return tensor_fail(tensor, err, "has unknown keys; expected dtype, shape, data_offsets");
    return STATUS_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const Tensor *)a)->name, ((const Tensor *)b)->name);
}

/* In order of data; empty tensors come before what begins at the same byte. */
static int by_place(const void *a, const void *b)
{
    const Tensor *left = *(const Tensor *const *)a, *right = *(const Tensor *const *)b;
    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    if (left->end != right->end)
        return left->end < right->end ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* The ranges in order of place must each start where the one before ended, up to the end. */
static Status check_tiling(Arena *arena, const TensorFile *file, uint64_t n_data, Err *err)
{
    const Tensor **order = ARENA_ARRAY(arena, const Tensor *, file->n_tensors);
    for (uint32_t i = 0; i < file->n_tensors; i++)
        order[i] = &file->tensor[i];
    if (file->n_tensors > 0)
        qsort(order, file->n_tensors, sizeof(const Tensor *), by_place);
    uint64_t at = 0;
    for (uint32_t i = 0; i < file->n_tensors; i++) {
        if (order[i]->begin != at)
            return tensor_fail(order[i], err,
                               "data begins at byte %" PRIu64 ", %s; expected %" PRIu64,
                               order[i]->begin,
                               order[i]->begin < at ? "inside another tensor" : "after a gap", at);
        at = order[i]->end;
    }
    if (at != n_data)
        return err_set(err, STATUS_INPUT,
                       "%s: the tensors end at byte %" PRIu64
                       " of the data area, which has %" PRIu64 "; expected no bytes after them",
                       file->path, at, n_data);
    return STATUS_OK;
}

/* Every tensor of the header, then all of them together. */
static Status read_header(Arena *arena, const json_t *header, FileBytes bytes, uint64_t n_header,
                          TensorFile *file, Err *err)
{
    uint64_t n_data = bytes.n_bytes - LENGTH_BYTES - n_header;
    file->tensor = ARENA_ARRAY(arena, Tensor, json_object_size(header));
    const char *name;
    const json_t *about;
    json_object_foreach((json_t *)header, name, about)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        Tensor *tensor = &file->tensor[file->n_tensors++];
        tensor->file = file->path;
        tensor->name = arena_text(arena, name, strlen(name));
        TRY(read_tensor(tensor, about, n_data, err));
        tensor->data = bytes.bytes + LENGTH_BYTES + n_header + tensor->begin;
    }
    if (file->n_tensors > 0)
        qsort(file->tensor, file->n_tensors, sizeof *file->tensor, by_name);
    return check_tiling(arena, file, n_data, err);
}

Status tensors_parse(Arena *arena, const char *path, FileBytes bytes, TensorFile **out, Err *err)
{
    *out = NULL;
    if (bytes.n_bytes < LENGTH_BYTES)
        return err_set(err, STATUS_INPUT,
                       "%s: has %zu bytes; expected at least the 8 of the header length", path,
                       bytes.n_bytes);
    uint64_t n_header = get_u64(bytes.bytes);
    if (n_header > HEADER_MAX_BYTES || n_header > bytes.n_bytes - LENGTH_BYTES)
        return err_set(err, STATUS_INPUT,
                       "%s: the header claims %" PRIu64
                       " bytes; expected at most %zu, the size of the file, "
                       "and 16 MiB",
                       path, n_header, bytes.n_bytes - LENGTH_BYTES);
    json_error_t why;
    json_t *header = json_loadb((const char *)bytes.bytes + LENGTH_BYTES, (size_t)n_header,
                                JSON_REJECT_DUPLICATES, &why);
    if (header == NULL)
        return err_set(err, STATUS_INPUT, "%s: header: %s (line %d, column %d); expected JSON",
                       path, why.text, why.line, why.column);
    TensorFile *file = ARENA_ARRAY(arena, TensorFile, 1);
    file->path = path;
    Status status = json_is_object(header) ? read_header(arena, header, bytes, n_header, file, err)
                                           : err_set(err, STATUS_INPUT,
                                                     "%s: header: is not an object; expected "
                                                     "{name: {dtype, shape, data_offsets}}",
                                                     path);
    json_decref(header);
    if (status == STATUS_OK)
        *out = file;
    return status;
}

Tensor *tensor_find(const TensorFile *file, const char *name)
{
    if (file->n_tensors == 0)
        return NULL;
    Tensor key = {.name = name};
    return bsearch(&key, file->tensor, file->n_tensors, sizeof key, by_name);
}

Status tensor_unused(const TensorFile *file, Err *err)
{
    for (uint32_t i = 0; i < file->n_tensors; i++) {
        if (!file->tensor[i].used)
            return tensor_fail(&file->tensor[i], err,
                               "is not known; expected only what network.yaml calls for");
    }
    return STATUS_OK;
}

/* IEEE binary16 to fp32, exactly. */
static float widen_f16(uint32_t half)
{
    enum { FRACTION_BITS = 10, EXPONENT_MASK = 0x1f, FRACTION_MASK = 0x3ff };
    uint32_t sign = (half >> 15) << 31, fraction = half & FRACTION_MASK;
    uint32_t exponent = half >> FRACTION_BITS & EXPONENT_MASK;
    if (exponent == EXPONENT_MASK)
        return f32_from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent > 0)
        return f32_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float small = (float)fraction * 0x1p-24f;
    return sign != 0 ? -small : small;
}

/* Item i of a float tensor; a double holds every type exactly. */
static double read_float(const Tensor *tensor, uint64_t i)
{
    switch (tensor->dtype) {
    case DTYPE_F64:
        return get_f64(tensor->data + 8 * i);
    case DTYPE_F16:
        return (double)widen_f16(get_u16(tensor->data + 2 * i));
    case DTYPE_BF16:
        return (double)f32_from_bits(get_u16(tensor->data + 2 * i) << 16);
    default:
        return (double)get_f32(tensor->data + 4 * i);
    }
}

Status tensor_floats(Arena *arena, const Tensor *tensor, const float **out, Err *err)
{
    *out = NULL;
    CHECK(dtype_is_float(tensor->dtype));
    float *values = ARENA_ARRAY(arena, float, tensor->n_items);
    for (uint64_t i = 0; i < tensor->n_items; i++) {
        double value = read_float(tensor, i);
        if (!isfinite(value) || fabs(value) > 0x1.fffffep127)
            return tensor_fail(tensor, err, "item %" PRIu64 " is %s; expected a finite fp32 number",
                               i,
                               isnan(value)   ? "NaN"
                               : isinf(value) ? "infinite"
                                              : "beyond fp32");
        values[i] = (float)value;
    }
    *out = values;
    return STATUS_OK;
}

Status tensor_doubles(Arena *arena, const Tensor *tensor, const double **out, Err *err)
{
    *out = NULL;
    CHECK(dtype_is_float(tensor->dtype));
    double *values = ARENA_ARRAY(arena, double, tensor->n_items);
    for (uint64_t i = 0; i < tensor->n_items; i++) {
        values[i] = read_float(tensor, i);
        if (!isfinite(values[i]))
            return tensor_fail(tensor, err, "item %" PRIu64 " is not finite", i);
    }
    *out = values;
    return STATUS_OK;
}

uint64_t tensor_whole(const Tensor *tensor, uint64_t i)
{
    switch (tensor->dtype) {
    case DTYPE_U64:
        return get_u64(tensor->data + 8 * i);
    case DTYPE_U16:
        return get_u16(tensor->data + 2 * i);
    default:
        return get_u32(tensor->data + 4 * i);
    }
}
