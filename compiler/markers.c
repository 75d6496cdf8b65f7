/* markers.c - which cores must get the end-of-step markers of each slice and of the host.
 *
 * The rule, and why it is enough, is in program.h and docs/markers.md. In short: a marker goes
 * where its source's events go, since their end must be known there; and back to whoever sends
 * events to the slice's core, since that one must not run ahead. Everybody is tied to the stage
 * before: cores of layer 0 get the host's marker, and a core with slices of layer l that gets no
 * event of layer l-1 gets the marker of one slice of it, its pacemaker.
 *
 * First the sources that feed or pace each core are listed, then every such pair gives a pair
 * (source, core) and pairs back; the list of each source is sorted and rid of repeats.
 * Cost: O(pairs of source and core * log of a list).
 */
#include "markers.h"

#include <string.h>

#include "base/id_list.h"

/* By slot, the sources that feed or pace it: slices, n_slices for the host. */
typedef struct Feeders {
    const uint32_t *slot_at; /* [cores of the chip] position in Mapping.core */
    bool *fed;               /* [n_slots * n_layers] by events of the stage before the layer */
    uint64_t *start;         /* [n_slots + 1]                                */
    uint32_t *source;
} Feeders;

static const uint32_t *find_slots(Arena *scratch, const Mapping *mapping)
{
    uint32_t *slot_at = ARENA_ARRAY(scratch, uint32_t, mapping->chip->n_cores);
    for (uint32_t c = 0; c < mapping->n_slots; c++)
        slot_at[mapping->core[c].core] = c;
    return slot_at;
}

/* The stage after that of the source is fed on the slots of its list. */
static void note_fed(const Mapping *mapping, Feeders *feeders, uint32_t source, CoreList events)
{
    uint32_t n_layers = mapping->network->n_layers;
    uint32_t after = source == mapping->n_slices ? 0 : mapping->slice[source].layer + 1;
    if (after == n_layers)
        return;
    for (uint32_t i = 0; i < events.n; i++)
        feeders->fed[(size_t)feeders->slot_at[events.core[i]] * n_layers + after] = true;
}

/* What paces slice number i of the core: the host, a slice, or nothing (UINT32_MAX). Only the first
 * slice of a layer has a pacemaker, and only if the layer is not fed there. */
static uint32_t pacemaker(const Mapping *mapping, const Feeders *feeders, uint32_t slot, uint32_t i)
{
    const CoreUse *use = &mapping->core[slot];
    uint32_t slice = use->slice[i], l = mapping->slice[slice].layer;
    bool first_here = i == 0 || mapping->slice[use->slice[i - 1]].layer != l;
    if (!first_here || feeders->fed[(size_t)slot * mapping->network->n_layers + l])
        return UINT32_MAX;
    if (l == 0)
        return mapping->n_slices;
    uint32_t first = mapping->first_slice[l - 1], n = mapping->first_slice[l] - first;
    return first + (slice - mapping->first_slice[l]) % n;
}

static Feeders find_feeders(Arena *scratch, const Mapping *mapping, const CoreList *events)
{
    uint32_t n_slots = mapping->n_slots, n_sources = mapping->n_slices + 1;
    Feeders feeders = {.slot_at = find_slots(scratch, mapping)};
    feeders.fed = ARENA_ARRAY(scratch, bool, (size_t)n_slots * mapping->network->n_layers);
    feeders.start = ARENA_ARRAY(scratch, uint64_t, (size_t)n_slots + 1);
    for (uint32_t s = 0; s < n_sources; s++) {
        note_fed(mapping, &feeders, s, events[s]);
        for (uint32_t i = 0; i < events[s].n; i++)
            feeders.start[feeders.slot_at[events[s].core[i]] + 1]++;
    }
    for (uint32_t c = 0; c < n_slots; c++)
        for (uint32_t i = 0; i < mapping->core[c].n_slices; i++)
            feeders.start[c + 1] += pacemaker(mapping, &feeders, c, i) != UINT32_MAX;
    uint64_t *at = ARENA_ARRAY(scratch, uint64_t, n_slots);
    for (uint32_t c = 0; c < n_slots; c++)
        feeders.start[c + 1] += at[c] = feeders.start[c];
    feeders.source = ARENA_ARRAY(scratch, uint32_t, feeders.start[n_slots]);
    for (uint32_t s = 0; s < n_sources; s++)
        for (uint32_t i = 0; i < events[s].n; i++)
            feeders.source[at[feeders.slot_at[events[s].core[i]]]++] = s;
    for (uint32_t c = 0; c < n_slots; c++)
        for (uint32_t i = 0; i < mapping->core[c].n_slices; i++) {
            uint32_t source = pacemaker(mapping, &feeders, c, i);
            if (source != UINT32_MAX)
                feeders.source[at[c]++] = source;
        }
    return feeders;
}

