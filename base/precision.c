/* precision.c - names of the number formats and rounding to bfloat16.
 *
 * A bfloat16 is the upper half of an IEEE single: sign, 8 exponent bits, 7 bits of the
 * significand. Rounding to nearest, ties to even, is one addition on the bits. Cost: O(1) each.
 */
#include "base/precision.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"

static const char *const NAMES[N_PRECISIONS] = {"fp32", "bf16", "int8"};
static const uint32_t WEIGHT_BYTES[N_PRECISIONS] = {4, 2, 1};

static const uint32_t LARGEST_BF16 = UINT32_C(0x7f7f0000), INFINITE = UINT32_C(0x7f800000),
                      SIGN = UINT32_C(0x80000000), QUIET = UINT32_C(0x00400000);

const char *const *precision_names(void)
{
    return NAMES;
}

const char *precision_name(Precision precision)
{
    CHECK((unsigned)precision < N_PRECISIONS);
    return NAMES[precision];
}

bool precision_find(const char *name, Precision *out)
{
    for (unsigned i = 0; i < N_PRECISIONS; i++) {
        if (strcmp(NAMES[i], name) != 0)
            continue;
        *out = (Precision)i;
        return true;
    }
    return false;
}

uint32_t precision_weight_bytes(Precision precision)
{
    CHECK((unsigned)precision < N_PRECISIONS);
    return WEIGHT_BYTES[precision];
}

float bf16_value(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

uint16_t bf16_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t sign = bits & SIGN, size = bits & ~SIGN;
    if (size > INFINITE) /* NaN: keep it one, whatever bits are cut off */
        return (uint16_t)((bits | QUIET) >> 16);
    if (size == INFINITE)
        return (uint16_t)(bits >> 16);
    /* half of the last place kept, less one unless that place is odd: ties go to even */
    const uint32_t rounded = size + UINT32_C(0x7fff) + (size >> 16 & 1);
    return (
        uint16_t)((sign | (rounded > LARGEST_BF16 + UINT32_C(0xffff) ? LARGEST_BF16 : rounded)) >>
                  16);
}

float bf16_round(float value)
{
    return bf16_value(bf16_bits(value));
}
