/* chip_draw.c - see arch/chip_draw.h. Cost: O(1) a number, O(numbers) a chip. */
#include "arch/chip_draw.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"
#include "chip_table.h"

/* Besides them, the clocks of the operating points. Sizes of memories and tables decide what
 * fits, not when things happen. */
static const char *const TIME_SECTIONS[] = {"core.",  "software.", "noc.", "router.",
                                            "links.", "dram.",     "host."};
static const char CLOCK_OF_POINT[] = ".hz";

double cost_quantile(const Cost *cost, double probability)
{
    if (probability < 0.5)
        return cost->low + 2 * probability * (cost->value - cost->low);
    return cost->value + (2 * probability - 1) * (cost->high - cost->value);
}

double chip_number_quantile(const NamedCost *number, double probability)
{
    const double value = cost_quantile(number->cost, probability);
    return number->step > 0 ? floor(value / number->step + 0.5) * number->step : value;
}

double chip_number_draw(const NamedCost *number, uint64_t seed, uint64_t draw)
{
    Rng rng = rng_make(seed, hash_u64(hash_text(HASH_START, number->key), draw));
    return chip_number_quantile(number, rng_uniform(&rng));
}

bool chip_number_shapes_time(const NamedCost *number)
{
    const size_t n_key = strlen(number->key), n_clock = sizeof CLOCK_OF_POINT - 1;
    for (size_t i = 0; i < sizeof TIME_SECTIONS / sizeof TIME_SECTIONS[0]; i++)
        if (strncmp(number->key, TIME_SECTIONS[i], strlen(TIME_SECTIONS[i])) == 0)
            return true;
    return n_key > n_clock && strcmp(number->key + n_key - n_clock, CLOCK_OF_POINT) == 0;
}

const Chip *chip_with_numbers(Arena *arena, const Chip *chip, const double *value)
{
    Chip *copy = ARENA_ARRAY(arena, Chip, 1);
    OperatingPoint *point = ARENA_ARRAY(arena, OperatingPoint, chip->n_points);
    *copy = *chip;
    memcpy(point, chip->point, chip->n_points * sizeof *point);
    copy->point = point;
    for (uint32_t i = 0; i < N_CHIP_NUMBERS; i++)
        row_cost(copy, &CHIP_NUMBER[i])->value = *value++;
    for (uint32_t p = 0; p < chip->n_points; p++)
        for (uint32_t i = 0; i < N_POINT_NUMBERS; i++)
            row_cost(&point[p], &POINT_NUMBER[i])->value = *value++;
    return copy;
}
