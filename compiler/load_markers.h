/* load_markers.h - how many markers come to each core besides those of the sources that feed it. */
#ifndef COMPILER_LOAD_MARKERS_H
#define COMPILER_LOAD_MARKERS_H

#include "estimate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SlotList {
    uint32_t n;
    const uint32_t *slot; /* [n] each once, in any order */
} SlotList;

typedef struct Feeds { /* what the slices of a split feed; slices are numbered layer by layer */
    uint32_t n_layers, n_slots, n_slices;
    const uint32_t *first_slice; /* [n_layers + 1] number of each layer's first slice             */
    const uint32_t *slot_of;     /* [n_slices]                                                    */
    const uint32_t *slice_at;    /* [n_slots * n_layers] 1 + the slice of a layer on a slot, or 0 */
    const SlotList *fed;         /* [n_slices] slots with a weight from any unit of the slice     */
} Feeds;

/* load_add_markers - adds to a Load the markers of all slices that reach a slot without events:
 * they pace it, or go back to it. A slot that has nothing to do with their stage but to wait for it
 * later gets them late.
 *
 * cost  O(pairs of slice and slot fed) */
void load_add_markers(Arena *scratch, const Feeds *feeds, Load *load);

#ifdef __cplusplus
}
#endif
#endif
