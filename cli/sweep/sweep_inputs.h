/* sweep_inputs.h - files that the points of a sweep read: networks, inputs, chips. */
#ifndef CLI_SWEEP_INPUTS_H
#define CLI_SWEEP_INPUTS_H

#include "sweep.h"

/* sweep_inputs_hold - `inputs.csv` of the sweep's folder has a hash of each file that a point
 * names; made when a sweep begins, compared when it goes on. Errors: IO, INPUT (a file has
 * changed). */
Status sweep_inputs_hold(Arena *arena, const Plan *plan, const char *folder, Err *err);

#endif
