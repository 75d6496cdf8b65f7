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
    WeightFormat format;
    uint32_t index_bytes;
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
                const auto format = rng_below(rng, 2) ? FORMAT_SOURCE : FORMAT_TARGET;
                const uint32_t bytes[] = {1, 2, 4};
                specs.push_back({core, l, first, n, format, bytes[rng_below(rng, 3)]});
                first += n;
            }
        }
        return specs;
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
                        from.cell->n_gates, from.zoneout,    unit_of};
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
        std::vector<Entry> entries;
        for (uint32_t source = 0; source < rows.n_rows; source++)
            for (uint64_t i = rows.row_start[source]; i < rows.row_start[source + 1]; i++) {
                const uint32_t gate = rows.col[i] / layer_units, unit = rows.col[i] % layer_units;
                const uint32_t local = position_of_[spec.layer][unit] - spec.first_position;
                if (local >= spec.n_units)
                    continue;
                const uint32_t target = gate * spec.n_units + local;
                const uint32_t from = source_position(spec.layer, recurrent, source);
                if (spec.format == FORMAT_SOURCE)
                    entries.push_back({from, target, target, rows.weight[i]});
                else
                    entries.push_back({target, source, from, rows.weight[i]});
            }
        std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
            return std::tie(a.row, a.rank) < std::tie(b.row, b.rank);
        });
        MatrixImage matrix{};
        matrix.n_sources = rows.n_rows;
        matrix.n_targets = n_gates * spec.n_units;
        matrix.n_weights = entries.size();
        matrix.format = spec.format;
        matrix.index_bytes = spec.index_bytes;
        matrix.pointer_bytes = 4;
        std::vector<float> weights;
        std::vector<uint8_t> indices;
        const uint32_t n_rows = spec.format == FORMAT_SOURCE ? matrix.n_sources : matrix.n_targets;
        std::vector<uint32_t> pointers(n_rows + 1, 0);
        for (const Entry &entry : entries) {
            weights.push_back(entry.weight);
            for (uint32_t b = 0; b < spec.index_bytes; b++)
                indices.push_back(static_cast<uint8_t>(entry.col >> 8 * b));
            pointers[entry.row + 1]++;
        }
        for (uint32_t r = 0; r < n_rows; r++)
            pointers[r + 1] += pointers[r];
        matrix.weight_offset = put(weights.data(), 4 * weights.size());
        matrix.pointer_offset = put(pointers.data(), 4 * pointers.size());
        matrix.index_offset = put(indices.data(), indices.size());
        return matrix;
    }

    uint64_t put_gated(const SliceSpec &spec, const float *values, uint32_t layer_units,
                       uint32_t n_gates)
    {
        std::vector<float> mine;
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
        return slice;
    }

    void finish_core(CoreProgram *core, const SliceProgram *slice)
    {
        for (uint32_t s = 0; s < core->n_slices; s++) {
            for (const MatrixImage *matrix : {&slice[s].input, &slice[s].recurrent}) {
                const uint32_t rows =
                    matrix->format == FORMAT_SOURCE ? matrix->n_sources : matrix->n_targets;
                core->region_bytes[REGION_WEIGHTS] += 4 * matrix->n_weights;
                core->region_bytes[REGION_INDICES] += matrix->index_bytes * matrix->n_weights;
                core->region_bytes[REGION_POINTERS] += 4 * (static_cast<uint64_t>(rows) + 1);
            }
            core->region_bytes[REGION_PARAMETERS] +=
                8 * static_cast<uint64_t>(slice[s].input.n_targets) + 4 * slice[s].n_units;
            core->region_bytes[REGION_STATE] += 4 * static_cast<uint64_t>(slice[s].n_units);
        }
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
