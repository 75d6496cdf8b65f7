// random_convolutions.hpp - spiking networks of random convolutions, with pooling, stride and
// padding, and a full layer behind them.
#ifndef TESTS_RANDOM_CONVOLUTIONS_HPP
#define TESTS_RANDOM_CONVOLUTIONS_HPP

#include <algorithm>

#include "base/rng.h"
#include "models/network.h"

class RandomConvolutions
{
  public:
    RandomConvolutions(Arena *arena, Rng *rng) : arena_(arena), rng_(rng)
    {
    }

    // Inputs of 1 or 2 channels and at most 6 x 6; 1 to 3 convolutions.
    const Network *draw()
    {
        const uint32_t n = between(1, 3);
        auto *network = ARENA_ARRAY(arena_, Network, 1);
        auto *layer = ARENA_ARRAY(arena_, Layer, n + 1);
        Convolution before = {};
        before.n_filters = between(1, 2);
        before.out_height = between(2, 6);
        before.out_width = between(2, 6);
        network->name = "random convolutions";
        network->description = "";
        network->n_inputs = before.n_filters * before.out_height * before.out_width;
        network->layer = layer;
        uint32_t width = network->n_inputs;
        for (uint32_t l = 0; l < n; l++) {
            before = draw_convolution(before);
            width = fill_layer(layer + l, width, before);
        }
        fill_full(layer + n, width, between(1, 8));
        network->n_layers = n + 1;
        network->hash = network_hash(network);
        return network;
    }

  private:
    Arena *arena_;
    Rng *rng_;

    uint32_t between(uint32_t least, uint32_t most)
    {
        return least + static_cast<uint32_t>(rng_below(rng_, most - least + 1));
    }

    const float *draw_weights(size_t n, double deviation, double zeros)
    {
        auto *weight = ARENA_ARRAY(arena_, float, n);
        for (size_t i = 0; i < n; i++)
            if (rng_uniform(rng_) >= zeros)
                weight[i] = static_cast<float>(deviation * rng_normal(rng_));
        return weight;
    }

    // Over what the convolution before gives.
    Convolution draw_convolution(const Convolution &before)
    {
        Convolution of = {};
        do {
            of.channels = before.n_filters;
            of.height = before.out_height;
            of.width = before.out_width;
            of.pool = between(1, 2);
            of.kernel = between(1, 3);
            of.stride = between(1, 2);
            of.padding = between(0, 2);
        } while (convolution_size(&of) != nullptr);
        of.n_filters = between(1, 3);
        const size_t n = static_cast<size_t>(of.n_filters) * of.channels * of.kernel * of.kernel;
        of.filter = draw_weights(n, 0.7, 0.2);
        convolution_places(arena_, &of);
        return of;
    }

    void fill_units(Layer *layer, uint32_t n_inputs, uint32_t n_units)
    {
        auto *threshold = ARENA_ARRAY(arena_, float, n_units);
        std::fill(threshold, threshold + n_units, 0.5f);
        layer->name = "layer";
        layer->cell = cell_find("lif");
        layer->parameter = 0.9f;
        layer->n_inputs = n_inputs;
        layer->n_units = n_units;
        layer->recurrent = {n_units,
                            n_units,
                            0,
                            ARENA_ARRAY(arena_, uint64_t, n_units + 1),
                            ARENA_ARRAY(arena_, uint32_t, 0),
                            ARENA_ARRAY(arena_, float, 0)};
        layer->bias = draw_weights(n_units, 0.1, 0);
        layer->recurrent_bias = ARENA_ARRAY(arena_, float, n_units);
        layer->threshold = layer->raw_threshold = threshold;
        layer->activity = -1;
    }

    uint32_t fill_layer(Layer *layer, uint32_t n_inputs, const Convolution &of)
    {
        auto *kept = ARENA_ARRAY(arena_, Convolution, 1);
        *kept = of;
        const uint32_t n_units = of.n_filters * of.out_height * of.out_width;
        fill_units(layer, n_inputs, n_units);
        layer->convolution = kept;
        convolution_rows(arena_, kept, &layer->input, nullptr);
        return n_units;
    }

    // All to all: a convolution of one place a source.
    void fill_full(Layer *layer, uint32_t n_inputs, uint32_t n_units)
    {
        Convolution of = {};
        of.channels = n_inputs;
        of.height = of.width = of.pool = of.kernel = of.stride = 1;
        of.n_filters = n_units;
        convolution_size(&of);
        of.filter = draw_weights(static_cast<size_t>(n_inputs) * n_units, 0.5, 0.3);
        fill_units(layer, n_inputs, n_units);
        convolution_rows(arena_, &of, &layer->input, nullptr);
    }
};

#endif
