/* advice.c - what the network's structure means for this mapping: broadcasts, and what binds.
 *
 * Broadcast share of a layer: the share of the layer's cores that an event sent to it (by its own
 * units or by the layer before) must reach, because they store a weight of it; the mean over such
 * events by rate. Beside it what it would be had the weights no structure: with density d, g gates
 * and u units on a core 1 - (1 - d)^(g u); and had all gates of a unit the same sources: 1 - (1 -
 * d)^u, with a g-th of the indices. Where an event reaches nearly all cores anyway, neither split
 * nor placement can save packets: only another sparsity can.
 *
 * What binds, in expected cycles: for latency the layer with the largest share of the sum of the
 * layers' busiest cores, as a token passes them one after another; for throughput the busiest core,
 * and the layer that most of its work is for; for memory the fullest core, and the layer with most
 * weights there. Cost: O(stored weights + cores * layers).
 */
#include "estimate.h"

#include "base/real_math.h"

/* Events of one source kind on their way to a layer. */
typedef struct Sources {
    const SparseRows *matrix;
    const double *rate; /* [matrix->n_rows]  */
    double n_events;    /* their sum         */
} Sources;

static void find_sources(const Mapping *mapping, uint32_t l, Sources sources[2])
{
    const Layer *layer = &mapping->network->layer[l];
    const UnitRates *rates = mapping->rates;
    sources[0] = (Sources){&layer->input, l == 0 ? rates->input : rates->layer[l - 1],
                           mapping->events_per_step[l]};
    sources[1] = (Sources){&layer->recurrent, rates->layer[l], mapping->events_per_step[l + 1]};
}

typedef struct Marks {
    uint32_t *seen_by; /* [n_slots] last row that listed the slot */
    uint32_t row;
} Marks;

/* Cores that must get the events of these sources, times their rates. */
static double count_deliveries(const Mapping *mapping, uint32_t l, const Sources *sources,
                               Marks *marks)
{
    uint32_t n_units = mapping->network->layer[l].n_units;
    const SparseRows *matrix = sources->matrix;
    double sum = 0.0;
    for (uint32_t row = 0; row < matrix->n_rows; row++) {
        uint32_t n_reached = 0;
        marks->row++;
        for (uint64_t i = matrix->row_start[row]; i < matrix->row_start[row + 1]; i++) {
            uint32_t slot = mapping->slot_of[mapping->slice_of[l][matrix->col[i] % n_units]];
            n_reached += marks->seen_by[slot] != marks->row;
            marks->seen_by[slot] = marks->row;
        }
        sum += sources->rate[row] * n_reached;
    }
    return sum;
}

/* 1 - (1 - density)^n */
static double chance_of_any(double density, double n)
{
    if (density <= 0.0 || n <= 0.0)
        return 0.0;
    return density >= 1.0 ? 1.0 : 1.0 - real_exp(n * real_log(1.0 - density));
}

/* Mean over the layer's cores; targets_per_unit: gates, or 1 where they share a mask. */
static double chance_of_layer(const Mapping *mapping, uint32_t l, double density,
                              uint32_t targets_per_unit)
{
    double sum = 0.0;
    uint32_t first = mapping->first_slice[l], end = mapping->first_slice[l + 1];
    for (uint32_t s = first; s < end; s++)
        sum += chance_of_any(density, (double)mapping->slice[s].n_units * targets_per_unit);
    return sum / (end - first);
}

static LayerAdvice advise_layer(const Mapping *mapping, uint32_t l, uint32_t n_cores, Marks *marks)
{
    LayerAdvice advice = {0};
    Sources sources[2];
    double n_events = 0.0;
    find_sources(mapping, l, sources);
    for (int i = 0; i < 2; i++) {
        const SparseRows *matrix = sources[i].matrix;
        if (i == 1 && layer_is_feed_forward(&mapping->network->layer[l]))
            continue; /* no core of the layer is sent its events */
        double n_possible = (double)matrix->n_rows * matrix->n_cols;
        double density = n_possible > 0.0 ? (double)matrix->n_nonzeros / n_possible : 0.0;
        uint32_t n_gates = mapping->network->layer[l].cell->n_gates;
        double weight = sources[i].n_events;
        n_events += weight;
        advice.reach += count_deliveries(mapping, l, &sources[i], marks) / n_cores;
        advice.reach_at_random += weight * chance_of_layer(mapping, l, density, n_gates);
        advice.reach_one_mask += weight * chance_of_layer(mapping, l, density, 1);
    }
    if (n_events == 0.0)
        return (LayerAdvice){0};
    advice.reach /= n_events;
    advice.reach_at_random /= n_events;
    advice.reach_one_mask /= n_events;
    return advice;
}

