// program_builder.hpp - Programs made from a Network by brute force, for any assignment of units
// to cores.
//
// Independent of the compiler, and plainer: it looks at every weight for every slice. Arrays
// stand in the images in a mixed order with odd gaps between them, so nothing may rely on order
// or alignment.
#ifndef TESTS_PROGRAM_BUILDER_HPP
#define TESTS_PROGRAM_BUILDER_HPP

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>
#include <tuple>
#include <vector>

#include "arch/program.h"
#include "base/rng.h"
#include "models/network.h"

struct SliceSpec {
    uint32_t core, layer, first_position, n_units;
    WeightFormat format; // of both matrices, where recurrent is not given
    uint32_t index_bytes;
    bool delta = false;
    uint32_t pointer_bytes = 4;
    struct Other { // the recurrent matrix, if it is given
        bool given = false;
        WeightFormat format = FORMAT_SOURCE;
        uint32_t index_bytes = 0;
        bool delta = false;
        uint32_t pointer_bytes = 4;
    } recurrent = {};
};

class ProgramBuilder
{
  public:
    ProgramBuilder(Arena *arena, const Network *network, const Chip *chip)
        : arena_(arena), net_(network), chip_(chip)
    {
        for (uint32_t l = 0; l < network->n_layers; l++) {
            unit_of_.emplace_back(network->layer[l].n_units);
            std::iota(unit_of_[l].begin(), unit_of_[l].end(), 0U);
        }
        position_of_ = unit_of_;
    }

    // Units stand at random positions; specs are of positions.
    ProgramBuilder &shuffle(Rng *rng)
    {
        for (uint32_t l = 0; l < net_->n_layers; l++)
            for (uint32_t i = net_->layer[l].n_units; i > 1; i--)
                std::swap(unit_of_[l][i - 1], unit_of_[l][rng_below(rng, i)]);
        for (uint32_t l = 0; l < net_->n_layers; l++)
            for (uint32_t p = 0; p < net_->layer[l].n_units; p++)
                position_of_[l][unit_of_[l][p]] = p;
        return *this;
    }

    Program *build(std::vector<SliceSpec> specs)
    {
        std::sort(specs.begin(), specs.end(), [](const SliceSpec &a, const SliceSpec &b) {
            return std::tie(a.core, a.layer, a.first_position) <
                   std::tie(b.core, b.layer, b.first_position);
        });
        specs_ = specs;
        program_ = ARENA_ARRAY(arena_, Program, 1);
        program_->format_version = PROGRAM_FORMAT_VERSION;
        program_->chip_name = chip_->name;
        program_->network_name = net_->name;
        program_->chip_hash = chip_->hash;
        program_->network_hash = net_->hash;
        program_->precision = net_->precision;
        program_->n_layers = net_->n_layers;
        program_->n_inputs = net_->n_inputs;
        program_->reset_steps = net_->carry == CARRY_EVENTS ? net_->reset_steps : 0;
        build_layers();
        build_cores();
        build_routes();
        program_seal(program_);
        return program_;
    }

    // Every layer cut at random, every piece on a random core in a random format.
    static std::vector<SliceSpec> random_specs(Rng *rng, const Network *network, const Chip *chip,
                                               uint32_t n_cores)
    {
        std::vector<SliceSpec> specs;
        std::vector<uint32_t> usable;
        for (uint32_t c = 0; c < chip->n_cores; c++)
            if (chip_core_is_usable(chip, c))
                usable.push_back(c);
        const auto apart = static_cast<uint32_t>(usable.size()) / n_cores;
        for (uint32_t l = 0; l < network->n_layers; l++) {
            const uint32_t units = network->layer[l].n_units;
            for (uint32_t first = 0; first < units;) {
                const uint32_t longest = std::min<uint32_t>(units - first, 1 + units / 3);
                const auto n = static_cast<uint32_t>(1 + rng_below(rng, longest));
                const uint32_t core = usable[rng_below(rng, n_cores) * apart];
                const SliceSpec::Other a = random_format(rng, network),
                                       b = random_format(rng, network);
                specs.push_back(
                    {core, l, first, n, a.format, a.index_bytes, a.delta, a.pointer_bytes, b});
                first += n;
            }
        }
        return specs;
    }

    static SliceSpec::Other random_format(Rng *rng, const Network *network)
    {
        const uint32_t bytes[] = {1, 2, 4};
        const auto format =
            static_cast<WeightFormat>(rng_below(rng, network->precision == PRECISION_INT8 ? 4 : 3));
        const uint32_t index_bytes = bytes[rng_below(rng, 3)];
        const bool delta = format == FORMAT_SOURCE && rng_below(rng, 2) != 0;
        return {true, format, index_bytes, delta, rng_below(rng, 2) != 0 ? 2U : 4U};
    }

