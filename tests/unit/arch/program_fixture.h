// A small Program written by hand for tiny-2x2: two layers, three cores, both weight formats.
//
//   host (3 inputs, keys 0..2, markers 100..103) -> layer 0 (3 units) -> layer 1 (2 units)
//   core 0: slice A, units 0..1 of layer 0 (source format), keys 8..9, markers 104..106
//   core 2: slice B, unit 2 of layer 0 (target format), key 16, markers 108..109; and
//           slice C, unit 0 of layer 1 (target format), key 24, markers 110..111
//   core 5: slice D, unit 1 of layer 1 (source format, no recurrent weight), key 32, markers 112..113
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "arch/program.h"
#include "chip_fixture.h"

struct Weight {
    uint32_t source, target; // target: gate * n_units + unit, within the slice
    float value;
};

struct ProgramTest : ChipTest {
    const Chip *chip = nullptr;
    Program program = {};
    std::vector<ProgramLayer> layers;
    std::vector<std::vector<uint32_t>> orders;
    std::vector<CoreProgram> cores;
    std::vector<std::vector<SliceProgram>> slices;
    std::vector<std::vector<uint8_t>> images;
    std::vector<RouteEntry> routes;
    RouterTable table = {};
    std::vector<std::vector<uint32_t>> route_cores;

    static void put_u32(std::vector<uint8_t> &image, size_t offset, uint32_t value)
    {
        for (size_t i = 0; i < 4; i++)
            image[offset + i] = static_cast<uint8_t>(value >> (8 * i));
    }
    static void put_f32(std::vector<uint8_t> &image, size_t offset, float value)
    {
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        put_u32(image, offset, bits);
    }

    // Append an array of n bytes to the image and count it to a region.
    uint64_t append(size_t core, Region region, size_t n_bytes)
    {
        uint64_t offset = images[core].size();
        images[core].resize(offset + n_bytes);
        cores[core].region_bytes[region] += n_bytes;
        return offset;
    }

    MatrixImage matrix(size_t core, const SliceProgram &slice, uint32_t n_sources,
                       std::vector<Weight> weights)
    {
        uint32_t n_targets = layers[slice.layer].n_gates * slice.n_units;
        bool by_source = slice.input.format == FORMAT_SOURCE;
        uint32_t n_rows = by_source ? n_sources : n_targets;
        MatrixImage m = slice.input; // format and widths are the same for both matrices
        m.n_sources = n_sources;
        m.n_targets = n_targets;
        m.n_weights = weights.size();
        m.weight_offset = append(core, REGION_WEIGHTS, 4 * weights.size());
        m.index_offset = append(core, REGION_INDICES, m.index_bytes * weights.size());
        m.pointer_offset = append(core, REGION_POINTERS, 4 * (n_rows + 1));
        uint32_t at = 0;
        for (uint32_t row = 0; row < n_rows; row++) {
            for (const Weight &w : weights) { // given in the order of columns
                if ((by_source ? w.source : w.target) != row)
                    continue;
                put_f32(images[core], m.weight_offset + 4 * at, w.value);
                uint32_t idx = by_source ? w.target : w.source;
                for (uint32_t b = 0; b < m.index_bytes; b++)
                    images[core][m.index_offset + at * m.index_bytes + b] =
                        static_cast<uint8_t>(idx >> (8 * b));
                at++;
            }
            put_u32(images[core], m.pointer_offset + 4 * (row + 1), at);
        }
        return m;
    }

    void add_slice(size_t core, SliceProgram slice, const std::vector<Weight> &input,
                   const std::vector<Weight> &recurrent)
    {
        const ProgramLayer &layer = layers[slice.layer];
        slice.input = matrix(core, slice, layer.n_inputs, input);
        slice.recurrent = matrix(core, slice, layer.n_units, recurrent);
        size_t n_targets = layer.n_gates * slice.n_units;
        slice.bias_offset = append(core, REGION_PARAMETERS, 4 * n_targets);
        slice.recurrent_bias_offset = append(core, REGION_PARAMETERS, 4 * n_targets);
        slice.threshold_offset = append(core, REGION_PARAMETERS, 4 * slice.n_units);
        slice.state_offset = append(core, REGION_STATE, 4 * slice.n_units);
        for (uint32_t u = 0; u < slice.n_units; u++)
            put_f32(images[core], slice.threshold_offset + 4 * u, 0.25f);
        slices[core].push_back(slice);
    }

    void add_route(uint32_t key, uint32_t n_keys, std::vector<uint32_t> to, uint32_t to_host)
    {
        route_cores.push_back(std::move(to));
        routes.push_back({key, 0x00ffffffu & ~(n_keys - 1), 0, nullptr, 0, nullptr, to_host});
    }

