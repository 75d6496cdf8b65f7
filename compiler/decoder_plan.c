/* decoder_plan.c - what the decoder costs on so many cores, and how many it takes.
 *
 * In a step every event of the last layer reaches every core of the decoder, which asks for its
 * part of that unit's row; the DRAM of each chip serves the reads of its cores one after another,
 * while the cores apply the rows that are there. So the time is that of the busier of the two, and
 * of the first row; then each core looks for its best word, and the host's link takes the results
 * one by one. More cores share the words, but each receives all events and sends a result.
 *
 * An expectation at the mean activity, for choosing; the simulator says what it costs. Left out:
 * events that arrive late, and layers that go on working on the same cores.
 * Cost: O(1) for a number of cores.
 */
#include "decoder.h"

#include "base/clock.h"

static double weight_cycles(const Mapping *mapping)
{
    const ChipSoftware *cost = &mapping->chip->software;
    const Precision precision = mapping->network->precision;
    return precision == PRECISION_INT8   ? cost->synapse_int_cycles.value
           : precision == PRECISION_BF16 ? cost->synapse_source_bf16_cycles.value
                                         : cost->synapse_source_fp32_cycles.value;
}

static uint32_t ceiling(uint32_t n, uint32_t by)
{
    return (n + by - 1) / by;
}

/* A chip without operating points runs at 1 MHz, as far as an expectation goes. */
static OperatingPoint point_of(const Mapping *mapping)
{
    if (mapping->chip->n_points > 0)
        return mapping->chip->point[mapping->options->point];
    return (OperatingPoint){.hz = {.value = 1e6}};
}

DecoderCost decoder_cost(const Mapping *mapping, uint32_t n_cores)
{
    const Chip *chip = mapping->chip;
    const ChipSoftware *cost = &chip->software;
    const Network *layers = mapping->layers != NULL ? mapping->layers : mapping->network;
    const OperatingPoint point = point_of(mapping);
    const double cycles_per_us = point.hz.value * 1e-6;
    const double events = mapping->events_per_step[layers->n_layers];
    const double words = ceiling(layers->n_words, n_cores);
    const double row_bytes = (double)layers->n_words * precision_weight_bytes(layers->precision);
    const uint32_t n_chips = ceiling(n_cores, chip_usable_cores(chip) / chip->fabric.n_chips);
    const double read_us =
        events * row_bytes / n_chips / chip->dram.effective_bytes_per_second.value * 1e6;
    const double event_cycles = cost->receive_event_cycles.value + cost->dma_setup_cycles.value;
    const double work_us = events * (event_cycles + words * weight_cycles(mapping)) / cycles_per_us;
    const double end_cycles =
        cost->step_cycles.value + words * weight_cycles(mapping) + cost->emit_event_cycles.value;
    double host_us = 0;
    if (chip->host.bits_per_second.value > 0)
        host_us = n_cores * chip->host.event_bits.value / chip->host.bits_per_second.value * 1e6;
    const double cycles = n_cores * (events * event_cycles + end_cycles) +
                          events * layers->n_words * weight_cycles(mapping);
    const double busy_us = read_us > work_us ? read_us : work_us;
    return (DecoderCost){
        .us = busy_us + chip->dram.latency_ns.value * 1e-3 + end_cycles / cycles_per_us + host_us,
        .busy_us = busy_us + end_cycles / cycles_per_us,
        .active_uj = (cycles * point.core_active_cycle_pj.value +
                      events * row_bytes * 8 * chip->energy.dram_bit_pj.value) *
                     1e-6,
    };
}

/* What the objective makes small. */
static double cost_of(const Mapping *mapping, uint32_t n_cores, uint32_t n_slots)
{
    const Chip *chip = mapping->chip;
    const DecoderCost cost = decoder_cost(mapping, n_cores);
    if (mapping->options->objective != OBJECTIVE_ENERGY)
        return cost.us;
    const double sleep_uw = point_of(mapping).core_sleep_uw.value;
    const uint32_t n_powered = n_cores > n_slots ? n_cores : n_slots;
    return cost.active_uj +
           cost.us * 1e-6 * (chip->energy.chip_floor_uw.value + n_powered * sleep_uw);
}

/* The fewest cores of their own that hold all words, or 0 if there are not so many left. */
static uint32_t fewest_cores(const Mapping *mapping, uint32_t n_slots)
{
    const Chip *chip = mapping->chip;
    const uint32_t n_words = mapping->network->n_words;
    const uint64_t available = memory_available(chip, 1);
    for (uint32_t n = 1; n_slots + n <= chip_usable_cores(chip) && n <= n_words; n++) {
        const SliceProgram slice = {.layer = mapping->network->n_layers,
                                    .n_units = ceiling(n_words, n),
                                    .n_scales =
                                        mapping->network->int8 != NULL ? ceiling(n_words, n) : 0,
                                    .decoder = true};
        const SliceProgram *one = &slice;
        uint64_t region_bytes[N_REGIONS];
        memory_of_core(mapping, &one, 1, region_bytes);
        if (memory_bytes(region_bytes, 1) <= available)
            return n;
    }
    return 0;
}

uint32_t decoder_cores(const Mapping *mapping, uint32_t n_slots, uint32_t *first_slot)
{
    *first_slot = 0;
    const CompileOptions *options = mapping->options;
    const bool given = options->n_core_counts > 0 || options->part != NULL;
    uint32_t limit = chip_usable_cores(mapping->chip), best = 1;
    if (given)
        limit = n_slots; /* no core that the layers do not use */
    if (limit > mapping->network->n_words)
        limit = mapping->network->n_words;
    if (options->objective == OBJECTIVE_MEMORY) {
        const uint32_t n = given ? 0 : fewest_cores(mapping, n_slots);
        *first_slot = n > 0 ? n_slots : 0;
        return n > 0 ? n : limit;
    }
    for (uint32_t n = 2; n <= limit; n++)
        if (cost_of(mapping, n, n_slots) < cost_of(mapping, best, n_slots))
            best = n;
    return best;
}

Estimate decoder_estimate(const Mapping *mapping, Estimate layers)
{
    const Chip *chip = mapping->chip;
    const uint32_t l = mapping->layers->n_layers;
    const DecoderCost cost =
        decoder_cost(mapping, mapping->first_slice[l + 1] - mapping->first_slice[l]);
    const double power_uw = chip->energy.chip_floor_uw.value + chip->energy.extra_rail_uw.value +
                            chip->energy.dram_idle_uw.value +
                            mapping->n_slots * point_of(mapping).core_sleep_uw.value;
    Estimate sum = layers;
    sum.latency_us += cost.us;
    sum.period_us += cost.busy_us; /* the same cores do both */
    sum.energy_uj += cost.active_uj + cost.us * power_uw * 1e-6;
    sum.pipelined_energy_uj += cost.active_uj + cost.busy_us * power_uw * 1e-6;
    return sum;
}
