/* chip_draw.h - numbers of a chip drawn from their ranges.
 *
 * What is known of a number is a nominal value and a range around it. As a distribution: half of
 * the probability lies evenly on [low, value], half on [value, high], so the nominal value is the
 * median. A number without a range is certain. Numbers are independent of one another.
 */
#ifndef ARCH_CHIP_DRAW_H
#define ARCH_CHIP_DRAW_H

#include "arch/chip.h"

#ifdef __cplusplus
extern "C" {
#endif

/* cost_quantile - the value that a number does not exceed with this probability, 0 .. 1. */
double cost_quantile(const Cost *cost, double probability);

/* chip_number_quantile - the same of a number of the chip, rounded to its step, halves up. */
double chip_number_quantile(const NamedCost *number, double probability);

/* chip_number_draw - the number in draw `draw` of a seed; depends on nothing else but its key. */
double chip_number_draw(const NamedCost *number, uint64_t seed, uint64_t draw);

/* chip_number_shapes_time - can it change when things happen? The others are prices and sizes. */
bool chip_number_shapes_time(const NamedCost *number);

/* chip_with_numbers - a copy with these nominal values, in the order of chip_numbers. It keeps
 * name and hash, so it runs the same Programs. cost: O(numbers) */
const Chip *chip_with_numbers(Arena *arena, const Chip *chip, const double *value);

#ifdef __cplusplus
}
#endif
#endif
