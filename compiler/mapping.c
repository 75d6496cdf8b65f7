/* mapping.c - make an empty Mapping, and sum up a finished one. */
#include "mapping.h"

#include "base/check.h"
#include "decoder.h"
#include "estimate.h"

/* Stored weights of the units before each unit, one matrix. cost: O(stored weights + units) */
static const uint64_t *weights_before(Arena *scratch, const SparseRows *rows, uint32_t n_units)
{
    uint64_t *before = ARENA_ARRAY(scratch, uint64_t, (size_t)n_units + 1);
    for (uint64_t i = 0; i < rows->n_nonzeros; i++)
        before[rows->col[i] % n_units + 1]++;
    for (uint32_t u = 0; u < n_units; u++)
        before[u + 1] += before[u];
    return before;
}

static uint32_t *identity(Arena *scratch, uint32_t n_units)
{
    uint32_t *order = ARENA_ARRAY(scratch, uint32_t, n_units);
    for (uint32_t u = 0; u < n_units; u++)
        order[u] = u;
    return order;
}

Mapping *mapping_new(Arena *scratch, const Chip *chip, const Topology *topology,
                     const Network *network, const CompileOptions *options)
{
    Mapping *mapping = ARENA_ARRAY(scratch, Mapping, 1);
    LayerWeights *weights = ARENA_ARRAY(scratch, LayerWeights, network->n_layers);
    uint32_t **unit_of = ARENA_ARRAY(scratch, uint32_t *, network->n_layers);
    uint32_t **position_of = ARENA_ARRAY(scratch, uint32_t *, network->n_layers);
    OrderedRows *ordered = ARENA_ARRAY(scratch, OrderedRows, 2 * (size_t)network->n_layers);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        weights[l].input_before = weights_before(scratch, &layer->input, layer->n_units);
        weights[l].recurrent_before = weights_before(scratch, &layer->recurrent, layer->n_units);
        unit_of[l] = identity(scratch, layer->n_units);
        position_of[l] = identity(scratch, layer->n_units);
        ordered[2 * (size_t)l] = (OrderedRows){&layer->input, layer->input.col, NULL};
        ordered[2 * (size_t)l + 1] = (OrderedRows){&layer->recurrent, layer->recurrent.col, NULL};
    }
    const UnitRates *rates = rates_complete(scratch, network, options->rates);
    const UnitWork *work = rates_work(scratch, network, rates);
    WorkSums *work_sums = ARENA_ARRAY(scratch, WorkSums, network->n_layers);
    for (uint32_t l = 0; l < network->n_layers; l++)
        for (uint32_t u = 0; u < network->layer[l].n_units; u++) {
            work_sums[l].input += work[l].input[u];
            work_sums[l].recurrent += work[l].recurrent[u];
        }
    *mapping = (Mapping){.chip = chip,
                         .topology = topology,
                         .network = network,
                         .options = options,
                         .weights = weights,
                         .rates = rates,
                         .work = work,
                         .work_sums = work_sums,
                         .events_per_step = rates_sums(scratch, network, rates),
                         .ordered = ordered,
                         .unit_of = unit_of,
                         .position_of = position_of,
                         .format_plan = format_plan_new(scratch, network, -1)};
    return mapping;
}

/* Cores that hold slices of the layer. */
static uint32_t cores_of_layer(const Mapping *mapping, uint32_t l)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        bool here = false;
        for (uint32_t i = 0; i < use->n_slices; i++)
            here = here || mapping->slice[use->slice[i]].layer == l;
        n += here;
    }
    return n;
}

static void add_matrix(LayerMapping *sum, const MatrixImage *matrix)
{
    uint32_t index_bits = matrix->index_bytes * 8;
    sum->n_weights += matrix->n_weights;
    sum->n_matrices[matrix->format]++;
    sum->max_index_bits = index_bits > sum->max_index_bits ? index_bits : sum->max_index_bits;
}

static LayerMapping layer_summary(Arena *arena, const Mapping *mapping, uint32_t l)
{
    const char *name = mapping->network->layer[l].name;
    LayerMapping sum = {.name = arena_printf(arena, "%s", name),
                        .n_cores = cores_of_layer(mapping, l),
                        .n_slices = mapping->first_slice[l + 1] - mapping->first_slice[l],
                        .min_units = UINT32_MAX};
    for (uint32_t s = mapping->first_slice[l]; s < mapping->first_slice[l + 1]; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        sum.min_units = slice->n_units < sum.min_units ? slice->n_units : sum.min_units;
        sum.max_units = slice->n_units > sum.max_units ? slice->n_units : sum.max_units;
        add_matrix(&sum, &slice->input);
        if (slice->decoder || !matrix_is_none(&slice->recurrent))
            add_matrix(&sum, &slice->recurrent);
    }
    return sum;
}

