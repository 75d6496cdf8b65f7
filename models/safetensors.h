/* safetensors.h - tensors of a `.safetensors` file in memory, every claim of the header checked.
 * Private to models. */
#ifndef MODELS_SAFETENSORS_H
#define MODELS_SAFETENSORS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"

enum { TENSOR_MAX_RANK = 8 };

typedef enum Dtype {
    DTYPE_F64,
    DTYPE_F32,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_U64,
    DTYPE_U32,
    DTYPE_U16,
    N_DTYPES
} Dtype;

typedef struct Tensor {
    const char *file, *name; /* for messages */
    Dtype dtype;
    uint32_t rank;
    uint64_t shape[TENSOR_MAX_RANK];
    uint64_t n_items;
    uint64_t begin, end; /* bytes in the data area */
    const uint8_t *data; /* [n_items], little-endian */
    bool used;           /* some reader asked for it */
} Tensor;

typedef struct TensorFile {
    const char *path;
    uint32_t n_tensors;
    Tensor *tensor; /* [n_tensors] by name, ascending */
} TensorFile;

/* tensors_parse - the header of `file` and where its tensors lie; data stays in `file`. Errors:
 * INPUT. cost: O(header) time and memory */
Status tensors_parse(Arena *arena, const char *path, FileBytes file, TensorFile **out, Err *err);

/* tensor_find - by name, or NULL. */
Tensor *tensor_find(const TensorFile *file, const char *name);

/* tensor_fail - INPUT error `file: tensor 'name': ...`. */
Status tensor_fail(const Tensor *tensor, Err *err, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* tensor_unused - an INPUT error that names the first tensor nobody asked for, if there is one. */
Status tensor_unused(const TensorFile *file, Err *err);

/* tensor_floats - values rounded to fp32. NaN, infinity and what fp32 cannot hold are refused.
 * tensor_doubles - the same in full precision; call tensor_floats first. */
Status tensor_floats(Arena *arena, const Tensor *tensor, const float **out, Err *err);
Status tensor_doubles(Arena *arena, const Tensor *tensor, const double **out, Err *err);

bool dtype_is_float(Dtype dtype);

/* tensor_whole - item i of an unsigned tensor. */
uint64_t tensor_whole(const Tensor *tensor, uint64_t i);

#endif
