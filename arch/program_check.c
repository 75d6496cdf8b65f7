/* program_check.c - is a Program what program.h promises? Layers, cores, slices and images here;
 * keys and routes in program_check_routes.c.
 *
 * Takes nothing for granted: after these checks no index, pointer or offset of the Program leads
 * outside of its arrays, so whoever runs it needs no checks of its own.
 * cost: O(bytes of the images + slices * log slices + routes * cores), in time; O(slices) memory.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch/matrix_image.h"
#include "base/check.h"
#include "base/fixed_math.h"
#include "program_private.h"
#include "topology_private.h"

/* How many arrays a slice has in its core's image. */
enum { SLICE_ARRAYS = 12, WHAT_BYTES = 400 };

/* The width of the host's input stands nowhere but in a number: tables follow from it, so it has a
 * limit. All other sizes are those of arrays in images. */
enum { INPUTS_MAX = 1 << 24 };

typedef struct Check {
    const Program *program;
    const char *name;        /* of the Program, for messages     */
    const CoreProgram *core; /* being checked, or NULL           */
    uint32_t slice;          /* being checked; PROGRAM_NONE: none */
    Arena *scratch;          /* reset after each core             */
    Err *err;
} Check;

static Status fail(const Check *check, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

static Status fail(const Check *check, const char *format, ...)
{
    char what[WHAT_BYTES], place[80] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (check->core != NULL && check->slice != PROGRAM_NONE)
        snprintf(place, sizeof place, "core %u: slice %u: ", check->core->core, check->slice);
    else if (check->core != NULL)
        snprintf(place, sizeof place, "core %u: ", check->core->core);
    return err_set(check->err, STATUS_INPUT, "%s: %s%s", check->name, place, what);
}

/* Every unit of the layer stands at exactly one position. */
static Status check_order(const Check *check, Arena *scratch, uint32_t l)
{
    const ProgramLayer *layer = &check->program->layer[l];
    if (layer->unit_of == NULL)
        return fail(check, "layer %u has no order of units; expected one", l);
    bool *seen = ARENA_ARRAY(scratch, bool, layer->n_units);
    for (uint32_t position = 0; position < layer->n_units; position++) {
        uint32_t unit = layer->unit_of[position];
        if (unit >= layer->n_units || seen[unit])
            return fail(check,
                        "layer %u: position %u holds unit %u; expected each of %u units once", l,
                        position, unit, layer->n_units);
        seen[unit] = true;
    }
    return STATUS_OK;
}

static Status check_layers(const Check *check, Arena *scratch)
{
    const Program *program = check->program;
    if (program->n_layers < 1 || program->n_inputs < 1 || program->n_inputs > INPUTS_MAX)
        return fail(check,
                    "has %u layers and %u inputs; expected at least one, and at most %d inputs",
                    program->n_layers, program->n_inputs, (int)INPUTS_MAX);
    uint32_t n_before = program->n_inputs;
    for (uint32_t l = 0; l < program->n_layers; l++) {
        const ProgramLayer *layer = &program->layer[l];
        if (layer->n_inputs != n_before)
            return fail(check, "layer %u has %u inputs; expected the %u of what stands before it",
                        l, layer->n_inputs, n_before);
        if (layer->n_units < 1 || layer->n_gates < 1)
            return fail(check, "layer %u has %u units of %u gates; expected at least one", l,
                        layer->n_units, layer->n_gates);
        if (layer->name == NULL || layer->cell == NULL)
            return fail(check, "layer %u has no name or cell kind; expected both", l);
        if (!(layer->parameter >= 0 && layer->parameter <= 1))
            return fail(check, "layer %u has a cell parameter of %g; expected 0 to 1", l,
                        (double)layer->parameter);
        TRY(check_order(check, scratch, l));
        n_before = layer->n_units;
    }
    return STATUS_OK;
}

/* n items of item_bytes each lie inside the core's image. */
static bool in_image(const CoreProgram *core, uint64_t offset, uint64_t n, uint32_t item_bytes)
{
    return n <= core->image_bytes / item_bytes && offset <= core->image_bytes - n * item_bytes;
}

static bool are_finite(const CoreProgram *core, uint64_t offset, uint64_t n)
{
    uint32_t exponent = UINT32_C(0x7f800000);
    for (uint64_t i = 0; i < n; i++)
        if ((image_u32(core->image, offset + 4 * i) & exponent) == exponent)
            return false;
    return true;
}

/* The unit at each position of the matrix's sources; NULL if they are in their own order, as the
 * host's inputs are. */
static const uint32_t *source_order(const Check *check, const SliceProgram *slice,
                                    const MatrixImage *matrix)
{
    const ProgramLayer *own = &check->program->layer[slice->layer];
    if (matrix == &slice->recurrent)
        return own->unit_of;
    return slice->layer == 0 ? NULL : own[-1].unit_of;
}

static Status check_matrix(const Check *check, const SliceProgram *slice, const MatrixImage *matrix,
                           uint32_t n_sources, const char *what)
{
    uint64_t n_targets = (uint64_t)check->program->layer[slice->layer].n_gates * slice->n_units;
    if (matrix->n_sources != n_sources || matrix->n_targets != n_targets)
        return fail(check, "%s: is %u x %u; expected %u x %" PRIu64, what, matrix->n_sources,
                    matrix->n_targets, n_sources, n_targets);
    if (matrix == &slice->recurrent && matrix_is_none(matrix))
        return program_check_none(slice) ? STATUS_OK
                                         : fail(check,
                                                "%s: has no row pointers; expected none of "
                                                "its other arrays, biases and scales either",
                                                what);
    MatrixPlace place = {.core = check->core,
                         .matrix = matrix,
                         .precision = check->program->precision,
                         .source_unit = source_order(check, slice, matrix),
                         .scratch = check->scratch};
    char why[MATRIX_WHY_BYTES];
    if (!program_check_matrix(&place, why))
        return fail(check, "%s: %s", what, why);
    return STATUS_OK;
}

/* int8: scales that fixed_scale can apply. */
static Status check_scales(const Check *check, const SliceProgram *slice)
{
    const CoreProgram *core = check->core;
    uint64_t offset[] = {slice->input_scale_offset, slice->recurrent_scale_offset};
    uint64_t n = slice->n_scales, n_of[] = {n, slice_recurrent_scales(slice)};
    if (check->program->precision != PRECISION_INT8) {
        if (n != 0 || offset[0] != 0 || offset[1] != 0)
            return fail(check, "has scales; expected none, as its weights are not int8");
        return STATUS_OK;
    }
    if (n != 1 && n != slice->input.n_targets)
        return fail(check, "has %u scales; expected 1, or one for each of its %u targets",
                    slice->n_scales, slice->input.n_targets);
    for (int m = 0; m < 2; m++) {
        if (!in_image(core, offset[m], n_of[m], SCALE_BYTES))
            return fail(check, "scales do not lie in the image of %" PRIu64 " bytes",
                        core->image_bytes);
        for (uint64_t i = 0; i < n_of[m]; i++) {
            FixedScale scale = image_scale(core->image, offset[m], slice->n_scales, i);
            if (scale.multiplier < 0 || scale.shift < FIXED_SHIFT_MIN ||
                scale.shift > FIXED_SHIFT_MAX)
                return fail(check, "scale %" PRIu64 " has shift %d; expected %d to %d", i,
                            (int)scale.shift, (int)FIXED_SHIFT_MIN, (int)FIXED_SHIFT_MAX);
        }
    }
    return STATUS_OK;
}

static Status check_values(const Check *check, const SliceProgram *slice)
{
    const CoreProgram *core = check->core;
    if (check->program->precision == PRECISION_INT8) {
        for (uint64_t u = 0; u < slice_states(slice); u++)
            if (image_u32(core->image, slice->threshold_offset + 4 * u) > FIXED_ONE)
                return fail(check, "has a threshold of %u; expected 0 to %d",
                            image_u32(core->image, slice->threshold_offset + 4 * u), FIXED_ONE);
        return STATUS_OK;
    }
    if (!are_finite(core, slice->bias_offset, slice->input.n_targets) ||
        !are_finite(core, slice->recurrent_bias_offset, slice_recurrent_targets(slice)) ||
        !are_finite(core, slice->threshold_offset, slice_states(slice)))
        return fail(check, "has a bias or threshold that is not finite");
    return STATUS_OK;
}

static Status check_parameters(const Check *check, const SliceProgram *slice)
{
    const CoreProgram *core = check->core;
    if (!in_image(core, slice->bias_offset, slice->input.n_targets, 4) ||
        !in_image(core, slice->recurrent_bias_offset, slice_recurrent_targets(slice), 4) ||
        !in_image(core, slice->threshold_offset, slice_states(slice), 4) ||
        !in_image(core, slice->state_offset, slice_states(slice), 4))
        return fail(check, "parameters or state do not lie in the image of %" PRIu64 " bytes",
                    core->image_bytes);
    TRY(check_scales(check, slice));
    TRY(check_values(check, slice));
    for (uint64_t u = 0; u < slice_states(slice); u++)
        if (image_u32(core->image, slice->state_offset + 4 * u) != 0)
            return fail(check, "state of unit %u is not zero at load",
                        check->program->layer[slice->layer].unit_of[slice->first_position + u]);
    return STATUS_OK;
}

static Status check_slice(const Check *check, const SliceProgram *slice)
{
    const Program *program = check->program;
    if (slice->layer >= program->n_layers)
        return fail(check, "belongs to layer %u; expected 0 to %u", slice->layer,
                    program->n_layers - 1);
    const ProgramLayer *layer = &program->layer[slice->layer];
    if (slice->n_units < 1 || slice->first_position >= layer->n_units ||
        slice->n_units > layer->n_units - slice->first_position)
        return fail(check, "holds positions %u to %" PRIu64 " of layer %u; expected some of its %u",
                    slice->first_position, (uint64_t)slice->first_position + slice->n_units - 1,
                    slice->layer, layer->n_units);
    TRY(program_check_decoder(program, check->core, check->slice, check->name, check->err));
    if (slice->decoder)
        return check_parameters(check, slice);
    TRY(check_matrix(check, slice, &slice->input, layer->n_inputs, "input matrix"));
    TRY(check_matrix(check, slice, &slice->recurrent, layer->n_units, "recurrent matrix"));
    return check_parameters(check, slice);
}

/* One array of an image. Read-only arrays may share bytes; state, which is written, may not. */
typedef struct Extent {
    uint64_t start, end;
    bool written;
} Extent;

static int by_start(const void *a, const void *b)
{
    const Extent *first = a, *second = b;
    if (first->start != second->start)
        return first->start < second->start ? -1 : 1;
    return (first->end > second->end) - (first->end < second->end);
}

static void list_extents(const SliceProgram *slice, Precision precision,
                         Extent extent[SLICE_ARRAYS])
{
    const MatrixImage *matrix[] = {&slice->input, &slice->recurrent};
    uint64_t n_own = slice_recurrent_targets(slice), n_units = slice_states(slice);
    int n = 0;
    for (int m = 0; m < 2; m++) {
        MatrixBytes bytes = matrix_bytes(matrix[m], precision);
        uint64_t pointers = matrix[m]->pointer_offset, indices = matrix[m]->index_offset;
        uint64_t weights = matrix[m]->weight_offset;
        extent[n++] = (Extent){pointers, pointers + bytes.pointers, false};
        extent[n++] = (Extent){indices, indices + bytes.indices, false};
        extent[n++] = (Extent){weights, weights + bytes.weights, false};
    }
    uint64_t scales[] = {slice->input_scale_offset, slice->recurrent_scale_offset};
    uint64_t n_scales[] = {slice->n_scales, slice_recurrent_scales(slice)};
    for (int m = 0; m < 2; m++)
        extent[n++] = (Extent){scales[m], scales[m] + SCALE_BYTES * n_scales[m], false};
    uint64_t bias = slice->bias_offset, recurrent_bias = slice->recurrent_bias_offset;
    extent[n++] = (Extent){bias, bias + 4 * (uint64_t)slice->input.n_targets, false};
    extent[n++] = (Extent){recurrent_bias, recurrent_bias + 4 * n_own, false};
    extent[n++] = (Extent){slice->threshold_offset, slice->threshold_offset + 4 * n_units, false};
    extent[n++] = (Extent){slice->state_offset, slice->state_offset + 4 * n_units, true};
    CHECK(n == SLICE_ARRAYS);
}

static Status check_state_apart(const Check *check, Arena *scratch)
{
    const CoreProgram *core = check->core;
    size_t n = (size_t)core->n_slices * SLICE_ARRAYS;
    Extent *extent = ARENA_ARRAY(scratch, Extent, n);
    for (uint32_t i = 0; i < core->n_slices; i++)
        list_extents(&core->slice[i], check->program->precision, extent + (size_t)i * SLICE_ARRAYS);
    qsort(extent, n, sizeof *extent, by_start);
    uint64_t end = 0, written_end = 0; /* of all extents so far, and of the written ones */
    for (size_t i = 0; i < n; i++) {
        if (extent[i].start == extent[i].end)
            continue;
        if (extent[i].start < (extent[i].written ? end : written_end))
            return fail(check, "state at byte %" PRIu64 " of the image overlaps another array",
                        extent[i].start);
        end = extent[i].end > end ? extent[i].end : end;
        if (extent[i].written && extent[i].end > written_end)
            written_end = extent[i].end;
    }
    return STATUS_OK;
}

/* Bytes by region: at least what the slices' arrays need. */
static Status check_regions(const Check *check)
{
    const CoreProgram *core = check->core;
    uint64_t needed[N_REGIONS] = {0};
    for (uint32_t i = 0; i < core->n_slices; i++) {
        const SliceProgram *slice = &core->slice[i];
        const MatrixImage *matrix[] = {&slice->input, &slice->recurrent};
        for (int m = 0; m < 2; m++) {
            MatrixBytes bytes = matrix_bytes(matrix[m], check->program->precision);
            needed[REGION_WEIGHTS] += bytes.weights;
            needed[REGION_INDICES] += bytes.indices;
            needed[REGION_POINTERS] += bytes.pointers;
        }
        uint64_t n_words = slice->input.n_targets, n_scales = slice->n_scales;
        n_words += (uint64_t)slice_recurrent_targets(slice) + slice_states(slice);
        n_scales += slice_recurrent_scales(slice);
        needed[REGION_PARAMETERS] += 4 * n_words + SCALE_BYTES * n_scales;
        needed[REGION_STATE] += 4 * (uint64_t)slice_states(slice);
    }
    for (unsigned region = 0; region < N_REGIONS; region++) {
        if (core->region_bytes[region] < needed[region] || core->region_bytes[region] > UINT32_MAX)
            return fail(check, "region %s has %" PRIu64 " bytes; expected %" PRIu64 " to %u",
                        region_name((Region)region), core->region_bytes[region], needed[region],
                        UINT32_MAX);
    }
    uint64_t loaded = program_memory_bytes(core, 1) - core->region_bytes[REGION_STACK];
    if (core->image_bytes > loaded)
        return fail(check,
                    "image has %" PRIu64 " bytes; expected at most the %" PRIu64 " of its regions",
                    core->image_bytes, loaded);
    return STATUS_OK;
}

static Status check_cores(Check *check, Arena *scratch)
{
    const Program *program = check->program;
    if (program->n_cores < 1)
        return fail(check, "uses no core; expected at least one");
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        check->core = core;
        check->slice = PROGRAM_NONE;
        if (c > 0 && core->core <= program->core[c - 1].core)
            return fail(check, "follows core %u; expected ascending cores",
                        program->core[c - 1].core);
        if (core->n_slices < 1)
            return fail(check, "has no slice; expected at least one");
        for (uint32_t i = 0; i < core->n_slices; i++) {
            check->slice = i;
            TRY(check_slice(check, &core->slice[i]));
        }
        check->slice = PROGRAM_NONE;
        TRY(check_state_apart(check, scratch));
        TRY(check_regions(check));
        arena_reset(scratch);
    }
    check->core = NULL;
    return STATUS_OK;
}

