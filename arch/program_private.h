/* program_private.h - what the files about Programs share: private to the floor. */
#ifndef ARCH_PROGRAM_PRIVATE_H
#define ARCH_PROGRAM_PRIVATE_H

#include <stdbool.h>

#include "arch/program.h"
#include "arch/topology.h"

/* One slice and the core it is on. */
typedef struct PlacedSlice {
    const SliceProgram *slice;
    uint32_t slot; /* position in Program.core */
} PlacedSlice;

/* All slices of a Program ascending by (layer, first position). */
typedef struct SliceTable {
    uint32_t n_slices;
    PlacedSlice *slice;    /* [n_slices]                                        */
    uint32_t *first_slice; /* [n_layers + 1] where the slices of each layer begin */
} SliceTable;

/* Slots, that is positions in Program.core, ascending. */
typedef struct SlotList {
    uint32_t n;
    const uint32_t *slot; /* [n] */
} SlotList;

typedef struct SenderNeeds {
    SlotList events, markers; /* cores that must get the packets of a sender, and no others */
} SenderNeeds;

/* program_needs - of all senders: the slices in the table's order, then the host.
 * program_needs_of - of one of them; its list of markers is good until the next call. */
typedef struct ProgramNeeds ProgramNeeds;
ProgramNeeds *program_needs(Arena *scratch, const Program *program, const SliceTable *table);
SenderNeeds program_needs_of(ProgramNeeds *needs, uint32_t sender);

/* All checks that need no chip; `name` stands in messages. topology may be NULL: then tables of
 * several routers are looked at one by one, but no packet is followed from one to the next. */
Status program_check_content(const Program *program, const Topology *topology, const char *name,
                             Err *err);

/* One matrix of a slice, for program_check_matrix. */
typedef struct MatrixPlace {
    const CoreProgram *core;
    const MatrixImage *matrix;
    Precision precision;
    const uint32_t *source_unit; /* unit at each position of its sources; NULL: in their order */
    Arena *scratch;
} MatrixPlace;

/* program_check_matrix - everything about one matrix whose shape is right. false: `why`, of
 * MATRIX_WHY_BYTES, says what is wrong and what was expected. cost: O(bytes of the matrix) */
enum { MATRIX_WHY_BYTES = 200 };
bool program_check_matrix(const MatrixPlace *place, char *why);

/* program_check_none - a slice without a recurrent matrix has nothing of what belongs to one. */
bool program_check_none(const SliceProgram *slice);

/* Keys and routes, once cores and slices are known to be right. */
Status program_check_routes(Arena *scratch, const Program *program, const SliceTable *table,
                            const Topology *topology, const char *name, Err *err);

/* --- walks through the tables (program_walk.c) -------------------------------------------------
 */

typedef struct RouteWalk RouteWalk;

/* Where the packets of a block of keys must go. */
typedef struct KeyTree {
    uint32_t router; /* they start at                                          */
    uint32_t key, n_keys;
    uint32_t n_slots;
    const uint32_t *slot; /* [n_slots] cores that need each of them, ascending      */
    bool to_host;
    bool follows_marker; /* in the tree of the last KeyTree walked without it      */
} KeyTree;

/* route_walk_new - topology may be NULL if there is one table. */
RouteWalk *route_walk_new(Arena *scratch, const Program *program, const Topology *topology,
                          const char *name, Err *err);

/* route_walk_tables - each entry by itself: well formed, to cores, links and a host that are there.
 * route_walk_tree - each key of the tree reaches exactly its cores, once each, over allowed turns.
 * route_walk_unused - an entry that no walk so far came by. Errors: INPUT. */
Status route_walk_tables(const RouteWalk *walk);
Status route_walk_tree(RouteWalk *walk, const KeyTree *tree);
Status route_walk_unused(const RouteWalk *walk);

/* table_reach - bits of keys that the ascending entries of a table look at, and those below; of a
 * table with n_ascending > 0. */
uint32_t table_reach(const RouterTable *table);

/* program_check_decoder - slice i of a core: of the decoder if and only if it should be, and then
 * alone and without matrices. */
Status program_check_decoder(const Program *program, const CoreProgram *core, uint32_t i,
                             const char *name, Err *err);

/* What lies in DRAM by itself, and against the chip. */
Status program_check_dram(const Program *program, const char *name, Err *err);
Status program_check_chip_dram(const Program *program, const Chip *chip, const char *name,
                               Err *err);

/* Largest key that anything sends. */
uint32_t program_last_key(const Program *program);

#endif
