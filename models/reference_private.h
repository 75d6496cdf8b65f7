/* reference_private.h - what runs with and without values share: counting and the result. */
#ifndef MODELS_REFERENCE_PRIVATE_H
#define MODELS_REFERENCE_PRIVATE_H

#include "models/reference.h"

typedef struct MacCounter {
    const Network *network;
    uint32_t n_steps;
    MacCounts *layer; /* [n_layers] */
    MacCounts *step;  /* [n_steps * n_layers], or NULL */
    MacCounts decoder, embedding;
    uint64_t *n_events; /* [n_layers] that layers emitted */
} MacCounter;

MacCounter mac_counter_make(Arena *arena, const Network *network, uint32_t n_steps,
                            bool keep_steps);

/* mac_counter_add - one step of one layer: the sources that were not zero. */
void mac_counter_add(MacCounter *counter, uint32_t step, uint32_t layer, const uint32_t *input,
                     uint32_t n_input, const uint32_t *recurrent, uint32_t n_recurrent);

/* mac_counter_emitted - n units of the layer emitted in this step. */
void mac_counter_emitted(MacCounter *counter, uint32_t layer, uint32_t n);

/* mac_counter_fold - what the table of a folded network saves over the whole input. */
void mac_counter_fold(MacCounter *counter, const InputStream *input);

/* mac_counter_finish - a result with all counts, nothing scored. */
ReferenceRun *mac_counter_finish(Arena *arena, const MacCounter *counter, const EventTrace *events);

#endif