static int by_layer_and_unit(const void *a, const void *b)
{
    const SliceProgram *first = ((const PlacedSlice *)a)->slice;
    const SliceProgram *second = ((const PlacedSlice *)b)->slice;
    if (first->layer != second->layer)
        return first->layer < second->layer ? -1 : 1;
    return (first->first_position > second->first_position) -
           (first->first_position < second->first_position);
}

/* Slices of each core ascend, and those of each layer hold each of its units once. */
static Status make_table(const Check *check, Arena *scratch, SliceTable *table)
{
    const Program *program = check->program;
    size_t n_slices = 0;
    for (uint32_t c = 0; c < program->n_cores; c++)
        n_slices += program->core[c].n_slices;
    if (n_slices > UINT32_MAX)
        return fail(check, "has %zu slices; expected at most %u", n_slices, UINT32_MAX);
    table->n_slices = (uint32_t)n_slices;
    table->slice = ARENA_ARRAY(scratch, PlacedSlice, n_slices);
    table->first_slice = ARENA_ARRAY(scratch, uint32_t, (size_t)program->n_layers + 1);
    uint32_t at = 0;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        uint32_t first = at;
        for (uint32_t i = 0; i < program->core[c].n_slices; i++, at++) {
            table->slice[at] = (PlacedSlice){&program->core[c].slice[i], c};
            if (at > first && by_layer_and_unit(&table->slice[at - 1], &table->slice[at]) >= 0)
                return fail(check, "core %u: slices do not ascend by layer and unit",
                            program->core[c].core);
        }
    }
    qsort(table->slice, n_slices, sizeof *table->slice, by_layer_and_unit);
    at = 0;
    for (uint32_t l = 0; l < program->n_layers; l++) {
        uint64_t next = 0; /* position */
        table->first_slice[l] = at;
        for (; at < table->n_slices && table->slice[at].slice->layer == l; at++) {
            const SliceProgram *slice = table->slice[at].slice;
            if (slice->first_position != next)
                break;
            next += slice->n_units;
        }
        if (next != program->layer[l].n_units)
            return fail(check,
                        "layer %u: position %" PRIu64 " is on no core, or on two; expected one", l,
                        next);
    }
    table->first_slice[program->n_layers] = at;
    return STATUS_OK;
}