/* The layer whose busiest core works longest, of the sum of the layers' busiest cores. */
static Binding binding_of_latency(const Load *load)
{
    Binding binding = {0};
    double most = -1.0, sum = 0.0;
    for (uint32_t l = 0; l < load->n_layers; l++) {
        double busiest = 0.0;
        for (uint32_t c = 0; c < load->n_classes; c++) {
            double cycles = load->layer[c * load->n_layers + l].work_cycles;
            busiest = cycles > busiest ? cycles : busiest;
        }
        sum += busiest;
        if (busiest > most) {
            most = busiest;
            binding.layer = l;
        }
    }
    binding.share = sum > 0.0 ? most / sum : 0.0;
    return binding;
}

static uint32_t core_of_slot(const Mapping *mapping, uint32_t slot)
{
    uint32_t s = 0;
    while (mapping->slot_of[s] != slot)
        s++;
    return mapping->core_of[s];
}

/* The layer that most of the busiest core's work is for. Classes of load_of_mapping are slots. */
static Binding binding_of_throughput(const Mapping *mapping, const Load *load)
{
    Binding binding = {0};
    double most = -1.0;
    for (uint32_t c = 0; c < load->n_classes; c++) {
        double sum = 0.0, part = -1.0;
        uint32_t layer = 0;
        for (uint32_t l = 0; l < load->n_layers; l++) {
            double cycles = load->layer[c * load->n_layers + l].work_cycles;
            sum += cycles;
            layer = cycles > part ? l : layer;
            part = cycles > part ? cycles : part;
        }
        if (sum > most) {
            most = sum;
            binding = (Binding){layer, core_of_slot(mapping, c), sum > 0.0 ? part / sum : 0.0};
        }
    }
    return binding;
}

/* The layer with most weights on the fullest core; share: of the core's data memory in use. */
static Binding binding_of_memory(const Mapping *mapping)
{
    const CoreUse *fullest = &mapping->core[0];
    for (uint32_t c = 1; c < mapping->n_slots; c++)
        if (memory_bytes(mapping->core[c].region_bytes, 1) > memory_bytes(fullest->region_bytes, 1))
            fullest = &mapping->core[c];
    Binding binding = {.core = fullest->core};
    uint64_t most = 0;
    for (uint32_t i = 0; i < fullest->n_slices; i++) {
        const SliceProgram *slice = &mapping->slice[fullest->slice[i]];
        uint64_t n_weights = slice->input.n_weights + slice->recurrent.n_weights;
        if (i == 0 || n_weights > most) {
            most = n_weights;
            binding.layer = slice->layer;
        }
    }
    binding.share =
        (double)memory_bytes(fullest->region_bytes, 1) / (double)memory_available(mapping->chip, 1);
    return binding;
}

CompileAdvice advise(Arena *arena, Arena *scratch, const Mapping *mapping, const Load *load)
{
    Marks marks = {ARENA_ARRAY(scratch, uint32_t, mapping->n_slots), 0};
    LayerAdvice *layer = ARENA_ARRAY(arena, LayerAdvice, load->n_layers);
    for (uint32_t l = 0; l < load->n_layers; l++)
        layer[l] = advise_layer(mapping, l, (uint32_t)load->layer_cores[l], &marks);
    return (CompileAdvice){.layer = layer,
                           .latency = binding_of_latency(load),
                           .throughput = binding_of_throughput(mapping, load),
                           .memory = binding_of_memory(mapping)};
}
