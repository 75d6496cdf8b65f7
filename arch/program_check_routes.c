/* program_check_routes.c - do keys name one sender each, and do routes lead where they must, and
 * only there?
 *
 * Needed by program.h and checked here:
 *   event keys of a slice    to every core with a slice of the same layer (recurrent) or the next
 *   one
 *                            (input) that has a weight from any unit of the slice; of the last
 *                            layer to the host too
 *   marker of a slice        to all cores of its own layer and those before and after; of the first
 *                            and the last layer to the host too
 *   keys of the host         events to cores of layer 0 with a weight from any input, marker to all
 * Which core needs which sender is read from the images, so no list of the compiler is believed.
 * Where a key really goes is found by walks through the tables (program_walk.c).
 * cost: O(weights + senders * cores) time; one bit for each sender and core.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "program_private.h"

enum { WORD_BITS = 64 };

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
    uint32_t n_words;   /* of a set of cores                                   */
    uint64_t *needed;   /* [n_senders * n_words] set of slots for event keys   */
    uint64_t *in_layer; /* [n_layers * n_words] slots with slices of the layer */
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

static void set_bit(uint64_t *set, uint32_t bit)
{
    set[bit / WORD_BITS] |= UINT64_C(1) << (bit % WORD_BITS);
}

static bool has_bit(const uint64_t *set, uint32_t bit)
{
    return (set[bit / WORD_BITS] >> (bit % WORD_BITS) & 1) != 0;
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
        if (sender.n_units - 1 > UINT32_MAX - sender.key)
            return err_set(check->err, STATUS_INPUT,
                           "%s: %u keys from %u on; expected them to end at %u", check->name,
                           sender.n_units, sender.key, UINT32_MAX);
        block[2 * (size_t)i] = (KeyBlock){sender.key, sender.n_units};
        block[2 * (size_t)i + 1] = (KeyBlock){sender.marker_key, 1};
    }
    qsort(block, n_blocks, sizeof *block, by_key);
    for (size_t i = 1; i < n_blocks; i++)
        if (block[i].key - block[i - 1].key < block[i - 1].n_keys)
            return err_set(check->err, STATUS_INPUT,
                           "%s: key %u has two senders; expected one for each key", check->name,
                           block[i].key);
    return STATUS_OK;
}

/* used[s + 1] - used[r] > 0: the slice has a weight from any of its sources r .. s. */
static void count_used_sources(const CoreProgram *core, const MatrixImage *matrix, uint32_t *used)
{
    memset(used, 0, ((size_t)matrix->n_sources + 1) * sizeof *used);
    if (matrix->format == FORMAT_SOURCE) {
        for (uint64_t s = 0; s < matrix->n_sources; s++)
            used[s + 1] =
                image_pointer(core->image, matrix, s + 1) > image_pointer(core->image, matrix, s);
    } else {
        for (uint64_t i = 0; i < matrix->n_weights; i++)
            used[image_column(core->image, matrix, i) + 1] = 1;
    }
    for (uint32_t s = 0; s < matrix->n_sources; s++)
        used[s + 1] += used[s];
}

/* The slot needs events of those senders first .. end-1 whose units are in use. */
static void need_used(RouteCheck *check, uint32_t slot, const uint32_t *used, uint32_t first,
                      uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        Sender sender = sender_at(check, i);
        if (used[sender.first_position + sender.n_units] > used[sender.first_position])
            set_bit(check->needed + (size_t)i * check->n_words, slot);
    }
}

static void collect_needs(RouteCheck *check)
{
    const Program *program = check->program;
    const SliceTable *table = check->table;
    uint32_t most_sources = program->n_inputs;
    for (uint32_t l = 0; l < program->n_layers; l++)
        if (program->layer[l].n_units > most_sources)
            most_sources = program->layer[l].n_units;
    uint32_t *used = ARENA_ARRAY(check->scratch, uint32_t, (size_t)most_sources + 1);
    for (uint32_t i = 0; i < table->n_slices; i++) {
        const SliceProgram *slice = table->slice[i].slice;
        uint32_t slot = table->slice[i].slot, l = slice->layer;
        const CoreProgram *core = &program->core[slot];
        set_bit(check->in_layer + (size_t)l * check->n_words, slot);
        count_used_sources(core, &slice->recurrent, used);
        need_used(check, slot, used, table->first_slice[l], table->first_slice[l + 1]);
        count_used_sources(core, &slice->input, used);
        if (l == 0)
            need_used(check, slot, used, table->n_slices, table->n_slices + 1);
        else
            need_used(check, slot, used, table->first_slice[l - 1], table->first_slice[l]);
    }
}

/* The slots of a set, ascending, into `list`; returns how many. */
static uint32_t list_slots(const RouteCheck *check, const uint64_t *set, uint32_t *list)
{
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < check->program->n_cores; slot++)
        if (has_bit(set, slot))
            list[n++] = slot;
    return n;
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
static Status check_sender(RouteCheck *check, RouteWalk *walk, uint32_t i, uint64_t *markers,
                           uint32_t *list)
{
    Sender sender = sender_at(check, i);
    uint32_t last_layer = check->program->n_layers - 1;
    bool is_last = !sender.is_host && sender.layer == last_layer;
    uint32_t from = sender.layer > 0 ? sender.layer - 1 : 0;
    uint32_t to = sender.is_host ? 0 : sender.layer < last_layer ? sender.layer + 1 : last_layer;
    memset(markers, 0, check->n_words * sizeof *markers);
    for (uint32_t l = from; l <= to; l++)
        for (uint32_t w = 0; w < check->n_words; w++)
            markers[w] |= check->in_layer[(size_t)l * check->n_words + w];
    KeyTree tree = {.router = router_of(check, i),
                    .key = sender.marker_key,
                    .n_keys = 1,
                    .n_slots = list_slots(check, markers, list),
                    .slot = list,
                    .to_host = is_last || (!sender.is_host && sender.layer == 0)};
    TRY(route_walk_tree(walk, &tree));
    tree.key = sender.key;
    tree.n_keys = sender.n_units;
    tree.n_slots = list_slots(check, check->needed + (size_t)i * check->n_words, list);
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
    check.n_words = (program->n_cores + WORD_BITS - 1) / WORD_BITS;
    TRY(check_keys(&check));
    RouteWalk *walk = route_walk_new(scratch, program, topology, name, err);
    TRY(route_walk_tables(walk));
    if (topology == NULL && program->n_tables > 1)
        return STATUS_OK;
    check.needed = ARENA_ARRAY(scratch, uint64_t, (size_t)check.n_senders * check.n_words);
    check.in_layer = ARENA_ARRAY(scratch, uint64_t, (size_t)program->n_layers * check.n_words);
    collect_needs(&check);
    uint64_t *markers = ARENA_ARRAY(scratch, uint64_t, check.n_words);
    uint32_t *list = ARENA_ARRAY(scratch, uint32_t, program->n_cores);
    for (uint32_t i = 0; i < check.n_senders; i++)
        TRY(check_sender(&check, walk, i, markers, list));
    return route_walk_unused(walk);
}