    static SliceProgram slice_of(uint32_t layer, uint32_t first, uint32_t n, uint32_t key,
                                 uint32_t marker, WeightFormat format, uint32_t index_bytes)
    {
        SliceProgram slice = {};
        slice.layer = layer;
        slice.first_position = first;
        slice.n_units = n;
        slice.key = key;
        slice.marker_key = marker;
        slice.input.format = format;
        slice.input.index_bytes = index_bytes;
        slice.input.pointer_bytes = 4;
        return slice;
    }

    void SetUp() override
    {
        chip = load("tiny-2x2");
        build();
    }

    void build()
    {
        program = {};
        slices.clear();
        images.clear();
        routes.clear();
        route_cores.clear();
        layers = {{"first", "egru", 3, 3, 3, 0, nullptr},
                  {"second", "egru", 3, 2, 3, 0.5f, nullptr}};
        orders = {{0, 1, 2}, {0, 1}};
        for (size_t l = 0; l < 2; l++)
            layers[l].unit_of = orders[l].data();
        cores.resize(3);
        slices.resize(3);
        images.resize(3);
        for (size_t c = 0; c < 3; c++) {
            cores[c] = {};
            cores[c].core = c == 0 ? 0 : c == 1 ? 2 : 5;
            cores[c].region_bytes[REGION_CODE] = 2048;
            cores[c].region_bytes[REGION_FIFO] = 128;
            cores[c].region_bytes[REGION_STACK] = 1024;
        }
        // A: inputs 0 and 2; recurrent from units 0 and 2
        add_slice(0, slice_of(0, 0, 2, 8, 104, FORMAT_SOURCE, 1),
                  {{0, 1, 1.5f}, {0, 4, -2}, {2, 5, 3}}, {{0, 0, 0.5f}, {2, 3, 0.25f}});
        // B: input 1; recurrent from unit 1
        add_slice(1, slice_of(0, 2, 1, 16, 108, FORMAT_TARGET, 2), {{1, 0, 1}, {1, 2, 2}},
                  {{1, 1, -1}});
        // C: from units 0 and 1 of layer 0; recurrent from both units of layer 1
        add_slice(1, slice_of(1, 0, 1, 24, 110, FORMAT_TARGET, 1),
                  {{0, 0, 1}, {1, 0, 2}, {1, 2, 3}}, {{0, 0, 4}, {1, 2, 5}});
        // D: from unit 2 of layer 0 only
        add_slice(2, slice_of(1, 1, 1, 32, 112, FORMAT_SOURCE, 4), {{2, 2, 7}}, {});
        add_route(0, 4, {0, 2}, 0);      // host's events: A and B have weights
        add_route(8, 2, {0, 2}, 0);      // A: itself (unit 0), B (unit 1), C
        add_route(16, 1, {0, 5}, 0);     // B: A (unit 2), D; not B or C
        add_route(24, 1, {2}, 1);        // C: itself, host
        add_route(32, 1, {2}, 1);        // D: C, host
        add_route(100, 4, {0, 2}, 0);    // host's marker
        add_route(104, 4, {0, 2}, 1);    // A: where its events go; A and B feed its core; host
        add_route(108, 2, {0, 5}, 1);    // B: where its events go; A feeds its core; host
        add_route(110, 2, {0, 2, 5}, 1); // C: A, C and D feed its core; host
        add_route(112, 2, {2}, 1);       // D: C's core; B feeds its own; host
        program.format_version = PROGRAM_FORMAT_VERSION;
        program.chip_name = "tiny-2x2";
        program.network_name = "by-hand";
        program.chip_hash = chip->hash;
        program.network_hash = 77;
        program.n_inputs = 3;
        program.input_marker_key = 100;
        program.reset_steps = 9;
        point_views();
        program_seal(&program);
    }

    // All views lead into the vectors, as they are now.
    void point_views()
    {
        for (size_t c = 0; c < cores.size(); c++) {
            cores[c].n_slices = static_cast<uint32_t>(slices[c].size());
            cores[c].slice = slices[c].data();
            cores[c].image_bytes = images[c].size();
            cores[c].image = images[c].data();
        }
        for (size_t r = 0; r < routes.size(); r++) {
            routes[r].n_cores = static_cast<uint32_t>(route_cores[r].size());
            routes[r].core = route_cores[r].data();
        }
        program.n_layers = static_cast<uint32_t>(layers.size());
        program.layer = layers.data();
        program.n_cores = static_cast<uint32_t>(cores.size());
        program.core = cores.data();
        table = {static_cast<uint32_t>(routes.size()), routes.data(), 0};
        table.n_ascending = table_count_ascending(&table);
        program.n_tables = 1;
        program.table = &table;
    }
};
