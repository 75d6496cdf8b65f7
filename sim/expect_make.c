/* expect_make.c - program, network, input and reference run of a shape, without their contents.
 *
 * Cores of a layer are the usable ones in order, the first layer's first. Matrices are as the
 * compiler would make them in source format: plain indices and pointers as narrow as they can be,
 * with the expected number of weights, rounded. Cost: O(cores + layers).
 */
#include <inttypes.h>

#include "arch/matrix_image.h"
#include "base/check.h"
#include "expect_model.h"

enum { WORD_BYTES = 4, PACKET_BYTES = 8, STEPS_IN_FLIGHT = 2, SHORT_POINTERS_END = 1 << 16 };

static uint64_t rounded(double value)
{
    return (uint64_t)(value + 0.5);
}

static uint64_t padded(uint64_t n_bytes)
{
    return (n_bytes + WORD_BYTES - 1) / WORD_BYTES * WORD_BYTES;
}

/* ---- network, input, reference -------------------- */

static SparseRows rows_make(const ExpectOptions *options, uint32_t n_rows, uint64_t n_cols)
{
    return (SparseRows){.n_rows = n_rows,
                        .n_cols = (uint32_t)n_cols,
                        .n_nonzeros = rounded((double)n_rows * (double)n_cols * options->density)};
}

static const Network *make_network(Arena *arena, const ExpectOptions *options)
{
    const CellKind *cell = cell_find(EXPECT_CELL);
    Network *network = ARENA_ARRAY(arena, Network, 1);
    Layer *layer = ARENA_ARRAY(arena, Layer, options->n_layers);
    const char *name = "shapes";
    for (uint32_t l = 0; l <= options->n_layers; l++)
        name = arena_printf(arena, "%s%c%" PRIu32, name, l == 0 ? ' ' : ',', options->size[l]);
    for (uint32_t l = 0; l < options->n_layers; l++) {
        uint64_t n_cols = (uint64_t)cell->n_gates * options->size[l + 1];
        layer[l] = (Layer){.name = arena_printf(arena, "layer%" PRIu32, l),
                           .cell = cell,
                           .n_inputs = options->size[l],
                           .n_units = options->size[l + 1],
                           .input = rows_make(options, options->size[l], n_cols),
                           .recurrent = rows_make(options, options->size[l + 1], n_cols),
                           .activity = options->rate[l + 1]};
    }
    *network = (Network){.name = name,
                         .description = "",
                         .n_inputs = options->size[0],
                         .n_layers = options->n_layers,
                         .layer = layer,
                         .precision = options->precision};
    return network;
}

static const ReferenceRun *make_reference(Arena *arena, const ExpectOptions *options,
                                          const Network *network)
{
    ReferenceRun *run = ARENA_ARRAY(arena, ReferenceRun, 1);
    MacCounts *macs = ARENA_ARRAY(arena, MacCounts, options->n_layers);
    double *activity = ARENA_ARRAY(arena, double, options->n_layers), active = 0, units = 0;
    const double steps = options->n_steps;
    for (uint32_t l = 0; l < options->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        double columns = (double)layer->cell->n_gates * layer->n_units;
        double sources = layer->n_inputs * options->rate[l] * steps +
                         layer->n_units * options->rate[l + 1] * (steps - 1);
        macs[l] = (MacCounts){
            .dense = network_dense_macs(layer) * options->n_steps,
            .weight_sparse = network_sparse_macs(layer) * options->n_steps,
            .activity_sparse = rounded(columns * sources),
            .both = rounded(columns * sources * options->density),
        };
        activity[l] = options->rate[l + 1];
        active += activity[l] * layer->n_units;
        units += layer->n_units;
    }
    *run = (ReferenceRun){.n_steps = options->n_steps,
                          .n_layers = options->n_layers,
                          .layer_macs = macs,
                          .activity = activity,
                          .mean_activity = active / units};
    return run;
}

/* ---- program -------------------- */

