/* program_needs.c - which cores need the packets of each sender, read from the images.
 *
 * Senders are the slices in the table's order, then the host. A core is fed by a sender if it
 * stores a weight from any of the sender's units. Two rules see to it that everybody is fed from
 * the stage before (program.h): the host feeds all cores with slices of layer 0; a core with slices
 * of layer l that no slice of layer l-1 feeds gets one of those as its pacemaker: number
 * i mod n of n, where i is the number of its first slice in layer l.
 *   events   of a sender go to the cores that store a weight from it;
 *   markers  to all that it feeds or paces, and back to those that feed or pace its own core and
 *            hold slices of the sender's layer or the one before it.
 * Nothing of what the compiler noted is used. Lists are of slots, that is positions in
 * Program.core, ascending.
 * cost: O(stored weights + sources of all matrices + pairs of sender and core * log of a list).
 */
#include <stdlib.h>
#include <string.h>

#include "arch/matrix_image.h"
#include "base/check.h"
#include "program_private.h"

enum { FIRST_ROOM = 64 };

/* Lists of numbers, one after the other. */
typedef struct Lists {
    uint32_t n_lists;
    uint64_t *start; /* [n_lists + 1] */
    uint32_t *item;
    uint64_t room;
} Lists;

typedef struct Needs {
    const Program *program;
    const SliceTable *table;
    uint32_t **sender_at;    /* [n_layers][n_units] slice in the table, by position    */
    uint32_t *slice_of_slot; /* table positions of each slot's slices, one after another */
    uint64_t *first_of_slot; /* [n_cores + 1]                                          */
    uint32_t *seen;          /* [senders or slots] stamp: is in the list being made    */
    uint32_t *used;          /* [most sources] does the matrix use the source?         */
} Needs;

static uint32_t *list_of(const Lists *lists, uint32_t i)
{
    return lists->item + lists->start[i];
}

static uint32_t list_length(const Lists *lists, uint32_t i)
{
    return (uint32_t)(lists->start[i + 1] - lists->start[i]);
}

static Lists lists_new(Arena *scratch, uint32_t n_lists)
{
    return (Lists){.start = ARENA_ARRAY(scratch, uint64_t, (size_t)n_lists + 1),
                   .item = ARENA_ARRAY(scratch, uint32_t, FIRST_ROOM),
                   .room = FIRST_ROOM};
}

/* Append to the list being made, which is the last one. */
static void lists_add(Arena *scratch, Lists *lists, uint32_t item)
{
    uint64_t *end = &lists->start[lists->n_lists + 1];
    if (*end == lists->room) {
        lists->room *= 2;
        uint32_t *larger = ARENA_ARRAY(scratch, uint32_t, lists->room);
        memcpy(larger, lists->item, *end * sizeof *larger);
        lists->item = larger;
    }
    lists->item[(*end)++] = item;
}

static void lists_begin(Lists *lists)
{
    lists->start[lists->n_lists + 1] = lists->start[lists->n_lists];
}