  private:
    struct Entry {
        uint32_t row, rank, col; // entries of a row ascend by rank
        float weight;
    };

    Arena *arena_;
    const Network *net_;
    const Chip *chip_;
    std::vector<SliceSpec> specs_;
    std::vector<std::vector<uint32_t>> unit_of_, position_of_; // by layer
    std::vector<uint32_t> keys_; // of each slice in specs_ order: events, marker; then the host's
    Program *program_ = nullptr;
    std::vector<uint8_t> image_;
    uint64_t regions_[N_REGIONS]{}; // of the weights of the core under way

    uint64_t put(const void *bytes, size_t n)
    {
        image_.insert(image_.end(), 1 + image_.size() % 3, uint8_t{0xa5}); // an odd gap
        const uint64_t at = image_.size();
        const auto *first = static_cast<const uint8_t *>(bytes);
        image_.insert(image_.end(), first, first + n);
        return at;
    }

    void build_layers()
    {
        auto *layer = ARENA_ARRAY(arena_, ProgramLayer, net_->n_layers);
        for (uint32_t l = 0; l < net_->n_layers; l++) {
            const Layer &from = net_->layer[l];
            auto *unit_of = ARENA_ARRAY(arena_, uint32_t, from.n_units);
            std::copy(unit_of_[l].begin(), unit_of_[l].end(), unit_of);
            layer[l] = {from.name,          from.cell->name, from.n_inputs, from.n_units,
                        from.cell->n_gates, from.parameter,  unit_of};
        }
        program_->layer = layer;
    }

    // Where the sources of a layer's matrix stand: its own units, those before it, or the host's.
    uint32_t source_position(uint32_t layer, bool recurrent, uint32_t source) const
    {
        if (recurrent)
            return position_of_[layer][source];
        return layer == 0 ? source : position_of_[layer - 1][source];
    }