typedef struct Pairs { /* cores of each source's marker, repeats included */
    uint64_t *end;     /* [n_sources] where its list ends; a count while core is NULL */
    uint32_t *core;
} Pairs;

static void add_pair(Pairs *pairs, uint32_t source, uint32_t core)
{
    if (pairs->core != NULL)
        pairs->core[pairs->end[source]] = core;
    pairs->end[source]++;
}

static void add_pairs(const Mapping *mapping, const Feeders *feeders, Pairs *pairs)
{
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        for (uint64_t f = feeders->start[c]; f < feeders->start[c + 1]; f++) {
            uint32_t source = feeders->source[f];
            add_pair(pairs, source, use->core);
            for (uint32_t i = 0; source < mapping->n_slices && i < use->n_slices; i++) {
                uint32_t l = mapping->slice[source].layer;
                uint32_t own = mapping->slice[use->slice[i]].layer;
                bool holds_back = !mapping->slice[use->slice[i]].decoder; /* the host does */
                if (holds_back && (own == l || own == l + 1))
                    add_pair(pairs, use->slice[i], mapping->core_of[source]);
            }
        }
    }
}

/* An ascending list, rid of repeats, in the arena; `like` if it holds the same cores. */
static CoreList make_list(Arena *arena, const uint32_t *core, uint32_t n_kept, CoreList like)
{
    if (like.core != NULL && like.n == n_kept &&
        memcmp(core, like.core, n_kept * sizeof *core) == 0)
        return like;
    uint32_t *kept = ARENA_ARRAY(arena, uint32_t, n_kept);
    if (n_kept > 0)
        memcpy(kept, core, n_kept * sizeof *core);
    return (CoreList){n_kept, kept};
}

const CoreList *markers_find(Arena *arena, Arena *scratch, const Mapping *mapping,
                             const CoreList *events)
{
    uint32_t n_sources = mapping->n_slices + 1;
    Feeders feeders = find_feeders(scratch, mapping, events);
    Pairs pairs = {ARENA_ARRAY(scratch, uint64_t, n_sources), NULL};
    add_pairs(mapping, &feeders, &pairs);
    uint64_t *start = ARENA_ARRAY(scratch, uint64_t, (size_t)n_sources + 1);
    for (uint32_t s = 0; s < n_sources; s++) {
        start[s + 1] = start[s] + pairs.end[s];
        pairs.end[s] = start[s];
    }
    pairs.core = ARENA_ARRAY(scratch, uint32_t, start[n_sources]);
    add_pairs(mapping, &feeders, &pairs);
    CoreList *markers = ARENA_ARRAY(scratch, CoreList, n_sources);
    CoreList like = {0, NULL};
    IdMarks marks = id_marks(scratch, mapping->chip->n_cores);
    for (uint32_t s = 0; s < n_sources; s++) {
        uint32_t *core = pairs.core + start[s];
        uint32_t n_kept = ids_ascend(core, start[s + 1] - start[s], &marks);
        like = markers[s] = make_list(arena, core, n_kept, like);
    }
    return markers;
}
