/* program_private.h - what the files about Programs share: private to the floor. */
#ifndef ARCH_PROGRAM_PRIVATE_H
#define ARCH_PROGRAM_PRIVATE_H

#include <stdbool.h>

#include "arch/program.h"

/* One slice and the core it is on. */
typedef struct PlacedSlice {
    const SliceProgram *slice;
    uint32_t slot; /* position in Program.core */
} PlacedSlice;

/* All slices of a Program ascending by (layer, first unit). */
typedef struct SliceTable {
    uint32_t n_slices;
    PlacedSlice *slice;    /* [n_slices]                                        */
    uint32_t *first_slice; /* [n_layers + 1] where the slices of each layer begin */
} SliceTable;

/* All checks that need no chip; `name` stands in messages. */
Status program_check_content(const Program *program, const char *name, Err *err);

/* Keys and routes, once cores and slices are known to be right. */
Status program_check_routes(Arena *scratch, const Program *program, const SliceTable *table,
                            const char *name, Err *err);

/* Largest key that anything sends. */
uint32_t program_last_key(const Program *program);

#endif
