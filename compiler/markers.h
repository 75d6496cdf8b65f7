/* markers.h - the cores that end-of-step markers must reach. */
#ifndef COMPILER_MARKERS_H
#define COMPILER_MARKERS_H

#include "mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CoreList {
    uint32_t n;
    const uint32_t *core; /* [n] ids ascending */
} CoreList;

/* markers_find - by the rule of program.h, for a Mapping that has places.
 *
 * events   [n_slices + 1] cores that the events of each slice, and last of the host, reach
 * returns  [n_slices + 1] cores that their markers must reach; a superset of the events'. Lists are
 *          in `arena`; a slice shares the list of the one before it where they are equal.
 * cost     O(pairs of source and core * log of a list) */
const CoreList *markers_find(Arena *arena, Arena *scratch, const Mapping *mapping,
                             const CoreList *events);

#ifdef __cplusplus
}
#endif
#endif
