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
 * Slices of the decoder are fed by all slices of the layer before, and send no marker back.
 * Nothing of what the compiler noted is used. Lists are of slots, that is positions in
 * Program.core, ascending. There are about as many pairs of sender and core as weights where events
 * are broadcast, so what is listed for good is only who hears whom; markers are listed when asked.
 * cost: O(stored weights + sources of all matrices + pairs of sender and core).
 */
#include <string.h>

#include "arch/matrix_image.h"
#include "base/id_list.h"
#include "program_private.h"

enum { FIRST_ROOM = 64 };

/* Lists of numbers, one after the other. */
typedef struct Lists {
    uint32_t n_lists;
    uint64_t *start; /* [n_lists + 1] */
    uint32_t *item;
    uint64_t room;
} Lists;

struct ProgramNeeds {
    const Program *program;
    const SliceTable *table;
    uint32_t **sender_at;    /* [n_layers][n_units] slice in the table, by position    */
    uint32_t *slice_of_slot; /* table positions of each slot's slices, one after another */
    uint64_t *first_of_slot; /* [n_cores + 1]                                          */
    Lists heard;             /* by slot, the senders whose events it needs             */
    Lists events;            /* the same by sender, slots                              */
    Lists pacers, paced;     /* by slot, its pacemakers; by sender, whom it paces      */
    uint32_t *marker;        /* slots of the list under way                            */
    IdMarks slots;           /* for the same                                           */
};
typedef struct ProgramNeeds Needs;

static const uint32_t *list_of(const Lists *lists, uint32_t i)
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

/* A new list, the last one, with room for n items: where they go. */
static uint32_t *lists_begin(Arena *scratch, Lists *lists, uint64_t n)
{
    uint64_t end = lists->start[lists->n_lists];
    if (lists->room - end < n) {
        while (lists->room - end < n)
            lists->room *= 2;
        uint32_t *larger = ARENA_ARRAY(scratch, uint32_t, lists->room);
        memcpy(larger, lists->item, end * sizeof *larger);
        lists->item = larger;
    }
    return lists->item + end;
}

static void lists_end(Lists *lists, uint32_t n)
{
    lists->start[lists->n_lists + 1] = lists->start[lists->n_lists] + n;
    lists->n_lists++;
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

/* Where the matrix has pointers of sources, a source is used if its row is not empty. */
static void hear_rows(const uint8_t *image, const MatrixImage *matrix, const uint32_t *sender_at,
                      uint8_t *heard)
{
    uint32_t start = image_pointer(image, matrix, 0);
    for (uint32_t source = 0; source < matrix->n_sources; source++) {
        uint32_t end = image_pointer(image, matrix, (uint64_t)source + 1);
        heard[sender_at[source]] |= end != start;
        start = end;
    }
}

/* Marks the senders of the sources that the matrix uses. */
static void hear(const uint8_t *image, const MatrixImage *matrix, const uint32_t *sender_at,
                 uint8_t *heard)
{
    bool by_source = format_by_source(matrix->format);
    if (by_source && matrix->pointer_bytes > 0) {
        hear_rows(image, matrix, sender_at, heard);
        return;
    }
    for (uint32_t row = 0; row < matrix_rows(matrix); row++) {
        MatrixRow at = matrix_row(image, matrix, row);
        while (matrix_row_next(&at))
            heard[sender_at[by_source ? row : at.column]] = 1;
    }
}

/* Every slice of the layer before feeds a slice of the decoder. */
static void hear_all(const Needs *needs, uint32_t layer, uint8_t *heard)
{
    for (uint32_t s = needs->table->first_slice[layer - 1]; s < needs->table->first_slice[layer];
         s++)
        heard[s] = 1;
}

/* The senders marked, to the core's list; marks are taken back. Only the layers of its sources are
 * looked at, so that many cores stay linear. */
static void list_heard(Arena *scratch, Needs *needs, const CoreProgram *core, uint8_t *heard)
{
    const uint32_t *first_slice = needs->table->first_slice;
    uint32_t host = needs->table->n_slices, n = 0;
    uint32_t *list = lists_begin(scratch, &needs->heard, (uint64_t)host + 2);
    for (uint32_t i = 0; i < core->n_slices; i++) {
        uint32_t l = core->slice[i].layer;
        for (uint32_t s = first_slice[l > 0 ? l - 1 : 0]; s < first_slice[l + 1]; s++) {
            list[n] = s; /* overwritten by the next unless it is heard */
            n += heard[s];
            heard[s] = 0;
        }
    }
    list[n] = host;
    n += heard[host];
    heard[host] = 0;
    lists_end(&needs->heard, n);
}

static void find_heard(Arena *scratch, Needs *needs)
{
    const Program *program = needs->program;
    uint32_t n_senders = needs->table->n_slices + 1, n_inputs = program->n_inputs;
    uint8_t *heard = ARENA_ARRAY(scratch, uint8_t, n_senders);
    uint32_t *host = ARENA_ARRAY(scratch, uint32_t, n_inputs); /* sends all inputs */
    for (uint32_t i = 0; i < n_inputs; i++)
        host[i] = needs->table->n_slices;
    needs->heard = lists_new(scratch, program->n_cores);
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        for (uint32_t i = 0; i < core->n_slices; i++) {
            const SliceProgram *slice = &core->slice[i];
            uint32_t l = slice->layer;
            if (slice->decoder) {
                hear_all(needs, l, heard);
                continue;
            }
            hear(core->image, &slice->recurrent, needs->sender_at[l], heard);
            hear(core->image, &slice->input, l == 0 ? host : needs->sender_at[l - 1], heard);
        }
        list_heard(scratch, needs, core, heard);
    }
}

