/* decoder.h - the decoder on the chip: words on cores, weights in DRAM. */
#ifndef COMPILER_DECODER_H
#define COMPILER_DECODER_H

#include "estimate.h"
#include "mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the decoder adds to a token on so many cores (decoder_plan.c). */
typedef struct DecoderCost {
    double us;        /* from the last event of the layer before to the host's last result     */
    double busy_us;   /* of the busiest of core and DRAM: what a pipelined stream must pass    */
    double active_uj; /* of the cores' work and the bits read, without power over time         */
} DecoderCost;
DecoderCost decoder_cost(const Mapping *mapping, uint32_t n_cores);

/* decoder_cores - how many cores the decoder is to take, 1 to the chip's usable ones, when the
 * layers take n_slots: the objective's best; for the least memory, the fewest free ones.
 * first_slot: from which slot on: 0, or n_slots if they are its own. cost: O(usable cores) */
uint32_t decoder_cores(const Mapping *mapping, uint32_t n_slots, uint32_t *first_slot);

/* decoder_estimate - an estimate of the layers with the decoder added. */
Estimate decoder_estimate(const Mapping *mapping, Estimate layers);

/* decoder_add - after the split of the layers: the decoder as one layer more, a slice of words
 * on each of decoder_cores slots: those of the layers, evenly spread, and free cores behind
 * them. From then on Mapping.network has that layer, Mapping.layers is the network without it.
 * The layer's input rows hold no weights but say who needs whom: for each unit the first word of
 * every slice. cost: O(words + width * slices) */
void decoder_add(Arena *scratch, Mapping *mapping);

/* mapping_of_layers - a view of a Mapping without the decoder. */
Mapping mapping_of_layers(const Mapping *mapping);

/* decoder_emit - its parameters into the image of a slice, its rows into the DRAM. check_decoder
 * - read them back, from the words' side. */
void decoder_emit_slice(const Mapping *mapping, const SliceProgram *slice, uint8_t *image);
void decoder_emit_rows(Arena *scratch, const Mapping *mapping, uint8_t *dram);
Status check_decoder(const Mapping *mapping, Err *err);

#ifdef __cplusplus
}
#endif
#endif
