/* image.h - little-endian readers of a core's image that the compiler turns into single loads. */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include <stdint.h>
#include <string.h>

static inline uint32_t load_u16(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static inline uint32_t load_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline int32_t load_i32(const uint8_t *at)
{
    const uint32_t bits = load_u32(at);
    int32_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float bits_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float load_f32(const uint8_t *at)
{
    return bits_float(load_u32(at));
}

#endif
