/* estimate_slice.c - expected cycles of a slice per step, from the chip's cost table and the activity.
 *
 *   receive  every event of the layer's sources, weights or not: receive_event_cycles each
 *   weights  source: those of sources that emit; target: all that are stored, every step
 *   update   step_cycles and update_egru_cycles a unit;  emit  emit_event_cycles a unit that emits
 *
 * Takes the rates of the units. It is a guide for choosing, never a result: queues, stalls and the
 * network-on-chip are left to the simulator.
 */
#include "mapping.h"

double estimate_activity(const Mapping *mapping, int64_t layer)
{
    double n_units =
        layer < 0 ? mapping->network->n_inputs : mapping->network->layer[layer].n_units;
    return mapping->events_per_step[layer + 1] / n_units;
}

double estimate_slice_cycles(const Mapping *mapping, const SliceProgram *slice)
{
    const ChipSoftware *cost = &mapping->chip->software;
    double before = estimate_activity(mapping, (int64_t)slice->layer - 1);
    double own = estimate_activity(mapping, slice->layer);
    double n_events = before * slice->input.n_sources + own * slice->recurrent.n_sources;
    double n_input = (double)slice->input.n_weights;
    double n_recurrent = (double)slice->recurrent.n_weights;
    double weights_cycles =
        slice->input.format == FORMAT_SOURCE
            ? (before * n_input + own * n_recurrent) * cost->synapse_source_fp32_cycles.value
            : (n_input + n_recurrent) * cost->synapse_target_fp32_cycles.value;
    double update_cycles =
        cost->step_cycles.value + slice->n_units * cost->update_egru_cycles.value;
    double emit_cycles = own * slice->n_units * cost->emit_event_cycles.value;
    return n_events * cost->receive_event_cycles.value + weights_cycles + update_cycles +
           emit_cycles;
}
