/* reference_macs.c - multiply-accumulates and activity, with or without values.
 *
 * Takes which sources were not zero, makes the four counts of a layer's matrix products: all
 * weights of the shape; those stored; all of active sources; stored ones of active sources. Biases
 * and products element by element are not counted (the convention of the EGRU papers' tables). The
 * decoder is counted apart, dense and for its active inputs. Cost: O(active sources) a step.
 */
#include <inttypes.h>

#include "base/check.h"
#include "reference_private.h"

MacCounter mac_counter_make(Arena *arena, const Network *network, uint32_t n_steps, bool keep_steps)
{
    MacCounter counter = {.network = network, .n_steps = n_steps};
    counter.layer = ARENA_ARRAY(arena, MacCounts, network->n_layers);
    counter.n_events = ARENA_ARRAY(arena, uint64_t, network->n_layers);
    if (keep_steps)
        counter.step = ARENA_ARRAY(arena, MacCounts, (size_t)n_steps * network->n_layers);
    return counter;
}

/* Weights in the rows of these sources. */
static uint64_t stored_weights(const SparseRows *rows, const uint32_t *source, uint32_t n)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += rows->row_start[source[i] + 1] - rows->row_start[source[i]];
    return total;
}

/* Places of weights in the rows of these inputs. */
static uint64_t active_places(const Layer *layer, const uint32_t *input, uint32_t n)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += layer_row_places(layer, input[i]);
    return total;
}

static void add_counts(MacCounts *sum, const MacCounts *more)
{
    sum->dense += more->dense;
    sum->weight_sparse += more->weight_sparse;
    sum->activity_sparse += more->activity_sparse;
    sum->both += more->both;
}

void mac_counter_add(MacCounter *counter, uint32_t step, uint32_t layer_index,
                     const uint32_t *input, uint32_t n_input, const uint32_t *recurrent,
                     uint32_t n_recurrent)
{
    const Layer *layer = &counter->network->layer[layer_index];
    const uint64_t row_weights = (uint64_t)layer->cell->n_gates * layer->n_units;
    const uint64_t n_own = layer_is_feed_forward(layer) ? 0 : n_recurrent;
    const MacCounts counts = {
        .dense = network_dense_macs(layer),
        .weight_sparse = network_sparse_macs(layer),
        .activity_sparse = active_places(layer, input, n_input) + row_weights * n_own,
        .both = stored_weights(&layer->input, input, n_input) +
                stored_weights(&layer->recurrent, recurrent, n_recurrent),
    };
    add_counts(&counter->layer[layer_index], &counts);
    if (counter->step != NULL)
        counter->step[(size_t)step * counter->network->n_layers + layer_index] = counts;
}

void mac_counter_emitted(MacCounter *counter, uint32_t layer, uint32_t n)
{
    const Network *network = counter->network;
    counter->n_events[layer] += n;
    if (!network->has_decoder || layer + 1 != network->n_layers)
        return;
    const uint64_t n_words = network->n_words, dense = n_words * network->layer[layer].n_units;
    const MacCounts counts = {dense, dense, n_words * n, n_words * n};
    add_counts(&counter->decoder, &counts);
}

void mac_counter_fold(MacCounter *counter, const InputStream *input)
{
    const FoldedInput *fold = counter->network->fold;
    for (uint32_t step = 0; step < counter->n_steps; step++) {
        const uint64_t macs = fold->macs[input->token[step]];
        const MacCounts counts = {fold->dense_macs, 0, 0, macs};
        add_counts(&counter->embedding, &counts);
    }
}

ReferenceRun *mac_counter_finish(Arena *arena, const MacCounter *counter, const EventTrace *events)
{
    const Network *network = counter->network;
    const double n_steps = counter->n_steps > 0 ? (double)counter->n_steps : 1;
    double *activity = ARENA_ARRAY(arena, double, network->n_layers);
    uint64_t n_events = 0, n_units = 0;
    for (uint32_t i = 0; i < network->n_layers; i++) {
        activity[i] = (double)counter->n_events[i] / (n_steps * (double)network->layer[i].n_units);
        n_events += counter->n_events[i];
        n_units += network->layer[i].n_units;
    }
    ReferenceRun *run = ARENA_ARRAY(arena, ReferenceRun, 1);
    *run = (ReferenceRun){
        .n_steps = counter->n_steps,
        .n_layers = network->n_layers,
        .events = events,
        .layer_macs = counter->layer,
        .step_macs = counter->step,
        .decoder_macs = counter->decoder,
        .embedding_macs = counter->embedding,
        .activity = activity,
        .mean_activity = (double)n_events / (n_steps * (double)n_units),
    };
    return run;
}

/* A trace may come from a file: does it suit the network and the input? */
static Status check_pattern(const Network *network, const InputStream *input,
                            const EventTrace *events, Err *err)
{
    if (events->n_layers != network->n_layers || events->n_steps != input->n_steps)
        return err_set(err, STATUS_INPUT,
                       "events of %" PRIu32 " steps and %" PRIu32 " layers; expected %" PRIu32
                       " and %" PRIu32,
                       events->n_steps, events->n_layers, input->n_steps, network->n_layers);
    for (uint32_t step = 0; step < events->n_steps; step++) {
        for (uint32_t i = 0; i < events->n_layers; i++) {
            const uint32_t n =
                event_trace_count(events, step, i); /* units ascend: the last is largest */
            const uint64_t first = event_trace_first(events, step, i);
            if (n > 0 && events->unit[first + n - 1] >= network->layer[i].n_units)
                return err_set(err, STATUS_INPUT,
                               "event of unit %" PRIu32 " in step %" PRIu32 ", layer %" PRIu32
                               "; expected units below %" PRIu32,
                               events->unit[first + n - 1], step, i, network->layer[i].n_units);
        }
    }
    return STATUS_OK;
}

/* One step: each layer sees its input of this step and its own events of the last. */
static void count_step(MacCounter *counter, const EventTrace *events, uint32_t step,
                       const uint32_t *input, uint32_t n_input)
{
    for (uint32_t i = 0; i < events->n_layers; i++) {
        const uint32_t *now = events->unit + event_trace_first(events, step, i);
        const uint32_t n_now = event_trace_count(events, step, i);
        const uint32_t *before =
            step == 0 ? NULL : events->unit + event_trace_first(events, step - 1, i);
        const uint32_t n_before = step == 0 ? 0 : event_trace_count(events, step - 1, i);
        mac_counter_add(counter, step, i, input, n_input, before, n_before);
        mac_counter_emitted(counter, i, n_now);
        input = now;
        n_input = n_now;
    }
}

Status reference_macs(Arena *arena, const Network *network, const InputStream *input,
                      const EventTrace *events, bool keep_step_macs, const ReferenceRun **out,
                      Err *err)
{
    *out = NULL;
    CHECK(input->network->n_inputs == network->n_inputs);
    TRY(check_pattern(network, input, events, err));
    MacCounter counter = mac_counter_make(arena, network, input->n_steps, keep_step_macs);
    Arena *scratch = arena_new();
    uint32_t *unit = ARENA_ARRAY(scratch, uint32_t, network->n_inputs);
    for (uint32_t step = 0; step < input->n_steps; step++)
        count_step(&counter, events, step, unit, input_events(input, step, unit, NULL));
    arena_free(scratch);
    if (network->fold != NULL && input->token != NULL)
        mac_counter_fold(&counter, input);
    *out = mac_counter_finish(arena, &counter, events);
    return STATUS_OK;
}
