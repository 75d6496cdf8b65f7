/* split.h - what split strategies share: work and bytes of a unit, and parts of a layer as slices.
 */
#ifndef COMPILER_SPLIT_H
#define COMPILER_SPLIT_H

#include "estimate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* unit_cycles - expected work of a unit in a step: its weights, its update, its events. */
double unit_cycles(const Mapping *mapping, uint32_t layer, uint32_t unit);

/* unit_bytes - what a unit adds to its core's data memory with rows by source. */
uint64_t unit_bytes(const Mapping *mapping, uint32_t layer, uint32_t unit, uint32_t index_bytes);

/* part_index_bytes - of the indices of an average part of the layer. */
uint32_t part_index_bytes(const Mapping *mapping, uint32_t layer);

/* part_bytes_limit - what the units of one part of the layer may take together, next to the other
 * layers of its group. */
uint64_t part_bytes_limit(const Mapping *mapping, uint32_t layer);

/* A rule fills part[n_units]: numbers below core_count[layer]. */
typedef Status (*PartRule)(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part,
                           Err *err);

/* split_by_parts - all layers by one rule. */
Status split_by_parts(Arena *scratch, const Mapping *mapping, PartRule rule, Split *split,
                      Err *err);

/* split_take_parts - one layer's parts as slices; work_on: [n_planned_slots] work that the slots
 * have already, updated. split_close_slots - after the last layer: slots without a slice go. */
void split_take_parts(Arena *scratch, const Mapping *mapping, uint32_t layer, const uint32_t *part,
                      double *work_on, Split *split);
void split_close_slots(Arena *scratch, const Mapping *mapping, Split *split);

/* split_new - room for a Split, units in the order that the Mapping has. */
Split split_new(Arena *scratch, const Mapping *mapping);

/* split_estimate - of the whole mapping if the layers are split by this strategy; what the strategy
 * refuses does not fit. */
typedef Status (*SplitRun)(Arena *scratch, const Mapping *mapping, Split *split, Err *err);
Estimate split_estimate(Arena *scratch, const Mapping *mapping, SplitRun run);

/* partition_take - cores of each layer, as the partition in the options has them. Errors: USAGE
 * (more parts than cores). split_partition - its slices. */
Status partition_take(Arena *scratch, Mapping *mapping, Err *err);
Status split_partition(Arena *scratch, const Mapping *mapping, Split *split, Err *err);

/* parts_balanced, parts_streaming, parts_cluster - the rules of the splits of these names. */
Status parts_balanced(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part,
                      Err *err);

Status parts_streaming(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part,
                       Err *err);
Status parts_cluster(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part,
                     Err *err);

/* parts_even_out - swap units between parts until their work is even or nothing helps. */
void parts_even_out(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part);

#ifdef __cplusplus
}
#endif
#endif
