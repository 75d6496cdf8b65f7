/* load_markers.c - markers that come to a core from slices that do not feed it.
 *
 * The rule is that of program.h and docs/markers.md, worked out on slots instead of cores as
 * markers.c does it when cores are known. A core gets the marker of a slice S of layer a
 *   with its events   if S feeds the core (load.c counts those),
 *   alone             if S paces the core, or if a slice T on the core, of layer a or a - 1, feeds
 *                     or paces the core of S: that is the marker that comes back to T.
 * So for every (core, layer a) the slots that its own slices of layers a and a - 1 feed or pace are
 * united, and those counted that hold a slice of layer a which does not feed the core. Lists of
 * feeders by slot, to test that, are made only for layers where some core has a part of them: cores
 * that all slices feed, the usual case of unstructured networks, need nothing.
 * Every such marker is one packet a step. Cost: O(pairs of slice and slot fed).
 */
#include "load_markers.h"

typedef struct Count {
    const Feeds *feeds;
    uint32_t *n_feeders; /* [n_slots * n_layers] slices of the layer that feed the slot     */
    uint32_t *pacer;     /* [n_slices] 1 + the slice that paces this one's slot, or 0       */
    uint32_t *paced;     /* [n_slices] 1 + the first slice whose slot it paces, or 0        */
    uint32_t *next;      /* [n_slices] 1 + the next with the same pacemaker, or 0           */
    uint64_t *start;     /* [n_slots] of each list of the layer under way                   */
    uint32_t *feeder;    /* slots of the slices that feed the slot                          */
    uint32_t *seen;      /* [n_slots] equal to round: counted, or not to be counted         */
    uint32_t round;
} Count;

static uint32_t slice_at(const Count *count, uint32_t slot, uint32_t layer)
{
    return count->feeds->slice_at[(size_t)slot * count->feeds->n_layers + layer];
}

static uint32_t n_slices_of(const Count *count, uint32_t layer)
{
    return count->feeds->first_slice[layer + 1] - count->feeds->first_slice[layer];
}

static void count_feeders(Count *count)
{
    const Feeds *feeds = count->feeds;
    for (uint32_t l = 0; l < feeds->n_layers; l++)
        for (uint32_t s = feeds->first_slice[l]; s < feeds->first_slice[l + 1]; s++)
            for (uint32_t i = 0; i < feeds->fed[s].n; i++)
                count->n_feeders[(size_t)feeds->fed[s].slot[i] * feeds->n_layers + l]++;
}

/* Slices on slots that nothing of the layer before feeds are paced by one slice of it. */
static void find_pacemakers(Count *count)
{
    const Feeds *feeds = count->feeds;
    for (uint32_t l = 1; l < feeds->n_layers; l++)
        for (uint32_t s = feeds->first_slice[l]; s < feeds->first_slice[l + 1]; s++) {
            if (count->n_feeders[(size_t)feeds->slot_of[s] * feeds->n_layers + l - 1] > 0)
                continue;
            uint32_t number = s - feeds->first_slice[l];
            uint32_t pacer = feeds->first_slice[l - 1] + number % n_slices_of(count, l - 1);
            count->pacer[s] = pacer + 1;
            count->next[s] = count->paced[pacer];
            count->paced[pacer] = s + 1;
        }
}

/* Does the slot need to know which slices of the layer feed it? */
static bool is_fed_in_part(const Count *count, uint32_t slot, uint32_t layer)
{
    uint32_t n = count->n_feeders[(size_t)slot * count->feeds->n_layers + layer];
    return n > 0 && n < n_slices_of(count, layer) &&
           (slice_at(count, slot, layer) > 0 ||
            (layer > 0 && slice_at(count, slot, layer - 1) > 0));
}

static void list_feeders(Count *count, uint32_t layer)
{
    const Feeds *feeds = count->feeds;
    bool needed = false;
    uint64_t end = 0;
    for (uint32_t slot = 0; slot < feeds->n_slots; slot++) {
        needed = needed || is_fed_in_part(count, slot, layer);
        count->start[slot] = end += count->n_feeders[(size_t)slot * feeds->n_layers + layer];
    }
    if (!needed)
        return;
    for (uint32_t s = feeds->first_slice[layer]; s < feeds->first_slice[layer + 1]; s++)
        for (uint32_t i = 0; i < feeds->fed[s].n; i++) /* each list from its end */
            count->feeder[--count->start[feeds->fed[s].slot[i]]] = feeds->slot_of[s];
}

