// compiler_fixture.h - small chips and networks made in memory, and Programs read back into
// networks.
#ifndef TESTS_COMPILER_FIXTURE_H
#define TESTS_COMPILER_FIXTURE_H

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "mapping.h"
#include "models/generate.h"

// A chip as a struct: 2 columns of 2 tiles with 4 cores, all usable, SpiNNaker2's software costs.
struct TestChip {
    std::vector<Cell2d> tiles{{1, 1}, {1, 2}, {2, 1}, {2, 2}};
    Cell2d chip_cell{0, 0};
    Chip chip{};
    Topology topology{}; // one router without links
    uint32_t first_router_link[2] = {0, 0};
    uint64_t turns = 0;

    TestChip()
    {
        topology.chip = &chip;
        topology.n_routers = 1;
        topology.n_sides = 4;
        topology.router_width = topology.router_height = 1;
        topology.cores_per_router = 16;
        topology.router_cell = &chip_cell;
        topology.first_router_link = first_router_link;
        topology.turns = &turns;
        chip.name = "test";
        chip.description = "";
        chip.grid.cores_per_tile = 4;
        chip.grid.usable_cores = 16;
        chip.n_tiles = 4;
        chip.tile = tiles.data();
        chip.n_cores = 16;
        chip.fabric.n_sides = 4;
        chip.fabric.width = chip.fabric.height = chip.fabric.n_chips = 1;
        chip.fabric.board_width = chip.fabric.board_height = 1;
        chip.fabric.chip_cell = &chip_cell;
        set(chip.core.system_bytes, 32768);
        set(chip.core.data_bytes, 98304);
        set(chip.core.receive_fifo_packets, 256);
        set(chip.software.code_bytes, 8192);
        set(chip.software.stack_bytes, 2048);
        set(chip.software.receive_event_cycles, 30);
        set(chip.software.synapse_source_fp32_cycles, 25);
        set(chip.software.synapse_target_fp32_cycles, 25);
        set(chip.software.synapse_source_bf16_cycles, 26);
        set(chip.software.synapse_target_bf16_cycles, 26);
        set(chip.software.synapse_int_cycles, 20);
        set(chip.software.bitmap_word_cycles, 6);
        set(chip.software.delta_index_cycles, 1);
        set(chip.core.mac_array_macs_per_cycle, 64);
        set(chip.core.mac_array_vector_utilisation_frac, 0.175);
        set(chip.core.mac_array_start_cycles, 100);
        set(chip.software.update_egru_cycles, 150);
        set(chip.software.update_egru_int_cycles, 110);
        set(chip.software.emit_event_cycles, 20);
        set(chip.software.step_cycles, 300);
        set(chip.router.table_entries, 16384);
        set(chip.router.key_bits, 32);
        chip.hash = 7;
    }
    TestChip(const TestChip &) = delete;
    TestChip &operator=(const TestChip &) = delete;

    static void set(Cost &cost, double value)
    {
        cost = Cost{value, value, value, SOURCE_GUESS, "test"};
    }
};