static uint32_t index_bytes(uint32_t n_columns)
{
    return n_columns <= UINT32_C(1) << 8 ? 1 : n_columns <= UINT32_C(1) << 16 ? 2 : 4;
}

static MatrixImage matrix_make(const ExpectOptions *options, uint32_t n_sources, uint32_t n_targets)
{
    MatrixImage matrix = {
        .n_sources = n_sources,
        .n_targets = n_targets,
        .n_weights = rounded((double)n_sources * n_targets * options->density),
        .format = FORMAT_SOURCE,
        .index_bytes = index_bytes(n_targets),
    };
    matrix.pointer_bytes = matrix.n_weights < SHORT_POINTERS_END ? 2 : 4;
    return matrix;
}

/* Bytes of a core with one slice, by region. */
static void fill_regions(const Chip *chip, const ExpectOptions *options, CoreProgram *core)
{
    const SliceProgram *slice = core->slice;
    const MatrixImage *matrix[] = {&slice->input, &slice->recurrent};
    const uint64_t weight_bytes = precision_weight_bytes(options->precision);
    uint64_t *bytes = core->region_bytes;
    bytes[REGION_CODE] = cost_count(&chip->software.code_bytes);
    bytes[REGION_STACK] = cost_count(&chip->software.stack_bytes);
    bytes[REGION_FIFO] = cost_count(&chip->core.receive_fifo_packets) * PACKET_BYTES;
    for (int m = 0; m < 2; m++) {
        uint64_t targets = (uint64_t)matrix[m]->n_targets * WORD_BYTES;
        bytes[REGION_WEIGHTS] += padded(matrix[m]->n_weights * weight_bytes);
        bytes[REGION_INDICES] += padded(matrix[m]->n_weights * matrix[m]->index_bytes);
        bytes[REGION_POINTERS] +=
            padded(((uint64_t)matrix[m]->n_sources + 1) * matrix[m]->pointer_bytes);
        bytes[REGION_ACCUMULATORS] += STEPS_IN_FLIGHT * targets;
        bytes[REGION_PARAMETERS] += targets + padded((uint64_t)slice->n_scales * SCALE_BYTES);
    }
    bytes[REGION_PARAMETERS] += (uint64_t)slice->n_units * WORD_BYTES;
    bytes[REGION_STATE] = (uint64_t)slice->n_units * WORD_BYTES;
}

static uint32_t even_start(uint32_t n_units, uint32_t n_slices, uint32_t i)
{
    return (uint32_t)((uint64_t)i * n_units / n_slices);
}

static void fill_core(Arena *arena, const Chip *chip, const ExpectOptions *options, uint32_t layer,
                      uint32_t n_units, CoreProgram *core)
{
    const uint32_t n_targets = (uint32_t)cell_find(EXPECT_CELL)->n_gates * n_units;
    SliceProgram *slice = ARENA_ARRAY(arena, SliceProgram, 1);
    *slice = (SliceProgram){
        .layer = layer,
        .n_units = n_units,
        .input = matrix_make(options, options->size[layer], n_targets),
        .recurrent = matrix_make(options, options->size[layer + 1], n_targets),
        .n_scales = options->precision == PRECISION_INT8 ? n_targets : 0,
    };
    core->n_slices = 1;
    core->slice = slice;
    fill_regions(chip, options, core);
}

static bool core_fits(const Chip *chip, const CoreProgram *core)
{
    return program_memory_bytes(core, 0) <= cost_count(&chip->core.system_bytes) &&
           program_memory_bytes(core, 1) <= cost_count(&chip->core.data_bytes);
}

