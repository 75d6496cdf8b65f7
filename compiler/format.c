/* format.c - the formats that a matrix can take, and what its weights cost in each.
 *
 * Choices: every format that options, precision and chip allow, with the narrowest index that
 * counts its columns and row pointers of 2 bytes where they count all weights (4 where the options
 * force an index width: that is the plain CSR of the published deployment). Source format has a
 * second choice where the distances of its targets fit narrower indices than the targets.
 *
 * Costs, by the chip's cost table at the network's precision (numbers in expected cycles a step):
 *   source     synapse_source for each weight of a source that emits (and delta_index if coded so)
 *   bitmap     the same, and bitmap_word for each 32 targets of each event
 *   target     synapse_target for each stored weight
 *   dense-mla  mac_array_start and the whole block at the array's rate for a vector times a matrix;
 *              the latter beside the core (sim/core_array.c)
 * All choices of formats and all estimates go through weight_costs. Cost: O(1), and for
 * slice_largest_gap O(weights of the slice + sources * log row).
 */
#include "mapping.h"

#include "base/check.h"

/* More weights than 2-byte row pointers count. */
enum { SHORT_POINTERS_END = 1 << 16 };

void matrix_set_format(MatrixImage *matrix, WeightFormat format, uint32_t index_bytes,
                       bool index_delta, bool short_pointers)
{
    matrix->format = format;
    matrix->index_bytes = format_has_indices(format) ? index_bytes : 0;
    matrix->index_delta = index_delta;
    matrix->pointer_bytes = short_pointers && matrix->n_weights < SHORT_POINTERS_END ? 2 : 4;
    if (format == FORMAT_DENSE_MLA)
        matrix->pointer_bytes = 0;
}

uint32_t index_bytes_for(uint32_t n_columns)
{
    return n_columns <= UINT32_C(1) << 8 ? 1 : n_columns <= UINT32_C(1) << 16 ? 2 : 4;
}

bool has_mac_array(const Chip *chip)
{
    return chip->core.mac_array_macs_per_cycle.value > 0.0 &&
           chip->core.mac_array_vector_utilisation_frac.value > 0.0;
}

bool format_allowed(const Mapping *mapping, WeightFormat format)
{
    const CompileOptions *options = mapping->options;
    if (options->format >= 0 && options->format != (int32_t)format)
        return false;
    if (options->index_bits != 0 && !format_has_indices(format))
        return false;
    return format != FORMAT_DENSE_MLA ||
           (mapping->network->precision == PRECISION_INT8 && has_mac_array(mapping->chip));
}

int32_t *format_plan_new(Arena *arena, const Network *network, int32_t format)
{
    int32_t *plan = ARENA_ARRAY(arena, int32_t, 2 * (size_t)network->n_layers);
    for (uint32_t m = 0; m < 2 * network->n_layers; m++)
        plan[m] = format;
    return plan;
}

uint32_t format_choices(const Mapping *mapping, const SliceProgram *slice,
                        const MatrixImage *matrix, uint64_t largest_gap,
                        MatrixImage out[MAX_FORMAT_CHOICES])
{
    if (matrix == &slice->recurrent &&
        layer_is_feed_forward(&mapping->network->layer[slice->layer])) {
        out[0] = *matrix; /* none, and so it stays */
        return 1;
    }
    int32_t planned = mapping->format_plan[2 * slice->layer + (matrix == &slice->recurrent)];
    uint32_t forced = mapping->options->index_bits / 8, n = 0;
    for (int f = 0; f < N_FORMATS; f++) {
        WeightFormat format = (WeightFormat)f;
        if ((planned >= 0 && planned != f) || !format_allowed(mapping, format))
            continue;
        out[n] = *matrix;
        matrix_set_format(&out[n], format, 4, false, forced == 0);
        uint32_t needed = index_bytes_for(matrix_columns(&out[n]));
        if (format_has_indices(format) && forced != 0 && forced < needed)
            continue;
        if (format_has_indices(format))
            out[n].index_bytes = forced != 0 ? forced : needed;
        n++;
        if (format != FORMAT_SOURCE || forced != 0 || largest_gap > UINT32_MAX)
            continue;
        uint32_t narrow = index_bytes_for((uint32_t)largest_gap + (largest_gap < UINT32_MAX));
        if (narrow < needed) {
            out[n] = *matrix;
            matrix_set_format(&out[n++], format, narrow, true, true);
        }
    }
    CHECK(n <= MAX_FORMAT_CHOICES);
    return n;
}

/* ---- distances of targets -------------------- */

