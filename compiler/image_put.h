/* image_put.h - little-endian writers of an image, the counterpart of the readers of program.h. */
#ifndef COMPILER_IMAGE_PUT_H
#define COMPILER_IMAGE_PUT_H

#include <stdint.h>
#include <string.h>

/* Item i of an array of items of 1, 2 or 4 bytes: the low bytes of value. */
static inline void put_index(uint8_t *image, uint64_t offset, uint32_t n_bytes, uint64_t i,
                             uint32_t value)
{
    uint8_t *at = image + offset + i * n_bytes;
    at[0] = (uint8_t)value;
    if (n_bytes == 1)
        return;
    at[1] = (uint8_t)(value >> 8);
    if (n_bytes == 2)
        return;
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
}

static inline void put_u32(uint8_t *image, uint64_t offset, uint32_t value)
{
    put_index(image, offset, 4, 0, value);
}

static inline void put_f32(uint8_t *image, uint64_t offset, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(image, offset, bits);
}

#endif