static Status check_against_chip(Check *check, const Topology *topology)
{
    const Program *program = check->program;
    const Chip *chip = topology->chip;
    if (program->chip_hash != chip->hash)
        return fail(check,
                    "was compiled for chip %s (%016" PRIx64 "), not for this %s (%016" PRIx64
                    "); expected the same description and settings",
                    program->chip_name, program->chip_hash, chip->name, chip->hash);
    uint64_t available[] = {cost_count(&chip->core.system_bytes),
                            cost_count(&chip->core.data_bytes)};
    for (uint32_t c = 0; c < program->n_cores; c++) {
        check->core = &program->core[c];
        if (!chip_core_is_usable(chip, check->core->core))
            return fail(check, "is not among the %u usable cores of the chip",
                        chip_usable_cores(chip));
        for (int memory = 0; memory < 2; memory++) {
            uint64_t used = program_memory_bytes(check->core, memory);
            if (used > available[memory])
                return fail(check, "uses %" PRIu64 " bytes of %s memory; the chip has %" PRIu64,
                            used, memory == 0 ? "system" : "data", available[memory]);
        }
    }
    check->core = NULL;
    if (program->n_tables != topology->n_routers)
        return fail(check, "has %u routing tables; expected one for each of %u routers",
                    program->n_tables, topology->n_routers);
    uint64_t n_entries = cost_count(&chip->router.table_entries);
    if (program_fullest_table(program) > n_entries)
        return fail(check, "has %u routes; the router's table has %" PRIu64 " entries",
                    program_fullest_table(program), n_entries);
    uint64_t n_keys = UINT64_C(1) << cost_count(&chip->router.key_bits);
    if (program_last_key(program) >= n_keys)
        return fail(check, "sends key %u; the router's keys end at %" PRIu64,
                    program_last_key(program), n_keys - 1);
    return STATUS_OK;
}

