/* numbers_read.h - which numbers of the chip a run can read at all.
 *
 * The rest may have any value: times and counts stay the same to the integer. So a run need not be
 * timed again to learn how it answers to them (response.h).
 */
#ifndef SIM_NUMBERS_READ_H
#define SIM_NUMBERS_READ_H

#include "sim/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* sim_numbers_read - for each of chip_numbers, in its order: does a run of the program with these
 * options, of either mode and arrival, read it for times and counts? What only decides whether the
 * program fits is not read. cost: O(slices + numbers) */
const bool *sim_numbers_read(Arena *arena, const Program *program, const Chip *chip,
                             const SimOptions *options);

#ifdef __cplusplus
}
#endif
#endif
