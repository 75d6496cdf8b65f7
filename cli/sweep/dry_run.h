/* dry_run.h - what a sweep would take, before anything is stored. */
#ifndef CLI_DRY_RUN_H
#define CLI_DRY_RUN_H

#include <stdio.h>

#include "sweep.h"

/* dry_run - points, what they share, and an estimate of time and memory from a few of them, which
 * are run; nothing is kept. Errors: none of the points' own. */
Status dry_run(Arena *arena, const Plan *plan, uint32_t n_workers, FILE *stream, Err *err);

#endif