/* For each item, the lists that hold it, ascending. */
static Lists lists_turned(Arena *scratch, const Lists *from, uint32_t n_items)
{
    Lists to = lists_new(scratch, n_items);
    uint64_t n = from->start[from->n_lists];
    to.n_lists = n_items;
    if (n > to.room)
        to.item = ARENA_ARRAY(scratch, uint32_t, n);
    uint64_t *at = ARENA_ARRAY(scratch, uint64_t, n_items);
    for (uint64_t i = 0; i < n; i++)
        to.start[from->item[i] + 1]++;
    for (uint32_t i = 0; i < n_items; i++)
        to.start[i + 1] += at[i] = to.start[i];
    for (uint32_t l = 0; l < from->n_lists; l++)
        for (uint64_t i = from->start[l]; i < from->start[l + 1]; i++)
            to.item[at[from->item[i]]++] = l;
    return to;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void number_slices(Arena *scratch, Needs *needs)
{
    const Program *program = needs->program;
    const SliceTable *table = needs->table;
    needs->sender_at = ARENA_ARRAY(scratch, uint32_t *, program->n_layers);
    for (uint32_t l = 0; l < program->n_layers; l++) {
        needs->sender_at[l] = ARENA_ARRAY(scratch, uint32_t, program->layer[l].n_units);
        for (uint32_t i = table->first_slice[l]; i < table->first_slice[l + 1]; i++)
            for (uint32_t u = 0; u < table->slice[i].slice->n_units; u++)
                needs->sender_at[l][table->slice[i].slice->first_position + u] = i;
    }
    needs->slice_of_slot = ARENA_ARRAY(scratch, uint32_t, table->n_slices);
    needs->first_of_slot = ARENA_ARRAY(scratch, uint64_t, (size_t)program->n_cores + 1);
    uint64_t *at = ARENA_ARRAY(scratch, uint64_t, program->n_cores);
    for (uint32_t c = 0; c < program->n_cores; c++)
        needs->first_of_slot[c + 1] = (at[c] = needs->first_of_slot[c]) + program->core[c].n_slices;
    for (uint32_t i = 0; i < table->n_slices; i++)
        needs->slice_of_slot[at[table->slice[i].slot]++] = i;
}

static void find_used(const CoreProgram *core, const MatrixImage *matrix, uint32_t *used)
{
    memset(used, 0, (size_t)matrix->n_sources * sizeof *used);
    bool by_source = format_by_source(matrix->format);
    for (uint32_t row = 0; row < matrix_rows(matrix); row++) {
        MatrixRow at = matrix_row(core->image, matrix, row);
        while (matrix_row_next(&at))
            used[by_source ? row : at.column] = 1;
    }
}

/* Senders of the sources that the matrix uses, to the slot's list; sender_at NULL: the host. */
static void hear(Arena *scratch, Needs *needs, Lists *heard, const MatrixImage *matrix,
                 const uint32_t *sender_at)
{
    uint32_t slot = heard->n_lists;
    find_used(&needs->program->core[slot], matrix, needs->used);
    for (uint32_t s = 0; s < matrix->n_sources; s++) {
        uint32_t sender = sender_at == NULL ? needs->table->n_slices : sender_at[s];
        if (!needs->used[s] || needs->seen[sender] == slot + 1)
            continue;
        needs->seen[sender] = slot + 1;
        lists_add(scratch, heard, sender);
    }
}

/* By slot, the senders whose events it needs. */
static Lists find_heard(Arena *scratch, Needs *needs)
{
    const Program *program = needs->program;
    uint32_t most = program->n_inputs;
    for (uint32_t l = 0; l < program->n_layers; l++)
        most = program->layer[l].n_units > most ? program->layer[l].n_units : most;
    needs->used = ARENA_ARRAY(scratch, uint32_t, most);
    needs->seen = ARENA_ARRAY(scratch, uint32_t, (size_t)needs->table->n_slices + 1);
    Lists heard = lists_new(scratch, program->n_cores);
    for (uint32_t c = 0; c < program->n_cores; c++, heard.n_lists++) {
        lists_begin(&heard);
        for (uint32_t i = 0; i < program->core[c].n_slices; i++) {
            const SliceProgram *slice = &program->core[c].slice[i];
            uint32_t l = slice->layer;
            hear(scratch, needs, &heard, &slice->recurrent, needs->sender_at[l]);
            hear(scratch, needs, &heard, &slice->input, l == 0 ? NULL : needs->sender_at[l - 1]);
        }
    }
    return heard;
}

/* The layer before `layer`, or the host, feeds the slot by its events. */
static bool is_fed(const Needs *needs, const Lists *heard, uint32_t slot, uint32_t layer)
{
    const uint32_t *sender = list_of(heard, slot);
    uint32_t first = needs->table->n_slices, end = first + 1;
    if (layer > 0) {
        first = needs->table->first_slice[layer - 1];
        end = needs->table->first_slice[layer];
    }
    for (uint32_t i = 0; i < list_length(heard, slot); i++)
        if (sender[i] >= first && sender[i] < end)
            return true;
    return false;
}

/* By slot, the senders that feed or pace it. */
static Lists find_feeders(Arena *scratch, const Needs *needs, const Lists *heard)
{
    const SliceTable *table = needs->table;
    Lists feeders = lists_new(scratch, needs->program->n_cores);
    for (uint32_t slot = 0; slot < needs->program->n_cores; slot++, feeders.n_lists++) {
        lists_begin(&feeders);
        for (uint32_t i = 0; i < list_length(heard, slot); i++)
            lists_add(scratch, &feeders, list_of(heard, slot)[i]);
        uint32_t layer_before = PROGRAM_NONE;
        for (uint64_t i = needs->first_of_slot[slot]; i < needs->first_of_slot[slot + 1]; i++) {
            uint32_t slice = needs->slice_of_slot[i], l = table->slice[slice].slice->layer;
            if (l != layer_before && !is_fed(needs, heard, slot, l)) {
                uint32_t n = l == 0 ? 0 : table->first_slice[l] - table->first_slice[l - 1];
                lists_add(scratch, &feeders,
                          l == 0 ? table->n_slices
                                 : table->first_slice[l - 1] + (slice - table->first_slice[l]) % n);
            }
            layer_before = l;
        }
    }
    return feeders;
}

/* Add a slot to the list of sender number stamp - 1, once. */
static void add_slot(Arena *scratch, Needs *needs, Lists *markers, uint32_t slot, uint32_t stamp)
{
    if (needs->seen[slot] == stamp)
        return;
    needs->seen[slot] = stamp;
    lists_add(scratch, markers, slot);
}

/* Those that feed or pace the sender's core, and stand in its layer or in the one before. */
static void add_back(Arena *scratch, Needs *needs, Lists *markers, const Lists *feeders,
                     uint32_t sender)
{
    const PlacedSlice *placed = &needs->table->slice[sender];
    const uint32_t *from = list_of(feeders, placed->slot);
    for (uint32_t i = 0; i < list_length(feeders, placed->slot); i++) {
        if (from[i] == needs->table->n_slices)
            continue;
        const PlacedSlice *feeder = &needs->table->slice[from[i]];
        uint32_t l = feeder->slice->layer;
        if (l == placed->slice->layer || l + 1 == placed->slice->layer)
            add_slot(scratch, needs, markers, feeder->slot, sender + 1);
    }
}

SenderNeeds *program_needs(Arena *scratch, const Program *program, const SliceTable *table)
{
    Needs needs = {.program = program, .table = table};
    uint32_t n_senders = table->n_slices + 1;
    number_slices(scratch, &needs);
    Lists heard = find_heard(scratch, &needs);
    Lists feeders = find_feeders(scratch, &needs, &heard);
    Lists events = lists_turned(scratch, &heard, n_senders);
    Lists fed = lists_turned(scratch, &feeders, n_senders);
    Lists markers = lists_new(scratch, n_senders);
    needs.seen = ARENA_ARRAY(scratch, uint32_t, program->n_cores);
    for (uint32_t s = 0; s < n_senders; s++, markers.n_lists++) {
        lists_begin(&markers);
        for (uint32_t i = 0; i < list_length(&fed, s); i++)
            add_slot(scratch, &needs, &markers, list_of(&fed, s)[i], s + 1);
        if (s < table->n_slices)
            add_back(scratch, &needs, &markers, &feeders, s);
        uint64_t n = markers.start[s + 1] - markers.start[s];
        if (n > 0)
            qsort(markers.item + markers.start[s], n, sizeof *markers.item, ascending);
    }
    SenderNeeds *found = ARENA_ARRAY(scratch, SenderNeeds, n_senders);
    for (uint32_t s = 0; s < n_senders; s++)
        found[s] = (SenderNeeds){{list_length(&events, s), list_of(&events, s)},
                                 {list_length(&markers, s), list_of(&markers, s)}};
    return found;
}