/* The layer before `layer`, or the host, feeds the slot by its events. */
static bool is_fed(const Needs *needs, uint32_t slot, uint32_t layer)
{
    const uint32_t *sender = list_of(&needs->heard, slot);
    uint32_t first = needs->table->n_slices, end = first + 1;
    if (layer > 0) {
        first = needs->table->first_slice[layer - 1];
        end = needs->table->first_slice[layer];
    }
    for (uint32_t i = 0; i < list_length(&needs->heard, slot); i++)
        if (sender[i] >= first && sender[i] < end)
            return true;
    return false;
}

static void find_pacers(Arena *scratch, Needs *needs)
{
    const SliceTable *table = needs->table;
    needs->pacers = lists_new(scratch, needs->program->n_cores);
    for (uint32_t slot = 0; slot < needs->program->n_cores; slot++) {
        uint64_t first = needs->first_of_slot[slot], end = needs->first_of_slot[slot + 1];
        uint32_t *pacer = lists_begin(scratch, &needs->pacers, end - first), n_pacers = 0;
        uint32_t layer_before = PROGRAM_NONE;
        for (uint64_t i = first; i < end; i++) {
            uint32_t slice = needs->slice_of_slot[i], l = table->slice[slice].slice->layer;
            if (l != layer_before && !is_fed(needs, slot, l)) {
                uint32_t n = l == 0 ? 0 : table->first_slice[l] - table->first_slice[l - 1];
                pacer[n_pacers++] =
                    l == 0 ? table->n_slices
                           : table->first_slice[l - 1] + (slice - table->first_slice[l]) % n;
            }
            layer_before = l;
        }
        lists_end(&needs->pacers, n_pacers);
    }
}

/* Of the slots of some senders, those that stand in the layer of `placed` or in the one before,
 * to the end of the list of n; returns its new length. */
static uint32_t add_back(const Needs *needs, const PlacedSlice *placed, const Lists *senders,
                         uint32_t n)
{
    const uint32_t *from = list_of(senders, placed->slot);
    for (uint32_t i = 0; i < list_length(senders, placed->slot); i++) {
        if (from[i] == needs->table->n_slices)
            continue;
        const PlacedSlice *feeder = &needs->table->slice[from[i]];
        uint32_t l = feeder->slice->layer;
        needs->marker[n] = feeder->slot;
        n += l == placed->slice->layer || l + 1 == placed->slice->layer;
    }
    return n;
}

static uint32_t add_slots(const Needs *needs, const Lists *slots, uint32_t sender, uint32_t n)
{
    uint32_t length = list_length(slots, sender);
    memcpy(needs->marker + n, list_of(slots, sender), length * sizeof *needs->marker);
    return n + length;
}

SenderNeeds program_needs_of(ProgramNeeds *needs, uint32_t sender)
{
    uint32_t n =
        add_slots(needs, &needs->paced, sender, add_slots(needs, &needs->events, sender, 0));
    if (sender < needs->table->n_slices && !needs->table->slice[sender].slice->decoder) {
        const PlacedSlice *placed = &needs->table->slice[sender];
        n = add_back(needs, placed, &needs->pacers, add_back(needs, placed, &needs->heard, n));
    }
    n = ids_ascend(needs->marker, n, &needs->slots);
    return (SenderNeeds){{list_length(&needs->events, sender), list_of(&needs->events, sender)},
                         {n, needs->marker}};
}

ProgramNeeds *program_needs(Arena *scratch, const Program *program, const SliceTable *table)
{
    Needs *needs = ARENA_ARRAY(scratch, Needs, 1);
    uint32_t n_senders = table->n_slices + 1;
    *needs =
        (Needs){.program = program, .table = table, .slots = id_marks(scratch, program->n_cores)};
    number_slices(scratch, needs);
    find_heard(scratch, needs);
    find_pacers(scratch, needs);
    needs->events = lists_turned(scratch, &needs->heard, n_senders);
    needs->paced = lists_turned(scratch, &needs->pacers, n_senders);
    uint64_t n_paces = needs->pacers.start[program->n_cores]; /* either way */
    uint64_t most = program->n_cores + n_paces + n_senders + n_paces + 1;
    needs->marker = ARENA_ARRAY(scratch, uint32_t, most);
    return needs;
}