static Status check_all(Check *check, Arena *scratch, const Topology *topology)
{
    const Program *program = check->program;
    if (program->format_version != PROGRAM_FORMAT_VERSION)
        return fail(check, "has format version %u; expected %d", program->format_version,
                    (int)PROGRAM_FORMAT_VERSION);
    if ((unsigned)program->precision >= N_PRECISIONS)
        return fail(check, "has weights of precision %u; expected 0 to %d",
                    (unsigned)program->precision, N_PRECISIONS - 1);
    if (program->chip_name == NULL || program->network_name == NULL)
        return fail(check, "names no chip or network; expected both");
    TRY(check_layers(check, scratch));
    TRY(check_cores(check, scratch));
    SliceTable table;
    TRY(make_table(check, scratch, &table));
    TRY(program_check_dram(program, check->name, check->err));
    if (program->n_tables < 1)
        return fail(check, "has no routing table; expected one for each router");
    if (topology != NULL)
        TRY(check_against_chip(check, topology));
    if (topology != NULL)
        TRY(program_check_chip_dram(program, topology->chip, check->name, check->err));
    return program_check_routes(scratch, program, &table, topology, check->name, check->err);
}

Status program_check_content(const Program *program, const Topology *topology, const char *name,
                             Err *err)
{
    Arena *scratch = arena_new();
    Check check = {
        .program = program, .name = name, .slice = PROGRAM_NONE, .scratch = scratch, .err = err};
    Status status = check_all(&check, scratch, topology);
    arena_free(scratch);
    return status;
}

Status program_check_on(const Program *program, const Topology *topology, Err *err)
{
    const char *name = program->network_name != NULL ? program->network_name : "program";
    return program_check_content(program, topology, name, err);
}

Status program_check(const Program *program, const Chip *chip, Err *err)
{
    Arena *scratch = arena_new();
    const Topology *topology;
    Status status = topology_build_routers(scratch, chip, &topology, err);
    if (status == STATUS_OK)
        status = program_check_on(program, topology, err);
    arena_free(scratch);
    return status;
}
