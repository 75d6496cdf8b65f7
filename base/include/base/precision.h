/* precision.h - number formats of weights: fp32, bf16 and int8. */
#ifndef BASE_PRECISION_H
#define BASE_PRECISION_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum Precision {
    PRECISION_FP32, /* weights and everything else in single precision                */
    PRECISION_BF16, /* weights in bfloat16, widened exactly; all arithmetic is fp32   */
    PRECISION_INT8, /* integers end to end: base/fixed_math.h                         */
    N_PRECISIONS
} Precision;

/* precision_names - "fp32", "bf16", "int8", in the order of Precision. */
const char *const *precision_names(void);
const char *precision_name(Precision precision);

/* precision_find - false if there is no such name; *out is then untouched. */
bool precision_find(const char *name, Precision *out);

/* precision_weight_bytes - bytes of one stored weight: 4, 2 or 1. */
uint32_t precision_weight_bytes(Precision precision);

/* bf16_round - the nearest bfloat16, ties to even, as a float whose low 16 bits are zero. What
 * would become infinite saturates at the largest bfloat16; NaN stays NaN. */
float bf16_round(float value);

/* bf16_bits, bf16_value - the upper half of such a float, and back. */
uint16_t bf16_bits(float value);
float bf16_value(uint16_t bits);

#ifdef __cplusplus
}
#endif
#endif
