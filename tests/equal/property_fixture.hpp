// property_fixture.hpp - random networks compiled for random chips with random options, from a seed.
//
// In half of the pairs the units of all layers are shuffled before anything else. A third of the
// networks have words: some with a folded embedding, some with their decoder on the chip, rows of
// both in DRAM. PAIRS pairs cover all precisions and weight formats, and decoders.
#ifndef TESTS_PROPERTY_FIXTURE_HPP
#define TESTS_PROPERTY_FIXTURE_HPP

#include "mapping.h"
#include "models/decoder.h"
#include "models/fold.h"
#include "models/quantize.h"
#include "place.h"
#include "random_convolutions.hpp"
#include "sim_fixture.hpp"

struct PropertyChip {
    const char *chip, *lines; // the chip with these lines of YAML instead of its own
};

const PropertyChip CHIPS[] = {
    {"tiny-2x2", ""},
    {"tiny-2x2",
     "fabric: {routing: central, sides: 4, wrap: false, chips: [1, 1], dead_cores: [0, 5], source: "
     "TINY layout}\n"},
    {"spinnaker2", ""},
    {"tiny-mesh", ""},
    {"tiny-mesh", "fabric: {wrap: true}\n"},
    {"tiny-mesh", "fabric: {sides: 6, wrap: true, dead_cores: [3, 8, 9]}\n"},
    {"tiny-mesh", "fabric: {dead_links: [[1, 1, E], [2, 0, N]]}\n"},
    {"tiny-board", ""},
    {"tiny-board", "fabric: {chips: [2, 2], sides: 4, wrap: false}\n"},
    {"tiny-boards", ""},
    {"quad-mesh", ""},
    {"loihi-like", ""},
    {"spinnaker1", ""},
};
enum { N_CHIPS = sizeof CHIPS / sizeof CHIPS[0], PAIRS = 63, TRIES = 200 };

// Draws chips, networks and options, and compiles one for the other, from a seed.
class PropertyTest : public SimTest, public ::testing::WithParamInterface<int>
{
  protected:
    Rng rng = rng_make(static_cast<uint64_t>(GetParam()), 46);
    Rng widths = rng_make(static_cast<uint64_t>(GetParam()), 47); // of links
    CompileOptions how{};
    std::vector<uint32_t> counts;
    std::string told;               // the options, for messages
    std::set<Precision> precisions; // of the pairs that ran
    std::set<WeightFormat> formats;
    int n_shuffled = 0, n_many_routers = 0, n_folded = 0, n_decoders = 0, n_networks = 0;

    uint32_t between(uint32_t least, uint32_t most)
    {
        return least + static_cast<uint32_t>(rng_below(&rng, most - least + 1));
    }

    bool one_in(uint32_t n)
    {
        return rng_below(&rng, n) == 0;
    }

    Settings draw_settings()
    {
        const auto draw = [this](uint32_t least, uint32_t most) {
            return std::to_string(between(least, most));
        };
        return with_phits({{"core.receive_fifo_packets", draw(1, 12)},
                           {"core.inject_queue_packets", draw(1, 3)},
                           {"core.data_bytes", one_in(3) ? draw(12000, 30000) : "98304"},
                           {"noc.buffer_flits", draw(1, 4)},
                           {"router.port_queue_packets", draw(1, 5)},
                           {"dram.latency_ns", draw(0, 400)},
                           {"host.latency_ns", draw(0, 700)}},
                          1 + rng_below(&widths, 4));
    }

    // A network of words as a chip may hold it.
    void draw_words()
    {
        if (one_in(2)) {
            ASSERT_EQ(network_fold(arena, network, &network, &err), STATUS_OK) << err.message;
        }
        if (!one_in(3)) {
            ASSERT_EQ(network_decoder_on_chip(arena, network, &network, &err), STATUS_OK)
                << err.message;
        }
    }

    void use_tokens(uint32_t n_steps)
    {
        auto *token = ARENA_ARRAY(arena, uint32_t, n_steps + 1);
        for (uint32_t i = 0; i <= n_steps; i++)
            token[i] = between(0, network->n_words - 1);
        auto *stream = ARENA_ARRAY(arena, InputStream, 1);
        stream->network = network;
        stream->name = "random words";
        stream->n_steps = n_steps;
        stream->n_tokens = n_steps + 1;
        stream->token = token;
        input = stream;
    }

