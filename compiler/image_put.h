/* image_put.h - little-endian writers of an image, the counterpart of the readers of program.h. */
#ifndef COMPILER_IMAGE_PUT_H
#define COMPILER_IMAGE_PUT_H

#include <stdint.h>
#include <string.h>

/* Item i of an array of items of n_bytes each: the low bytes of value. */
static inline void put_index(uint8_t *image, uint64_t offset, uint32_t n_bytes, uint64_t i,
                             uint32_t value)
{
    for (uint32_t b = 0; b < n_bytes; b++)
        image[offset + i * n_bytes + b] = (uint8_t)(value >> (8 * b));
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