class CompilerTest : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err{};
    TestChip test_chip;
    Chip &chip = test_chip.chip;
    CompileOptions options{};
    const Program *program = nullptr;
    const CompileSummary *summary = nullptr;
    std::vector<uint32_t> counts; // behind options.core_count

    CompilerTest()
    {
        options.format = -1;
        options.split = "equal"; // positions are units: what is where can be said beforehand
    }
    ~CompilerTest() override
    {
        arena_free(arena);
    }

    // Network by shape; density of each target.
    const Network *generate(const std::vector<uint32_t> &size, double density,
                            PickRule pick = PICK_BERNOULLI, uint64_t seed = 1)
    {
        GenerateOptions generate{};
        generate.name = "generated";
        generate.cell = "egru";
        generate.n_sizes = static_cast<uint32_t>(size.size());
        generate.size = size.data();
        generate.density = density;
        generate.pick = pick;
        generate.threshold_mean = 0.5;
        generate.gain = 1.0;
        generate.seed = seed;
        const Network *network = nullptr;
        Status status = network_generate(arena, &generate, &network, &err);
        EXPECT_EQ(status, STATUS_OK) << err.message;
        return network;
    }

    // Network from a rule: weight of (layer, recurrent, source, gate, unit), 0 for none.
    using WeightRule = std::function<float(uint32_t, bool, uint32_t, uint32_t, uint32_t)>;

    const Network *build(const std::vector<uint32_t> &size, const WeightRule &rule)
    {
        auto n_layers = static_cast<uint32_t>(size.size() - 1);
        Network *network = ARENA_ARRAY(arena, Network, 1);
        Layer *layer = ARENA_ARRAY(arena, Layer, n_layers);
        network->name = "built";
        network->description = "";
        network->n_inputs = size[0];
        network->n_layers = n_layers;
        network->layer = layer;
        for (uint32_t l = 0; l < n_layers; l++) {
            uint32_t n = size[l + 1];
            layer[l].name = arena_printf(arena, "layer%u", l);
            layer[l].cell = cell_find("egru");
            layer[l].n_inputs = size[l];
            layer[l].n_units = n;
            layer[l].input = rows(size[l], n, [&](uint32_t s, uint32_t g, uint32_t u) {
                return rule(l, false, s, g, u);
            });
            layer[l].recurrent = rows(
                n, n, [&](uint32_t s, uint32_t g, uint32_t u) { return rule(l, true, s, g, u); });
            layer[l].bias = numbers(3 * n, 0.001f);
            layer[l].recurrent_bias = numbers(3 * n, 0.002f);
            layer[l].threshold = layer[l].raw_threshold =
                numbers(n, 1.0f / static_cast<float>(n + 1));
            layer[l].activity = -1.0;
        }
        network->hash = 11;
        return network;
    }

    const float *numbers(uint32_t n, float step)
    {
        float *number = ARENA_ARRAY(arena, float, n);
        for (uint32_t i = 0; i < n; i++)
            number[i] = step * static_cast<float>(i + 1);
        return number;
    }

    SparseRows rows(uint32_t n_rows, uint32_t n_units,
                    const std::function<float(uint32_t, uint32_t, uint32_t)> &rule)
    {
        std::vector<uint32_t> col;
        std::vector<float> weight;
        uint64_t *row_start = ARENA_ARRAY(arena, uint64_t, n_rows + 1);
        for (uint32_t s = 0; s < n_rows; s++) {
            for (uint32_t c = 0; c < 3 * n_units; c++) {
                float w = rule(s, c / n_units, c % n_units);
                if (w != 0.0f) {
                    col.push_back(c);
                    weight.push_back(w);
                }
            }
            row_start[s + 1] = col.size();
        }
        uint32_t *cols = ARENA_ARRAY(arena, uint32_t, col.size());
        float *weights = ARENA_ARRAY(arena, float, col.size());
        std::copy(col.begin(), col.end(), cols);
        std::copy(weight.begin(), weight.end(), weights);
        return SparseRows{n_rows, 3 * n_units, col.size(), row_start, cols, weights};
    }

    void set_counts(std::vector<uint32_t> count)
    {
        counts = std::move(count);
        options.n_core_counts = static_cast<uint32_t>(counts.size());
        options.core_count = counts.data();
    }

    Status run(const Network *network, const Chip *on = nullptr, const Topology *topology = nullptr)
    {
        err = Err{};
        Topology one_router = test_chip.topology;
        if (on != nullptr) {
            one_router.chip = on;
            one_router.cores_per_router = on->n_cores;
        }
        if (topology == nullptr)
            topology = &one_router;
        return compile(arena, on != nullptr ? on : &chip, topology, network, &options, &program,
                       &summary, &err);
    }

    std::function<void(Arena *, Mapping *)> before_split; // change the Mapping, if set

    // A Mapping after the passes up to and with `last_letter`.
    Mapping *map_until(const Network *network, char last_letter, const Topology *topology = nullptr)
    {
        struct Row {
            char letter;
            unsigned makes;
            PassRun run;
        };
        static const Row row[] = {
            {'c', MAP_HAS_COUNTS, pass_cores},  {'s', MAP_HAS_SLICES, pass_split},
            {'p', MAP_HAS_PLACE, pass_place},   {'f', MAP_HAS_FORMAT, pass_format},
            {'m', MAP_HAS_MEMORY, pass_memory}, {'k', MAP_HAS_KEYS, pass_keys},
            {'r', MAP_HAS_ROUTES, pass_routes}, {'t', MAP_HAS_TABLES, pass_tables},
            {'e', MAP_HAS_PROGRAM, pass_emit}};
        if (topology == nullptr)
            topology = &test_chip.topology;
        Mapping *mapping = mapping_new(arena, topology->chip, topology, network, &options);
        for (const Row &pass : row) {
            if (pass.letter == 's' && before_split)
                before_split(arena, mapping);
            EXPECT_EQ(pass.run(arena, arena, mapping, &err), STATUS_OK) << err.message;
            mapping->has |= pass.makes;
            if (pass.letter == last_letter)
                break;
        }
        return mapping;
    }
};

// Both matrices of a slice in one format, with row pointers of 4 bytes.
inline void set_formats(SliceProgram *slice, WeightFormat format, uint32_t index_bytes)
{
    matrix_set_format(&slice->input, format, index_bytes, false, false);
    matrix_set_format(&slice->recurrent, format, index_bytes, false, false);
}

// Weights of one matrix by (source, column of the network), read back from all images.
using WeightMap = std::map<std::pair<uint32_t, uint32_t>, float>;