static uint64_t first_at_or_above(const uint32_t *col, uint64_t low, uint64_t high, uint64_t least)
{
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (col[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t slice_largest_gap(const Mapping *mapping, const SliceProgram *slice, bool recurrent)
{
    const Layer *layer = &mapping->network->layer[slice->layer];
    const OrderedRows *ordered = &mapping->ordered[2 * slice->layer + (recurrent ? 1 : 0)];
    const uint64_t *start = ordered->rows->row_start;
    uint64_t largest = 0;
    for (uint32_t row = 0; row < ordered->rows->n_rows; row++) {
        uint64_t next = 0, at = start[row]; /* next: 1 + the target before */
        for (uint32_t gate = 0; gate < layer->cell->n_gates && at < start[row + 1]; gate++) {
            uint64_t first = (uint64_t)gate * layer->n_units + slice->first_position;
            at = first_at_or_above(ordered->col, at, start[row + 1], first);
            for (; at < start[row + 1] && ordered->col[at] < first + slice->n_units; at++) {
                uint64_t target = (uint64_t)gate * slice->n_units + (ordered->col[at] - first);
                if (target - next > largest)
                    largest = target - next;
                next = target + 1;
            }
        }
    }
    return largest;
}

/* ---- costs -------------------- */

static double synapse_cycles(const Mapping *mapping, const MatrixImage *matrix)
{
    const ChipSoftware *cost = &mapping->chip->software;
    bool by_source = format_by_source(matrix->format);
    switch (mapping->network->precision) {
    case PRECISION_INT8:
        return cost->synapse_int_cycles.value;
    case PRECISION_BF16:
        return by_source ? cost->synapse_source_bf16_cycles.value
                         : cost->synapse_target_bf16_cycles.value;
    default:
        return by_source ? cost->synapse_source_fp32_cycles.value
                         : cost->synapse_target_fp32_cycles.value;
    }
}

WeightCosts weight_costs(const Mapping *mapping, const MatrixImage *matrix)
{
    const Chip *chip = mapping->chip;
    double synapse = synapse_cycles(mapping, matrix);
    switch (matrix->format) {
    case FORMAT_TARGET:
        return (WeightCosts){.update_cycles = (double)matrix->n_weights * synapse};
    case FORMAT_BITMAP:
        return (WeightCosts){.receive_cycles_per_weight = synapse,
                             .receive_cycles_per_event = matrix_row_words(matrix) *
                                                         chip->software.bitmap_word_cycles.value};
    case FORMAT_DENSE_MLA: {
        double macs = (double)matrix->n_sources * matrix->n_targets;
        double array_cycles = macs / (chip->core.mac_array_macs_per_cycle.value *
                                      chip->core.mac_array_vector_utilisation_frac.value);
        return (WeightCosts){.update_cycles =
                                 chip->core.mac_array_start_cycles.value + array_cycles,
                             .array_cycles = array_cycles,
                             .array_macs = macs};
    }
    default:
        if (matrix->index_delta)
            synapse += chip->software.delta_index_cycles.value;
        return (WeightCosts){.receive_cycles_per_weight = synapse};
    }
}

/* Cycles of the core for one matrix beside the array's job for the other. */
static double beside_cycles(const WeightCosts *dense, const WeightCosts *other)
{
    double core = other->array_cycles > 0.0 ? 0.0 : other->update_cycles;
    return core < dense->array_cycles ? core : dense->array_cycles;
}

UpdateCosts update_costs(const WeightCosts *in, const WeightCosts *own)
{
    double beside = beside_cycles(in, own) + beside_cycles(own, in);
    return (UpdateCosts){.cycles = in->update_cycles + own->update_cycles - beside,
                         .idle_cycles = in->array_cycles + own->array_cycles - beside,
                         .array_macs = in->array_macs + own->array_macs};
}

double unit_update_cycles(const Mapping *mapping, uint32_t layer)
{
    const ChipSoftware *cost = &mapping->chip->software;
    if (mapping->network->layer[layer].cell->spiking)
        return cost->update_lif_cycles.value;
    return mapping->network->precision == PRECISION_INT8 ? cost->update_egru_int_cycles.value
                                                         : cost->update_egru_cycles.value;
}

MatrixRates matrix_rates(const Mapping *mapping, const SliceProgram *slice,
                         const MatrixImage *matrix)
{
    bool recurrent = matrix == &slice->recurrent;
    const Layer *layer = &mapping->network->layer[slice->layer];
    const SparseRows *rows = recurrent ? &layer->recurrent : &layer->input;
    const WorkSums *work = &mapping->work_sums[slice->layer];
    double share =
        rows->n_nonzeros == 0 ? 0.0 : (double)matrix->n_weights / (double)rows->n_nonzeros;
    return (MatrixRates){.events = mapping->events_per_step[slice->layer + (recurrent ? 1 : 0)],
                         .weights = share * (recurrent ? work->recurrent : work->input)};
}

double format_cycles(const Mapping *mapping, const MatrixImage *matrix, MatrixRates rates)
{
    WeightCosts costs = weight_costs(mapping, matrix);
    return rates.weights * costs.receive_cycles_per_weight +
           rates.events * costs.receive_cycles_per_event + costs.update_cycles;
}

/* Cycles of the core at its price, and what the array multiplies at its own. */
static double format_pj(const Mapping *mapping, const MatrixImage *matrix, MatrixRates rates)
{
    const Chip *chip = mapping->chip;
    WeightCosts costs = weight_costs(mapping, matrix);
    double core_cycles = format_cycles(mapping, matrix, rates) - costs.array_cycles;
    if (chip->n_points == 0)
        return core_cycles + costs.array_macs;
    const OperatingPoint *point = &chip->point[mapping->options->point];
    return core_cycles * point->core_active_cycle_pj.value +
           costs.array_macs * point->mac_array_mac_pj.value;
}

double format_cost(const Mapping *mapping, const MatrixImage *matrix, MatrixRates rates)
{
    if (mapping->options->objective == OBJECTIVE_ENERGY)
        return format_pj(mapping, matrix, rates);
    if (mapping->options->objective == OBJECTIVE_MEMORY)
        return (double)memory_of_matrix(mapping, matrix);
    return format_cycles(mapping, matrix, rates);
}