static void sum_busiest(const Mapping *mapping, CompileSummary *summary)
{
    const CoreUse *busiest = &mapping->core[0];
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        uint64_t system_bytes = memory_bytes(use->region_bytes, 0);
        if (memory_bytes(use->region_bytes, 1) > memory_bytes(busiest->region_bytes, 1))
            busiest = use;
        if (system_bytes > summary->max_system_bytes)
            summary->max_system_bytes = system_bytes;
    }
    summary->busiest_core = busiest->core;
    for (uint32_t i = 0; i < busiest->n_slices; i++) {
        const SliceProgram *slice = &mapping->slice[busiest->slice[i]];
        summary->busiest_weights += slice->input.n_weights + slice->recurrent.n_weights;
    }
    summary->busiest_weight_bytes =
        busiest->region_bytes[REGION_WEIGHTS] + busiest->region_bytes[REGION_INDICES];
    summary->busiest_data_bytes = memory_bytes(busiest->region_bytes, 1);
    summary->busiest_network_bytes =
        summary->busiest_data_bytes - busiest->region_bytes[REGION_STACK];
}

static DecoderMapping decoder_summary(const Mapping *mapping)
{
    if (mapping->layers == NULL)
        return (DecoderMapping){0};
    const uint32_t l = mapping->layers->n_layers;
    DecoderMapping sum = {.n_words = mapping->layers->n_words,
                          .n_cores = mapping->first_slice[l + 1] - mapping->first_slice[l],
                          .min_words = UINT32_MAX};
    for (uint32_t s = mapping->first_slice[l]; s < mapping->first_slice[l + 1]; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        sum.min_words = slice->n_units < sum.min_words ? slice->n_units : sum.min_words;
        sum.max_words = slice->n_units > sum.max_words ? slice->n_units : sum.max_words;
        sum.dram_bytes += program_dram_bytes(mapping->program, slice);
    }
    return sum;
}

const CompileSummary *mapping_summary(Arena *arena, Arena *scratch, const Mapping *mapping)
{
    const Mapping view = mapping_of_layers(mapping);
    uint32_t n_layers = view.network->n_layers, hopeless;
    LayerMapping *layer = ARENA_ARRAY(arena, LayerMapping, n_layers);
    for (uint32_t l = 0; l < n_layers; l++)
        layer[l] = layer_summary(arena, mapping, l);
    CompileSummary *summary = ARENA_ARRAY(arena, CompileSummary, 1);
    Mapping free_formats = view;
    free_formats.format_plan = format_plan_new(scratch, view.network, -1);
    uint64_t min_cores = fit_min_cores(scratch, &free_formats, NULL, &hopeless);
    /* other groupings of layers, and delta indices, do with less */
    if (min_cores == 0 || min_cores > mapping->n_slots)
        min_cores = mapping->n_slots;
    *summary = (CompileSummary){
        .n_layers = n_layers,
        .layer = layer,
        .n_cores = mapping->n_slots,
        .n_usable_cores = chip_usable_cores(mapping->chip),
        .available_data_bytes = memory_available(mapping->chip, 1),
        .available_system_bytes = memory_available(mapping->chip, 0),
        .n_routes = 2 * mapping->n_slices + 2,
        .n_table_entries = mapping->table_figures.max,
        .n_raw_entries = mapping->table_figures.raw_max,
        .n_all_entries = mapping->table_figures.sum,
        .n_all_raw_entries = mapping->table_figures.raw_sum,
        .n_tables = mapping->n_tables,
        .traffic = mapping->topology->n_router_links > 0 ? traffic_of_routes(scratch, mapping)
                                                         : mapping->traffic,
        .min_cores = (uint32_t)min_cores,
        .decoder = decoder_summary(mapping),
    };
    sum_busiest(mapping, summary);
    Load load = load_of_mapping(scratch, &view);
    Estimate estimate = estimate_load(scratch, &view, &load);
    if (mapping->layers != NULL)
        estimate = decoder_estimate(mapping, estimate);
    summary->advice = advise(arena, scratch, &view, &load);
    summary->estimate = (CompileEstimate){
        .latency_us = estimate.latency_us,
        .tokens_per_second = estimate.period_us > 0.0 ? 1e6 / estimate.period_us : 0.0,
        .energy_uj = estimate.energy_uj,
        .pipelined_energy_uj = estimate.pipelined_energy_uj,
    };
    for (uint32_t l = 0; l < n_layers; l++)
        layer[l].work_max_by_mean = load_max_by_mean(&load, l);
    return summary;
}