    void draw_generated(bool words)
    {
        GenerateOptions generate{};
        std::vector<uint32_t> sizes;
        const uint32_t n_layers = between(1, 4), most = one_in(3) ? 70 : 24;
        for (uint32_t l = 0; l <= n_layers; l++)
            sizes.push_back(between(1, most));
        generate.name = "random";
        const bool spiking = n_networks % 4 == 0; // every other one of these without recurrence
        generate.cell = spiking ? "lif" : "egru";
        generate.feed_forward = n_networks % 8 == 0;
        generate.n_sizes = static_cast<uint32_t>(sizes.size());
        generate.size = sizes.data();
        generate.density = one_in(8) ? 1.0 : 0.5 * rng_uniform(&rng) * rng_uniform(&rng);
        generate.pick = PICK_BERNOULLI;
        if (!generate.feed_forward && one_in(3)) { // with a structure: widths that hold it
            for (uint32_t &size : sizes)
                size = std::max(size, 12U);
            generate.pick = PICK_EXACT;
            generate.structure = one_in(2) ? STRUCTURE_RING : STRUCTURE_COMMUNITIES;
            generate.fan_in = between(1, 4);
            generate.reach = between(2, 6);
            generate.n_communities = between(2, 3);
            generate.inside = 0.9;
        }
        if (words) {
            sizes.back() = sizes.front(); // the decoder is tied to the embedding
            generate.n_words = between(2, 60);
        }
        generate.threshold_mean = 0.05;
        generate.gain = spiking ? 2.0 : 6.0;
        generate.seed = rng_u64(&rng);
        ASSERT_EQ(network_generate(arena, &generate, &network, &err), STATUS_OK) << err.message;
    }

    // Every fourth network is of lif cells, every eighth of convolutions.
    void draw_network()
    {
        const QuantizeOptions quantize{};
        const bool convolutions = ++n_networks % 8 == 6, words = !convolutions && one_in(3);
        if (convolutions)
            network = RandomConvolutions(arena, &rng).draw();
        else
            draw_generated(words);
        if (HasFatalFailure())
            return;
        const auto precision = static_cast<Precision>(rng_below(&rng, N_PRECISIONS));
        ASSERT_EQ(network_quantize(arena, network, precision, &quantize, &network, &err), STATUS_OK)
            << err.message;
        if (one_in(4))
            network = network_with_carry(arena, network, CARRY_EVENTS, between(1, 4));
        const uint32_t n_steps = between(3, 9);
        if (words)
            draw_words();
        if (HasFatalFailure())
            return;
        if (words)
            use_tokens(n_steps);
        else
            use_input(n_steps, rng_u64(&rng));
        run_reference();
    }

    template <size_t n> const char *pick(const char *const (&names)[n])
    {
        return names[rng_below(&rng, n)];
    }

    // Of every unit, of every input in half of the draws.
    const UnitRates *draw_rates()
    {
        auto *rates = ARENA_ARRAY(arena, UnitRates, 1);
        auto **layer = ARENA_ARRAY(arena, const double *, network->n_layers);
        const auto draw = [this](uint32_t n) {
            auto *rate = ARENA_ARRAY(arena, double, n);
            for (uint32_t i = 0; i < n; i++)
                rate[i] = rng_uniform(&rng);
            return rate;
        };
        for (uint32_t l = 0; l < network->n_layers; l++)
            layer[l] = draw(network->layer[l].n_units);
        rates->layer = layer;
        rates->input = one_in(2) ? draw(network->n_inputs) : nullptr;
        return rates;
    }

    // Units of all layers dealt to parts at random, instead of by a strategy.
    void draw_parts()
    {
        uint32_t n = 0;
        for (uint32_t l = 0; l < network->n_layers; l++)
            n += network->layer[l].n_units;
        auto *part = ARENA_ARRAY(arena, uint32_t, n);
        const uint32_t n_parts = between(1, std::min(n, chip_usable_cores(chip)));
        for (uint32_t u = 0; u < n; u++)
            part[u] = between(0, n_parts - 1);
        how.part = part;
        how.n_core_counts = 0;
        how.share_cores = false;
    }

    void draw_options()
    {
        static const char *const split[] = {nullptr,  "auto",      "equal",  "balanced",
                                            "shared", "streaming", "cluster"};
        static const char *const routing[] = {nullptr, "negotiated", "ner", "ldf", "xy"};
        const PlaceStrategy *place;
        const uint32_t n_place = place_strategies(&place);
        how = CompileOptions{};
        how.objective = static_cast<Objective>(rng_below(&rng, N_OBJECTIVES));
        how.format = static_cast<int32_t>(between(0, N_FORMATS)) - 1;
        how.index_bits = one_in(4) ? 16 : 0;
        how.split = pick(split);
        how.placement = place[rng_below(&rng, n_place)].name;
        if (EGRET_HAS_SCOTCH == 0 && std::string(how.placement) == "scotch")
            how.placement = "anneal";
        how.routing = pick(routing);
        how.tables = static_cast<TableMode>(rng_below(&rng, N_TABLE_MODES));
        how.effort = 1;
        how.share_cores = one_in(4);
        if (one_in(3))
            how.rates = draw_rates();
        counts.clear();
        if (one_in(2)) {
            const uint32_t usable = chip_usable_cores(chip);
            const uint32_t most =
                std::max(1U, how.share_cores ? usable : usable / network->n_layers);
            for (uint32_t l = 0; l < network->n_layers; l++)
                counts.push_back(between(1, std::min(network->layer[l].n_units, most)));
            how.n_core_counts = network->n_layers;
            how.core_count = counts.data();
        }
        if (one_in(6))
            draw_parts();
        told = std::string("chip ") + chip->name + ", split " +
               (how.part    ? "by part"
                : how.split ? how.split
                            : "-") +
               ", placement " + how.placement + ", routing " + (how.routing ? how.routing : "-") +
               ", format " + std::to_string(how.format) + ", tables " +
               table_mode_name(how.tables) + (how.share_cores ? ", shared" : "") +
               (network->fold != nullptr ? ", folded" : "") +
               (network->decoder_on_chip ? ", decoder" : "");
    }

