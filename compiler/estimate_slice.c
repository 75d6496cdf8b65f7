/* estimate_slice.c - expected cycles of a slice per step, from the chip's cost table and the rates.
 *
 *   receive  every event of the layer's sources, weights or not: receive_event_cycles each
 *   weights  by format (format.c)
 *   update   step_cycles and the update of each unit;  emit  emit_event_cycles a unit that emits
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
    MatrixRates input = matrix_rates(mapping, slice, &slice->input);
    MatrixRates recurrent = matrix_rates(mapping, slice, &slice->recurrent);
    double own = estimate_activity(mapping, slice->layer);
    double receive_cycles = (input.events + recurrent.events) * cost->receive_event_cycles.value;
    double weights_cycles = format_cycles(mapping, &slice->input, input) +
                            format_cycles(mapping, &slice->recurrent, recurrent);
    double update_cycles =
        cost->step_cycles.value + slice->n_units * unit_update_cycles(mapping, slice->layer);
    double emit_cycles = own * slice->n_units * cost->emit_event_cycles.value;
    return receive_cycles + weights_cycles + update_cycles + emit_cycles;
}