/* The fewest cores on which a layer fits; as many as units if it does not. */
static uint32_t least_cores(Arena *arena, const Chip *chip, const ExpectOptions *options,
                            uint32_t layer)
{
    uint32_t low = 1, high = options->size[layer + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t units = (options->size[layer + 1] + middle - 1) / middle;
        CoreProgram core = {0};
        fill_core(arena, chip, options, layer, units, &core);
        if (core_fits(chip, &core))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* As many cores as each layer needs, and of the rest a share by expected work, no more than
 * units. */
static void deal_cores(Arena *arena, const Chip *chip, const ExpectOptions *options,
                       uint32_t n_usable, uint32_t *n_cores)
{
    const double *rate = options->rate;
    const uint32_t *size = options->size;
    double all = 0, *work = ARENA_ARRAY(arena, double, options->n_layers);
    uint64_t n_least = 0;
    for (uint32_t l = 0; l < options->n_layers; l++) {
        work[l] = size[l + 1] * (size[l] * rate[l] + size[l + 1] * rate[l + 1] + 1);
        all += work[l];
        n_cores[l] = least_cores(arena, chip, options, l);
        n_least += n_cores[l];
    }
    for (uint32_t l = 0; options->any_memory && n_least > n_usable && l < options->n_layers; l++)
        n_cores[l] = 1;
    if (options->any_memory && n_least > n_usable)
        n_least = options->n_layers;
    if (n_least >= n_usable)
        return;
    for (uint32_t l = 0; l < options->n_layers; l++) {
        n_cores[l] += (uint32_t)(work[l] / all * (double)(n_usable - n_least));
        n_cores[l] = n_cores[l] < size[l + 1] ? n_cores[l] : size[l + 1];
    }
}

static Status check_memory(const Chip *chip, const CoreProgram *core, Err *err)
{
    const uint64_t available[] = {cost_count(&chip->core.system_bytes),
                                  cost_count(&chip->core.data_bytes)};
    for (int memory = 0; memory < 2; memory++) {
        uint64_t needed = program_memory_bytes(core, memory);
        if (needed <= available[memory])
            continue;
        err_set(err, STATUS_NO_FIT,
                "core %" PRIu32 ": %s memory does not fit: %" PRIu64 " bytes needed, %" PRIu64
                " available; it holds %" PRIu32 " units of layer%" PRIu32,
                core->core, memory == 0 ? "system" : "data", needed, available[memory],
                core->slice->n_units, core->slice->layer);
        err_hint(err, "--any-memory counts all the same");
        return STATUS_NO_FIT;
    }
    return STATUS_OK;
}

static Status fill_layers(Arena *arena, const Chip *chip, const ExpectOptions *options,
                          const uint32_t *n_cores, CoreProgram *core, Err *err)
{
    uint32_t at = 0;
    for (uint32_t l = 0; l < options->n_layers; l++)
        for (uint32_t i = 0; i < n_cores[l]; i++, at++) {
            const uint32_t n_units = options->size[l + 1];
            uint32_t first = even_start(n_units, n_cores[l], i);
            fill_core(arena, chip, options, l, even_start(n_units, n_cores[l], i + 1) - first,
                      &core[at]);
            ((SliceProgram *)core[at].slice)->first_position = first;
            if (!options->any_memory)
                TRY(check_memory(chip, &core[at], err));
        }
    return STATUS_OK;
}

/* Names and shapes; units have no order. */
static const ProgramLayer *make_layers(Arena *arena, const Network *network)
{
    ProgramLayer *layer = ARENA_ARRAY(arena, ProgramLayer, network->n_layers);
    for (uint32_t l = 0; l < network->n_layers; l++)
        layer[l] = (ProgramLayer){.name = network->layer[l].name,
                                  .cell = network->layer[l].cell->name,
                                  .n_inputs = network->layer[l].n_inputs,
                                  .n_units = network->layer[l].n_units,
                                  .n_gates = (uint32_t)network->layer[l].cell->n_gates};
    return layer;
}

static Status make_program(Arena *arena, const Topology *topology, const ExpectOptions *options,
                           const Network *network, const Program **out, Err *err)
{
    const Chip *chip = topology->chip;
    uint32_t *usable, n_all = 0, n_usable = chip_list_usable(arena, chip, &usable);
    uint32_t *n_cores = ARENA_ARRAY(arena, uint32_t, options->n_layers);
    if (options->n_cores == NULL && n_usable >= options->n_layers)
        deal_cores(arena, chip, options, n_usable, n_cores);
    for (uint32_t l = 0; l < options->n_layers; l++) {
        n_cores[l] = options->n_cores != NULL ? options->n_cores[l] : n_cores[l];
        if (n_cores[l] > options->size[l + 1])
            return err_set(err, STATUS_INPUT,
                           "layer%" PRIu32 ": %" PRIu32 " units on %" PRIu32
                           " cores; expected at most one core a unit",
                           l, options->size[l + 1], n_cores[l]);
        n_all += n_cores[l];
    }
    if (n_all > n_usable || n_usable < options->n_layers)
        return err_set(err, STATUS_NO_FIT, "%" PRIu32 " cores wanted; chip '%s' has %" PRIu32,
                       n_all > options->n_layers ? n_all : options->n_layers, chip->name, n_usable);
    Program *program = ARENA_ARRAY(arena, Program, 1);
    CoreProgram *core = ARENA_ARRAY(arena, CoreProgram, n_all);
    RouterTable *table = ARENA_ARRAY(arena, RouterTable, topology->n_routers);
    for (uint32_t c = 0; c < n_all; c++)
        core[c].core = usable[c];
    for (uint32_t r = 0; r < topology->n_routers; r++)
        table[r].n_entries = 2 * (n_all + 1); /* events and markers of all sources, at most */
    TRY(fill_layers(arena, chip, options, n_cores, core, err));
    *program = (Program){.chip_name = chip->name,
                         .network_name = network->name,
                         .chip_hash = chip->hash,
                         .precision = options->precision,
                         .n_layers = options->n_layers,
                         .layer = make_layers(arena, network),
                         .n_inputs = options->size[0],
                         .n_cores = n_all,
                         .core = core,
                         .n_tables = topology->n_routers,
                         .table = table};
    *out = program;
    return STATUS_OK;
}

static Status check_options(const Topology *topology, const ExpectOptions *options, Err *err)
{
    CHECK(options->n_layers > 0 && options->n_steps > 0);
    if (options->point >= topology->chip->n_points)
        return err_set(err, STATUS_INPUT, "operating point %" PRIu32 "; chip '%s' has %" PRIu32,
                       options->point, topology->chip->name, topology->chip->n_points);
    if (options->auto_point && topology->chip->n_points < 2)
        return err_set(err, STATUS_INPUT,
                       "cores are to change their operating point; chip '%s' has one",
                       topology->chip->name);
    for (uint32_t l = 0; l <= options->n_layers; l++)
        if (options->size[l] == 0 || !(options->rate[l] >= 0 && options->rate[l] <= 1))
            return err_set(err, STATUS_INPUT,
                           "layer %" PRIu32 ": %" PRIu32 " units, rate %g; expected at least one, "
                           "and a rate in 0 .. 1",
                           l, options->size[l], options->rate[l]);
    if (!(options->density >= 0 && options->density <= 1))
        return err_set(err, STATUS_INPUT, "density %g; expected 0 .. 1", options->density);
    return STATUS_OK;
}

Status expect_make(Arena *arena, const Topology *topology, const ExpectOptions *options,
                   const Expected **out, Err *err)
{
    Expected *expected = ARENA_ARRAY(arena, Expected, 1);
    InputStream *input = ARENA_ARRAY(arena, InputStream, 1);
    const char *name = "rates";
    *out = NULL;
    expected->options = options;
    TRY(check_options(topology, options, err));
    for (uint32_t l = 0; l <= options->n_layers; l++)
        name = arena_printf(arena, "%s%c%g", name, l == 0 ? ' ' : ',', options->rate[l]);
    expected->network = make_network(arena, options);
    *input = (InputStream){.network = expected->network, .name = name, .n_steps = options->n_steps};
    expected->input = input;
    expected->reference = make_reference(arena, options, expected->network);
    TRY(make_program(arena, topology, options, expected->network, &expected->program, err));
    *out = expected;
    return STATUS_OK;
}