    MatrixImage put_matrix(const SliceSpec &spec, bool recurrent)
    {
        const Layer &layer = net_->layer[spec.layer];
        const SparseRows &rows = recurrent ? layer.recurrent : layer.input;
        const uint32_t layer_units = layer.n_units, n_gates = layer.cell->n_gates;
        const bool own = recurrent && spec.recurrent.given;
        const WeightFormat format = own ? spec.recurrent.format : spec.format;
        std::vector<Entry> entries;
        for (uint32_t source = 0; source < rows.n_rows; source++)
            for (uint64_t i = rows.row_start[source]; i < rows.row_start[source + 1]; i++) {
                const uint32_t gate = rows.col[i] / layer_units, unit = rows.col[i] % layer_units;
                const uint32_t local = position_of_[spec.layer][unit] - spec.first_position;
                if (local >= spec.n_units)
                    continue;
                const uint32_t target = gate * spec.n_units + local;
                const uint32_t from = source_position(spec.layer, recurrent, source);
                if (format != FORMAT_TARGET)
                    entries.push_back({from, target, target, weight_at(spec.layer, recurrent, i)});
                else
                    entries.push_back({target, source, from, weight_at(spec.layer, recurrent, i)});
            }
        std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
            return std::tie(a.row, a.rank) < std::tie(b.row, b.rank);
        });
        MatrixImage matrix{};
        matrix.n_sources = rows.n_rows;
        matrix.n_targets = n_gates * spec.n_units;
        matrix.n_weights = entries.size();
        matrix.format = format;
        if (format == FORMAT_SOURCE || format == FORMAT_TARGET)
            matrix.index_bytes = own ? spec.recurrent.index_bytes : spec.index_bytes;
        matrix.index_delta = own ? spec.recurrent.delta : spec.delta;
        if (format != FORMAT_DENSE_MLA)
            matrix.pointer_bytes = own ? spec.recurrent.pointer_bytes : spec.pointer_bytes;
        put_arrays(&matrix, entries);
        return matrix;
    }

    float weight_at(uint32_t layer, bool recurrent, uint64_t i) const
    {
        if (net_->int8 != nullptr)
            return recurrent ? net_->int8->layer[layer].recurrent_weight[i]
                             : net_->int8->layer[layer].input_weight[i];
        return (recurrent ? net_->layer[layer].recurrent : net_->layer[layer].input).weight[i];
    }

    static void append(std::vector<uint8_t> *bytes, uint32_t value, uint32_t n)
    {
        for (uint32_t b = 0; b < n; b++)
            bytes->push_back(static_cast<uint8_t>(value >> 8 * b));
    }

    void append_weight(std::vector<uint8_t> *bytes, float weight) const
    {
        uint32_t bits;
        std::memcpy(&bits, &weight, sizeof bits);
        if (net_->precision == PRECISION_INT8)
            append(bytes, static_cast<uint32_t>(static_cast<int32_t>(weight)), 1);
        else if (net_->precision == PRECISION_BF16)
            append(bytes, bits >> 16, 2);
        else
            append(bytes, bits, 4);
    }

    // The three arrays of a matrix; entries ascend by row, then rank.
    void put_arrays(MatrixImage *matrix, const std::vector<Entry> &entries)
    {
        std::vector<uint8_t> weights, indices, pointers;
        const uint32_t n_rows =
            matrix->format == FORMAT_TARGET ? matrix->n_targets : matrix->n_sources;
        const size_t row_bytes = (matrix->n_targets + 31) / 32 * size_t{4};
        if (matrix->format == FORMAT_BITMAP)
            indices.resize(n_rows * row_bytes);
        if (matrix->format == FORMAT_DENSE_MLA)
            weights.resize(static_cast<size_t>(n_rows) * matrix->n_targets);
        size_t at = 0;
        append(&pointers, 0, matrix->pointer_bytes);
        for (uint32_t row = 0; row < n_rows; row++) {
            for (uint32_t next = 0; at < entries.size() && entries[at].row == row; at++) {
                const Entry &entry = entries[at];
                if (matrix->format == FORMAT_DENSE_MLA) {
                    weights[static_cast<size_t>(row) * matrix->n_targets + entry.col] =
                        static_cast<uint8_t>(static_cast<int32_t>(entry.weight));
                    continue;
                }
                append_weight(&weights, entry.weight);
                if (matrix->format == FORMAT_BITMAP)
                    indices[row * row_bytes + entry.col / 8] |=
                        static_cast<uint8_t>(1U << entry.col % 8);
                append(&indices, matrix->index_delta ? entry.col - next : entry.col,
                       matrix->index_bytes);
                next = entry.col + 1;
            }
            append(&pointers, static_cast<uint32_t>(at), matrix->pointer_bytes);
        }
        matrix->weight_offset = put(weights.data(), weights.size());
        matrix->pointer_offset = put(pointers.data(), pointers.size());
        matrix->index_offset = put(indices.data(), indices.size());
        regions_[REGION_WEIGHTS] += weights.size();
        regions_[REGION_INDICES] += indices.size();
        regions_[REGION_POINTERS] += pointers.size();
    }

    // The integers of an int8 slice: they replace the floats that were put.
    void put_int8(const SliceSpec &spec, SliceProgram *slice)
    {
        const LayerInt8 &layer = net_->int8->layer[spec.layer];
        const uint32_t units = net_->layer[spec.layer].n_units;
        const uint32_t n_gates = net_->layer[spec.layer].cell->n_gates;
        slice->bias_offset = put_gated(spec, layer.bias, units, n_gates);
        slice->recurrent_bias_offset = put_gated(spec, layer.recurrent_bias, units, n_gates);
        slice->threshold_offset = put_gated(spec, layer.threshold, units, 1);
        slice->n_scales = layer.n_scales == 1 ? 1 : n_gates * spec.n_units;
        for (const bool recurrent : {false, true}) {
            std::vector<uint8_t> bytes, shifts;
            for (uint32_t i = 0; i < slice->n_scales; i++) {
                const uint32_t unit = unit_of_[spec.layer][spec.first_position + i % spec.n_units];
                const uint32_t target = layer.n_scales == 1 ? 0 : i / spec.n_units * units + unit;
                const FixedScale scale =
                    (recurrent ? layer.recurrent_scale : layer.input_scale)[target];
                append(&bytes, static_cast<uint32_t>(scale.multiplier), 4);
                append(&shifts, static_cast<uint32_t>(scale.shift), 1);
            }
            bytes.insert(bytes.end(), shifts.begin(), shifts.end());
            (recurrent ? slice->recurrent_scale_offset : slice->input_scale_offset) =
                put(bytes.data(), bytes.size());
        }
    }

    template <typename Value>
    uint64_t put_gated(const SliceSpec &spec, const Value *values, uint32_t layer_units,
                       uint32_t n_gates)
    {
        std::vector<Value> mine;
        for (uint32_t g = 0; g < n_gates; g++)
            for (uint32_t u = 0; u < spec.n_units; u++)
                mine.push_back(
                    values[g * layer_units + unit_of_[spec.layer][spec.first_position + u]]);
        return put(mine.data(), 4 * mine.size());
    }

    // Blocks of 2^k keys, each after the other: for events, and for packets that close a step.
    static uint32_t block_size(uint32_t n)
    {
        uint32_t size = 1;
        while (size < n)
            size *= 2;
        return size;
    }

    uint32_t take_keys(uint32_t *next, uint32_t n)
    {
        const uint32_t size = block_size(n);
        *next = (*next + size - 1) / size * size;
        const uint32_t key = *next;
        *next += size;
        return key;
    }

    SliceProgram make_slice(const SliceSpec &spec, uint32_t *next_key)
    {
        const Layer &layer = net_->layer[spec.layer];
        const uint32_t n_gates = layer.cell->n_gates;
        SliceProgram slice{};
        slice.layer = spec.layer;
        slice.first_position = spec.first_position;
        slice.n_units = spec.n_units;
        slice.marker_key = take_keys(next_key, program_marker_keys(slice.n_units));
        slice.key = take_keys(next_key, spec.n_units);
        const std::vector<float> zeros(spec.n_units, 0.0f);
        slice.state_offset = put(zeros.data(), 4 * zeros.size());
        slice.recurrent = put_matrix(spec, true);
        slice.threshold_offset = put_gated(spec, layer.threshold, layer.n_units, 1);
        slice.recurrent_bias_offset = put_gated(spec, layer.recurrent_bias, layer.n_units, n_gates);
        slice.input = put_matrix(spec, false);
        slice.bias_offset = put_gated(spec, layer.bias, layer.n_units, n_gates);
        if (net_->int8 != nullptr)
            put_int8(spec, &slice);
        return slice;
    }

    void finish_core(CoreProgram *core, const SliceProgram *slice)
    {
        for (uint32_t s = 0; s < core->n_slices; s++) {
            core->region_bytes[REGION_PARAMETERS] +=
                8 * static_cast<uint64_t>(slice[s].input.n_targets) + 4 * slice[s].n_units +
                2 * SCALE_BYTES * static_cast<uint64_t>(slice[s].n_scales);
            core->region_bytes[REGION_STATE] += 4 * static_cast<uint64_t>(slice[s].n_units);
        }
        for (Region region : {REGION_WEIGHTS, REGION_INDICES, REGION_POINTERS})
            core->region_bytes[region] = regions_[region];
        core->region_bytes[REGION_ACCUMULATORS] = image_.size(); // the gaps, and more
        core->slice = slice;
        core->image_bytes = image_.size();
        auto *image = ARENA_ARRAY(arena_, uint8_t, image_.size());
        std::copy(image_.begin(), image_.end(), image);
        core->image = image;
    }

    void build_cores()
    {
        uint32_t next_key = 3;
        std::vector<CoreProgram> cores;
        for (size_t i = 0; i < specs_.size();) {
            size_t end = i;
            while (end < specs_.size() && specs_[end].core == specs_[i].core)
                end++;
            CoreProgram core{};
            core.core = specs_[i].core;
            core.n_slices = static_cast<uint32_t>(end - i);
            auto *slice = ARENA_ARRAY(arena_, SliceProgram, end - i);
            image_.clear();
            std::fill(regions_, regions_ + N_REGIONS, 0);
            for (uint32_t s = 0; i < end; i++, s++)
                slice[s] = make_slice(specs_[i], &next_key);
            finish_core(&core, slice);
            cores.push_back(core);
        }
        program_->input_key = take_keys(&next_key, net_->n_inputs);
        program_->input_marker_key = take_keys(&next_key, program_marker_keys(program_->n_inputs));
        auto *core = ARENA_ARRAY(arena_, CoreProgram, cores.size());
        std::copy(cores.begin(), cores.end(), core);
        program_->core = core;
        program_->n_cores = static_cast<uint32_t>(cores.size());
    }

    // Cores with a slice of `layer` that has a weight from this source.
    void add_users(std::set<uint32_t> *cores, uint32_t layer, const SparseRows &rows,
                   uint32_t source) const
    {
        const uint32_t units = net_->layer[layer].n_units;
        for (uint64_t i = rows.row_start[source]; i < rows.row_start[source + 1]; i++)
            for (const SliceSpec &spec : specs_)
                if (spec.layer == layer &&
                    position_of_[layer][rows.col[i] % units] - spec.first_position < spec.n_units)
                    cores->insert(spec.core);
    }

    RouteEntry entry(uint32_t key, uint32_t n_keys, const std::set<uint32_t> &cores,
                     bool to_host) const
    {
        auto *core = ARENA_ARRAY(arena_, uint32_t, cores.size());
        std::copy(cores.begin(), cores.end(), core);
        return {key,     ~(block_size(n_keys) - 1), static_cast<uint32_t>(cores.size()), core, 0,
                nullptr, to_host ? 1U : 0U};
    }

    struct Source {
        uint32_t core, layer;
        SliceProgram slice;
        std::set<uint32_t> events, fed; // cores that it sends events to; these and those it paces
    };

    // The slices by layer and position, each with the cores that use its events.
    std::vector<Source> list_sources() const
    {
        const uint32_t last = net_->n_layers - 1;
        std::vector<Source> sources;
        for (uint32_t c = 0; c < program_->n_cores; c++)
            for (uint32_t s = 0; s < program_->core[c].n_slices; s++) {
                const SliceProgram &slice = program_->core[c].slice[s];
                const uint32_t l = slice.layer, end = slice.first_position + slice.n_units;
                Source source{program_->core[c].core, l, slice, {}, {}};
                for (uint32_t p = slice.first_position; p < end; p++) {
                    add_users(&source.events, l, net_->layer[l].recurrent, unit_of_[l][p]);
                    if (l < last)
                        add_users(&source.events, l + 1, net_->layer[l + 1].input, unit_of_[l][p]);
                }
                source.fed = source.events;
                sources.push_back(source);
            }
        std::sort(sources.begin(), sources.end(), [](const Source &a, const Source &b) {
            return std::tie(a.layer, a.slice.first_position) <
                   std::tie(b.layer, b.slice.first_position);
        });
        return sources;
    }

    // Cores with slices of a layer that get no event of the layer before are paced by one slice of it.
    static void add_paced(std::vector<Source> *sources)
    {
        std::set<std::pair<uint32_t, uint32_t>> done; // core, layer
        uint32_t first = 0, first_before = 0;         // of the layer, of the one before
        for (uint32_t i = 0; i < sources->size(); i++) {
            const uint32_t core = (*sources)[i].core, l = (*sources)[i].layer;
            if (i > 0 && (*sources)[i - 1].layer != l) {
                first_before = first;
                first = i;
            }
            if (l == 0 || !done.insert({core, l}).second)
                continue;
            bool fed = false;
            for (uint32_t before = first_before; before < first; before++)
                fed = fed || (*sources)[before].events.count(core) != 0;
            if (!fed)
                (*sources)[first_before + (i - first) % (first - first_before)].fed.insert(core);
        }
    }

    void build_routes()
    {
        std::vector<RouteEntry> routes;
        const uint32_t last = net_->n_layers - 1;
        std::vector<Source> sources = list_sources();
        add_paced(&sources);
        std::set<uint32_t> events, first_layer;
        for (const Source &source : sources) {
            std::set<uint32_t> markers = source.fed;
            for (const Source &to : sources) // back to whoever feeds its core
                if ((to.layer == source.layer || to.layer + 1 == source.layer) &&
                    to.fed.count(source.core) != 0)
                    markers.insert(to.core);
            const uint32_t l = source.layer;
            routes.push_back(
                entry(source.slice.key, source.slice.n_units, source.events, l == last));
            routes.push_back(entry(source.slice.marker_key,
                                   program_marker_keys(source.slice.n_units), markers,
                                   l == last || l == 0));
            if (l == 0)
                first_layer.insert(source.core);
        }
        for (uint32_t input = 0; input < net_->n_inputs; input++)
            add_users(&events, 0, net_->layer[0].input, input);
        routes.push_back(entry(program_->input_key, net_->n_inputs, events, false));
        routes.push_back(entry(program_->input_marker_key, program_marker_keys(program_->n_inputs),
                               first_layer, false));
        std::sort(routes.begin(), routes.end(),
                  [](const RouteEntry &a, const RouteEntry &b) { return a.key < b.key; });
        auto *route = ARENA_ARRAY(arena_, RouteEntry, routes.size());
        std::copy(routes.begin(), routes.end(), route);
        auto *table = ARENA_ARRAY(arena_, RouterTable, 1);
        *table = {static_cast<uint32_t>(routes.size()), route, 0};
        table->n_ascending = table_count_ascending(table);
        program_->n_tables = 1;
        program_->table = table;
    }
};

#endif
