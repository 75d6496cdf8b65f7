/* generate_preset.c - networks of published shape, with random weights.
 *
 * dvs-gesture is the spiking convolutional network for 2 x 32 x 32 event frames of 1 ms whose
 * energy was measured on SpiNNaker2 (arXiv:2504.06748): 25,504 parameters, 7,859 leaky
 * integrate-and-fire neurons (beta 0.93, threshold 1, reset by subtraction, no bias). Its
 * weights are not published, so they are drawn; as only its shape and its events matter to what
 * a chip does, so are most figures.
 *
 * Of its events one total is published: 257,305 spikes in 600 steps, of a re-trained copy. How
 * they spread over the layers is not, nor how many events come in. Assumed: every neuron spikes
 * equally often, 5.46 % of all in a step, and of the inputs INPUT_RATE have an event. The
 * network says so in its provenance, and each layer carries that activity. Filters are normal,
 * scaled so that random input of that rate makes the layers about as active. Cost: one normal
 * variate a parameter.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "models/generate.h"
#include "network_private.h"

enum { NAME_MAX_BYTES = 256 };

static const double BETA = 0.93;
static const double SPIKES_PER_RUN = 257305, STEPS_PER_RUN = 600;
static const double INPUT_RATE = 0.025; /* assumed: about 50 of 2,048 pixels in a millisecond */
/* Set by trial: layers about as active as assumed. */
static const double SUM_DEVIATION[] = {0.68, 0.47, 0.26, 0.145, 0.14};

typedef struct PresetLayer {
    const char *name;
    uint32_t n_units;
    Convolution shape; /* kernel 0: all inputs to all units */
} PresetLayer;

/* Full connections behind a pool are a convolution whose kernel is all that is left. */
static const PresetLayer DVS_GESTURE[] = {
    {"conv1",
     16 * 15 * 15,
     {.channels = 2, .height = 32, .width = 32, .pool = 1, .kernel = 5, .stride = 2, .padding = 1}},
    {"conv2",
     16 * 15 * 15,
     {.channels = 16,
      .height = 15,
      .width = 15,
      .pool = 1,
      .kernel = 3,
      .stride = 1,
      .padding = 1}},
    {"conv3",
     8 * 7 * 7,
     {.channels = 16,
      .height = 15,
      .width = 15,
      .pool = 2,
      .kernel = 3,
      .stride = 1,
      .padding = 1}},
    {"full1",
     256,
     {.channels = 8, .height = 7, .width = 7, .pool = 2, .kernel = 3, .stride = 1, .padding = 0}},
    {"full2", 11, {0}},
};

enum { N_LAYERS = sizeof DVS_GESTURE / sizeof DVS_GESTURE[0], N_INPUTS = 2 * 32 * 32 };

static const char *const PRESETS[] = {"dvs-gesture"};

uint32_t preset_names(const char *const **names)
{
    *names = PRESETS;
    return sizeof PRESETS / sizeof PRESETS[0];
}

static float *draw_weights(Arena *arena, uint64_t seed, uint32_t index, size_t n, double deviation)
{
    Rng rng = rng_make(seed, index);
    float *weight = ARENA_ARRAY(arena, float, n);
    for (size_t i = 0; i < n; i++)
        while (weight[i] == 0)
            weight[i] = (float)(deviation * rng_normal(&rng));
    return weight;
}