    void shuffle_units(Mapping *mapping)
    {
        for (uint32_t l = 0; l < network->n_layers; l++) {
            const uint32_t n = network->layer[l].n_units;
            std::vector<uint32_t> order(n);
            std::iota(order.begin(), order.end(), 0U);
            for (uint32_t i = n; i > 1; i--)
                std::swap(order[i - 1], order[rng_below(&rng, i)]);
            order_set(arena, mapping, l, order.data());
        }
    }

    // All passes with their checks, as compile() walks them.
    Status compile_pair(bool shuffled)
    {
        struct Pass {
            unsigned makes;
            PassRun run;
        };
        static const Pass passes[] = {{MAP_HAS_COUNTS, pass_cores},  {MAP_HAS_SLICES, pass_split},
                                      {MAP_HAS_PLACE, pass_place},   {MAP_HAS_FORMAT, pass_format},
                                      {MAP_HAS_MEMORY, pass_memory}, {MAP_HAS_KEYS, pass_keys},
                                      {MAP_HAS_ROUTES, pass_routes}, {MAP_HAS_TABLES, pass_tables},
                                      {MAP_HAS_PROGRAM, pass_emit}};
        Status status = options_check(chip, network, &how, &err);
        if (status != STATUS_OK)
            return status;
        Mapping *mapping = mapping_new(arena, chip, topology, network, &how);
        if (shuffled)
            shuffle_units(mapping);
        for (const Pass &pass : passes) {
            status = pass.run(arena, arena, mapping, &err);
            if (status != STATUS_OK)
                return status;
            mapping->has |= pass.makes;
            status = mapping_check(arena, mapping, &err);
            if (status != STATUS_OK)
                return status;
        }
        program = const_cast<Program *>(mapping->program);
        return STATUS_OK;
    }

    // What a pair has covered.
    void note_pair(bool shuffled)
    {
        precisions.insert(network->precision);
        n_shuffled += shuffled ? 1 : 0;
        n_many_routers += topology->n_routers > 1 ? 1 : 0;
        n_folded += program->n_tokens > 0 ? 1 : 0;
        n_decoders += program->has_decoder ? 1 : 0;
        for (uint32_t c = 0; c < program->n_cores; c++)
            for (uint32_t s = 0; s < program->core[c].n_slices; s++) {
                if (program->core[c].slice[s].decoder)
                    continue;
                formats.insert(program->core[c].slice[s].input.format);
                formats.insert(program->core[c].slice[s].recurrent.format);
            }
    }

    // Draws and compiles one pair; false if it does not fit the chip.
    bool draw_pair()
    {
        const PropertyChip &one = CHIPS[rng_below(&rng, N_CHIPS)];
        use_chip_with(one.chip, one.lines, draw_settings());
        draw_network();
        if (HasFatalFailure())
            return false;
        draw_options();
        SCOPED_TRACE(told);
        err = Err{};
        const bool shuffled = one_in(2);
        const Status status = compile_pair(shuffled);
        if (status == STATUS_NO_FIT || status == STATUS_USAGE) { // too large, or narrow indices
            EXPECT_NE(err.message[0], '\0');
            return false;
        }
        if (chip->dram.bytes.value == 0 && (network->fold != nullptr || network->decoder_on_chip)) {
            EXPECT_EQ(status, STATUS_UNSUPPORTED);
            return false;
        }
        EXPECT_EQ(status, STATUS_OK) << err.message;
        if (status != STATUS_OK)
            return false;
        note_pair(shuffled);
        options.network = network;
        return true;
    }

    // What the decoder's cores sent to the host.
    uint64_t results(const Trace *trace) const
    {
        return program->has_decoder ? trace->layer[trace->n_layers - 1].events : 0;
    }
};

#endif
