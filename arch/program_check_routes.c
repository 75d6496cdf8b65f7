/* program_check_routes.c - do keys name one sender each, and do routes lead where they must, and
 * only there?
 *
 * Which core needs which sender is read from the images (program_needs.c), so no list of the
 * compiler is believed. Events of the last layer go to the host too, and so do the markers of the
 * first and of the last.
 * Where a key really goes is found by walks through the tables (program_walk.c).
 * cost: that of program_needs.c and of the walks.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "program_private.h"

typedef struct Sender {
    uint32_t first_position, n_units, key, marker_key;
    uint32_t layer; /* of a slice; the host's inputs stand before layer 0 */
    bool is_host;
} Sender;

typedef struct RouteCheck {
    const Program *program;
    const SliceTable *table;
    const Topology *topology; /* or NULL: then there is one router */
    const char *name;
    Err *err;
    Arena *scratch;
    uint32_t n_senders; /* slices in the table's order, then the host          */
    ProgramNeeds *needs;
} RouteCheck;

static Sender sender_at(const RouteCheck *check, uint32_t i)
{
    const Program *program = check->program;
    if (i == check->table->n_slices)
        return (Sender){.n_units = program->n_inputs,
                        .key = program->input_key,
                        .marker_key = program->input_marker_key,
                        .is_host = true};
    const SliceProgram *slice = check->table->slice[i].slice;
    return (Sender){.first_position = slice->first_position,
                    .n_units = slice->n_units,
                    .key = slice->key,
                    .marker_key = slice->marker_key,
                    .layer = slice->layer};
}

typedef struct KeyBlock {
    uint32_t key, n_keys;
} KeyBlock;

static int by_key(const void *a, const void *b)
{
    uint32_t first = ((const KeyBlock *)a)->key, second = ((const KeyBlock *)b)->key;
    return (first > second) - (first < second);
}

static Status check_keys(const RouteCheck *check)
{
    size_t n_blocks = 2 * (size_t)check->n_senders;
    KeyBlock *block = ARENA_ARRAY(check->scratch, KeyBlock, n_blocks);
    for (uint32_t i = 0; i < check->n_senders; i++) {
        Sender sender = sender_at(check, i);
        KeyBlock *pair = &block[2 * (size_t)i];
        pair[0] = (KeyBlock){sender.key, sender.n_units};
        pair[1] = (KeyBlock){sender.marker_key, program_marker_keys(sender.n_units)};
        for (int k = 0; k < 2; k++)
            if (pair[k].n_keys - 1 > UINT32_MAX - pair[k].key)
                return err_set(check->err, STATUS_INPUT,
                               "%s: %u keys from %u on; expected them to end at %u", check->name,
                               pair[k].n_keys, pair[k].key, UINT32_MAX);
    }
    qsort(block, n_blocks, sizeof *block, by_key);
    for (size_t i = 1; i < n_blocks; i++)
        if (block[i].key - block[i - 1].key < block[i - 1].n_keys)
            return err_set(check->err, STATUS_INPUT,
                           "%s: key %u has two senders; expected one for each key", check->name,
                           block[i].key);
    return STATUS_OK;
}

/* The router that a sender hangs on. */
static uint32_t router_of(const RouteCheck *check, uint32_t i)
{
    if (check->topology == NULL)
        return 0;
    if (i == check->table->n_slices)
        return check->topology->host_router;
    uint32_t core = check->program->core[check->table->slice[i].slot].core;
    return topology_router_of_core(check->topology, core);
}

/* The marker first: events stay in its tree. */
static Status check_sender(RouteCheck *check, RouteWalk *walk, uint32_t i)
{
    Sender sender = sender_at(check, i);
    SenderNeeds needs = program_needs_of(check->needs, i);
    bool is_last = !sender.is_host && sender.layer + 1 == check->program->n_layers;
    bool is_first = !sender.is_host && sender.layer == 0;
    KeyTree tree = {.router = router_of(check, i),
                    .key = sender.marker_key,
                    .n_keys = program_marker_keys(sender.n_units),
                    .n_slots = needs.markers.n,
                    .slot = needs.markers.slot,
                    .to_host = is_last || is_first};
    TRY(route_walk_tree(walk, &tree));
    tree.key = sender.key;
    tree.n_keys = sender.n_units;
    tree.n_slots = needs.events.n;
    tree.slot = needs.events.slot;
    tree.to_host = is_last;
    tree.follows_marker = true;
    return route_walk_tree(walk, &tree);
}

Status program_check_routes(Arena *scratch, const Program *program, const SliceTable *table,
                            const Topology *topology, const char *name, Err *err)
{
    RouteCheck check = {.program = program,
                        .table = table,
                        .topology = topology,
                        .name = name,
                        .err = err,
                        .scratch = scratch};
    check.n_senders = table->n_slices + 1;
    TRY(check_keys(&check));
    RouteWalk *walk = route_walk_new(scratch, program, topology, name, err);
    TRY(route_walk_tables(walk));
    if (topology == NULL && program->n_tables > 1)
        return STATUS_OK;
    check.needs = program_needs(scratch, program, table);
    for (uint32_t i = 0; i < check.n_senders; i++)
        TRY(check_sender(&check, walk, i));
    return route_walk_unused(walk);
}