/* All inputs to all units. */
static SparseRows full_rows(Arena *arena, uint32_t n_inputs, uint32_t n_units, const float *weight)
{
    const size_t n = (size_t)n_inputs * n_units;
    uint64_t *start = ARENA_ARRAY(arena, uint64_t, (size_t)n_inputs + 1);
    uint32_t *col = ARENA_ARRAY(arena, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        col[i] = (uint32_t)(i % n_units);
    for (uint32_t r = 0; r <= n_inputs; r++)
        start[r] = (uint64_t)r * n_units;
    return (SparseRows){n_inputs, n_units, n, start, col, weight};
}

static const float *fill_vector(Arena *arena, uint32_t n, float value)
{
    float *vector = ARENA_ARRAY(arena, float, n);
    for (uint32_t i = 0; i < n; i++)
        vector[i] = value;
    return vector;
}

/* The input matrix; weights such that sums spread by the layer's SUM_DEVIATION if sources emit at
 * `rate`. */
static void make_input(Arena *arena, uint64_t seed, uint32_t index, double rate, Layer *layer)
{
    Convolution *made = ARENA_ARRAY(arena, Convolution, 1);
    *made = DVS_GESTURE[index].shape;
    if (made->kernel == 0) {
        const double deviation = SUM_DEVIATION[index] / sqrt(layer->n_inputs * rate);
        const size_t n = (size_t)layer->n_inputs * layer->n_units;
        layer->input = full_rows(arena, layer->n_inputs, layer->n_units,
                                 draw_weights(arena, seed, index, n, deviation));
        return;
    }
    const char *why = convolution_size(made);
    CHECK(why == NULL);
    made->n_filters = layer->n_units / (made->out_height * made->out_width);
    const uint32_t n_places = made->channels * made->kernel * made->kernel;
    const double n_sources = (double)n_places * made->pool * made->pool;
    made->filter = draw_weights(arena, seed, index, (size_t)made->n_filters * n_places,
                                SUM_DEVIATION[index] / sqrt(n_sources * rate));
    convolution_places(arena, made);
    convolution_rows(arena, made, &layer->input, NULL);
    layer->convolution = made;
}

static double assumed_activity(void)
{
    double n_units = 0;
    for (int i = 0; i < N_LAYERS; i++)
        n_units += DVS_GESTURE[i].n_units;
    return SPIKES_PER_RUN / STEPS_PER_RUN / n_units;
}

static Layer make_layer(Arena *arena, uint64_t seed, uint32_t index, uint32_t n_inputs)
{
    const uint32_t n = DVS_GESTURE[index].n_units;
    Layer layer = {
        .name = DVS_GESTURE[index].name,
        .cell = cell_find("lif"),
        .n_inputs = n_inputs,
        .n_units = n,
        .recurrent = network_no_rows(arena, n, n),
        .bias = fill_vector(arena, n, 0),
        .recurrent_bias = fill_vector(arena, n, 0),
        .threshold_form = THRESHOLD_VALUE,
        .threshold = fill_vector(arena, n, 1),
        .parameter = (float)BETA,
        .activity = assumed_activity(),
    };
    layer.raw_threshold = layer.threshold;
    make_input(arena, seed, index, index == 0 ? INPUT_RATE : layer.activity, &layer);
    return layer;
}

static const NamedText *make_provenance(Arena *arena, uint64_t seed, uint32_t *n)
{
    enum { N_TEXTS = 3 };
    NamedText *text = ARENA_ARRAY(arena, NamedText, N_TEXTS);
    text[0] = (NamedText){"source", "shape, cell and number of spikes: arXiv:2504.06748"};
    text[1] = (NamedText){"recipe", arena_printf(arena, "random weights, seed %" PRIu64, seed)};
    text[2] = (NamedText){
        "activity",
        arena_printf(arena,
                     "assumed: %.0f spikes in %.0f steps spread evenly over all neurons, "
                     "%g of the inputs with an event",
                     SPIKES_PER_RUN, STEPS_PER_RUN, INPUT_RATE)};
    *n = N_TEXTS;
    return text;
}

Status network_generate_preset(Arena *arena, const char *preset, const char *name, uint64_t seed,
                               const Network **out, Err *err)
{
    *out = NULL;
    const size_t n_name = name == NULL ? 0 : strlen(name);
    if (strcmp(preset, PRESETS[0]) != 0)
        return err_set(err, STATUS_USAGE, "generator: unknown network '%.40s'; expected %s", preset,
                       PRESETS[0]);
    if (n_name == 0 || n_name > NAME_MAX_BYTES || utf8_valid(name, n_name) != n_name)
        return err_set(err, STATUS_USAGE, "generator: the name is no text of 1 to %d bytes",
                       NAME_MAX_BYTES);
    Network *network = ARENA_ARRAY(arena, Network, 1);
    Layer *layers = ARENA_ARRAY(arena, Layer, N_LAYERS);
    network->name = arena_text(arena, name, n_name);
    network->description = "spiking convolutional network for DVS gestures, random weights";
    network->n_inputs = N_INPUTS;
    network->n_layers = N_LAYERS;
    network->layer = layers;
    for (uint32_t i = 0; i < N_LAYERS; i++)
        layers[i] = make_layer(arena, seed, i, i == 0 ? N_INPUTS : layers[i - 1].n_units);
    network->provenance = make_provenance(arena, seed, &network->n_provenance);
    network->hash = network_hash(network);
    *out = network;
    return STATUS_OK;
}