/* 1 if the slot holds a slice of the layer and is seen for the first time in this round. */
static uint32_t see(Count *count, uint32_t slot, uint32_t layer)
{
    if (count->seen[slot] == count->round || slice_at(count, slot, layer) == 0)
        return 0;
    count->seen[slot] = count->round;
    return 1;
}

/* Slots with a slice of the layer that the slice feeds or paces, as far as they are not seen. */
static uint32_t see_fed(Count *count, uint32_t slice, uint32_t layer)
{
    const Feeds *feeds = count->feeds;
    uint32_t n = 0;
    for (uint32_t i = 0; i < feeds->fed[slice].n; i++)
        n += see(count, feeds->fed[slice].slot[i], layer);
    for (uint32_t s = count->paced[slice]; s > 0; s = count->next[s - 1])
        n += see(count, feeds->slot_of[s - 1], layer);
    return n;
}

/* Markers of the layer that reach the slot without events. */
static uint32_t markers_alone(Count *count, uint32_t slot, uint32_t layer)
{
    const Feeds *feeds = count->feeds;
    uint32_t n_feeders = count->n_feeders[(size_t)slot * feeds->n_layers + layer], n = 0;
    uint32_t own = slice_at(count, slot, layer);
    uint32_t before = layer > 0 ? slice_at(count, slot, layer - 1) : 0;
    uint32_t after = layer + 1 < feeds->n_layers ? slice_at(count, slot, layer + 1) : 0;
    uint32_t pacer = after > 0 ? count->pacer[after - 1] : 0;
    if (n_feeders == n_slices_of(count, layer) || (own == 0 && before == 0 && pacer == 0))
        return 0;
    count->round++;
    if (own > 0 || before > 0)
        for (uint32_t i = 0; i < n_feeders; i++)
            count->seen[count->feeder[count->start[slot] + i]] = count->round;
    if (own > 0)
        n += see_fed(count, own - 1, layer);
    if (before > 0)
        n += see_fed(count, before - 1, layer);
    if (pacer > 0)
        n += see(count, feeds->slot_of[pacer - 1], layer);
    return n;
}

void load_add_markers(Arena *scratch, const Feeds *feeds, Load *load)
{
    uint64_t most = 0;
    for (uint32_t l = 0; l < feeds->n_layers; l++) {
        uint64_t n = 0;
        for (uint32_t s = feeds->first_slice[l]; s < feeds->first_slice[l + 1]; s++)
            n += feeds->fed[s].n;
        most = n > most ? n : most;
    }
    size_t n_cells = (size_t)feeds->n_slots * feeds->n_layers;
    Count count = {.feeds = feeds,
                   .n_feeders = ARENA_ARRAY(scratch, uint32_t, n_cells),
                   .pacer = ARENA_ARRAY(scratch, uint32_t, feeds->n_slices),
                   .paced = ARENA_ARRAY(scratch, uint32_t, feeds->n_slices),
                   .next = ARENA_ARRAY(scratch, uint32_t, feeds->n_slices),
                   .start = ARENA_ARRAY(scratch, uint64_t, feeds->n_slots),
                   .feeder = ARENA_ARRAY(scratch, uint32_t, most),
                   .seen = ARENA_ARRAY(scratch, uint32_t, feeds->n_slots)};
    count_feeders(&count);
    find_pacemakers(&count);
    for (uint32_t l = 0; l < feeds->n_layers; l++) {
        list_feeders(&count, l);
        for (uint32_t slot = 0; slot < feeds->n_slots; slot++) {
            uint32_t n = markers_alone(&count, slot, l);
            StageLoad *in = &load->stage[(size_t)slot * (feeds->n_layers + 1) + l + 1];
            bool listens = slice_at(&count, slot, l) > 0 ||
                           (l + 1 < feeds->n_layers && slice_at(&count, slot, l + 1) > 0);
            *(listens ? &in->markers : &in->late_markers) += n;
            load->deliveries += n;
        }
    }
}