// The bytes of one matrix, read plainly: (source position, target) and weight, format by format.
struct DecodedWeight {
    uint32_t source, target;
    float weight;
};

inline uint32_t little_endian(const uint8_t *bytes, uint32_t n)
{
    uint32_t value = 0;
    for (uint32_t b = 0; b < n; b++)
        value |= static_cast<uint32_t>(bytes[b]) << 8 * b;
    return value;
}

inline float decoded_weight(const uint8_t *bytes, Precision precision)
{
    if (precision == PRECISION_INT8)
        return static_cast<int8_t>(*bytes);
    uint32_t bits =
        precision == PRECISION_BF16 ? little_endian(bytes, 2) << 16 : little_endian(bytes, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

inline std::vector<DecodedWeight> decode_matrix(const CoreProgram &core, const MatrixImage &m,
                                                Precision precision)
{
    std::vector<DecodedWeight> found;
    const uint32_t bytes = precision == PRECISION_INT8 ? 1 : precision == PRECISION_BF16 ? 2 : 4;
    const uint8_t *weight = core.image + m.weight_offset;
    const uint8_t *index = core.image + m.index_offset;
    const uint32_t n_rows = m.format == FORMAT_TARGET ? m.n_targets : m.n_sources;
    uint64_t at = 0;
    for (uint32_t row = 0; row < n_rows; row++) {
        if (m.format == FORMAT_DENSE_MLA || m.format == FORMAT_BITMAP) {
            const uint64_t row_bytes = (m.n_targets + 31) / 32 * uint64_t{4};
            for (uint32_t t = 0; t < m.n_targets; t++) {
                const uint8_t *dense = weight + uint64_t{row} * m.n_targets + t;
                if (m.format == FORMAT_DENSE_MLA && *dense != 0)
                    found.push_back({row, t, decoded_weight(dense, precision)});
                if (m.format == FORMAT_BITMAP && (index[row * row_bytes + t / 8] >> t % 8 & 1) != 0)
                    found.push_back({row, t, decoded_weight(weight + bytes * at++, precision)});
            }
            continue;
        }
        const uint8_t *pointer =
            core.image + m.pointer_offset + (uint64_t{row} + 1) * m.pointer_bytes;
        for (uint32_t column = UINT32_MAX; at < little_endian(pointer, m.pointer_bytes); at++) {
            uint32_t stored_index = little_endian(index + at * m.index_bytes, m.index_bytes);
            column = m.index_delta ? column + 1 + stored_index : stored_index;
            float value = decoded_weight(weight + bytes * at, precision);
            found.push_back(m.format == FORMAT_SOURCE ? DecodedWeight{row, column, value}
                                                      : DecodedWeight{column, row, value});
        }
    }
    return found;
}

inline WeightMap decode(const Program *program, uint32_t layer, bool recurrent)
{
    WeightMap weights;
    const ProgramLayer &own = program->layer[layer];
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram &core = program->core[c];
        for (uint32_t s = 0; s < core.n_slices; s++) {
            const SliceProgram &slice = core.slice[s];
            if (slice.layer != layer)
                continue;
            const MatrixImage &m = recurrent ? slice.recurrent : slice.input;
            for (const DecodedWeight &w : decode_matrix(core, m, program->precision)) {
                uint32_t gate = w.target / slice.n_units, source = w.source;
                uint32_t unit = own.unit_of[slice.first_position + w.target % slice.n_units];
                if (recurrent)
                    source = own.unit_of[source];
                else if (layer > 0)
                    source = program->layer[layer - 1].unit_of[source];
                uint32_t column = gate * own.n_units + unit;
                bool fresh = weights.emplace(std::make_pair(source, column), w.weight).second;
                EXPECT_TRUE(fresh) << "a weight stands in two images";
            }
        }
    }
    return weights;
}

// code: the weights of an int8 network.
inline WeightMap stored(const SparseRows &rows, const int8_t *code = nullptr)
{
    WeightMap weights;
    for (uint32_t s = 0; s < rows.n_rows; s++)
        for (uint64_t i = rows.row_start[s]; i < rows.row_start[s + 1]; i++)
            weights[{s, rows.col[i]}] =
                code != nullptr ? static_cast<float>(code[i]) : rows.weight[i];
    return weights;
}

inline void expect_images_hold(const Program *program, const Network *network)
{
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const LayerInt8 *int8 = network->int8 != nullptr ? &network->int8->layer[l] : nullptr;
        EXPECT_EQ(decode(program, l, false),
                  stored(network->layer[l].input, int8 != nullptr ? int8->input_weight : nullptr))
            << "layer " << l;
        EXPECT_EQ(
            decode(program, l, true),
            stored(network->layer[l].recurrent, int8 != nullptr ? int8->recurrent_weight : nullptr))
            << "layer " << l;
    }
}

#endif
