/* plan.c - tables for a run: slices by core and layer, keys by source, paths.
 *
 * Takes a Program and a Topology that belong together, and makes flat arrays that the models index
 * without searching. What the hardware finds by key stays a search by key (plan_identify, and
 * plan_trees in the router tables), so that wrong keys or tables show. Tiles and links of the
 * networks-on-chip are numbered over all chips of a board: those of chip c from c * tiles of a
 * chip, c * links of a chip on.
 *
 * Cost: O(slices * layers), O(tiles * path length) for the paths.
 */
#include "plan.h"

#include <stdlib.h>

#include "arch/matrix_image.h"
#include "base/check.h"
#include "bits.h"

enum { MAX_CORES_PER_TILE = 32, MAX_PORTS = 62, PIECES_PER_BLOCK = 4 };

/* Steps that any two neighbours can be apart, twice over: see program.h. */
enum { STEPS_IN_FLIGHT = 4 };

static uint64_t whole(double value)
{
    return (uint64_t)(value + 0.5);
}

static uint32_t count_u32(const Cost *cost)
{
    return (uint32_t)cost_count(cost);
}

/* Time of so many bits on a serial link, rounded up; 0 if the link carries nothing. */
static uint64_t bits_ps(uint64_t bits, uint64_t bits_per_second)
{
    uint64_t work = bits * UINT64_C(1000000000000); /* bits <= 65536: no overflow */
    return bits_per_second ? (work + bits_per_second - 1) / bits_per_second : 0;
}

static PlanLink link_times(const Chip *chip, const Cost *bits_per_second, const Cost *latency_ns)
{
    return (PlanLink){bits_ps(cost_count(&chip->links.frame_bits), whole(bits_per_second->value)),
                      whole(latency_ns->value * 1000.0)};
}

void plan_costs(Plan *plan, const Chip *chip, uint32_t point)
{
    const ChipSoftware *software = &chip->software;
    plan->chip = chip;
    plan->clock[DOMAIN_CORES] = clock_make(cost_count(&chip->point[point].hz));
    plan->clock[DOMAIN_NOC] = clock_make(cost_count(&chip->noc.hz));
    plan->clock[DOMAIN_ROUTER] = clock_make(cost_count(&chip->router.hz));
    plan->receive_cycles = cost_count(&software->receive_event_cycles);
    plan->emit_cycles = cost_count(&software->emit_event_cycles);
    plan->step_cycles = cost_count(&software->step_cycles);
    plan->hop_cycles = cost_count(&chip->noc.hop_cycles);
    plan->inject_cycles = cost_count(&chip->noc.inject_cycles);
    plan->flit_cycles = chip_flit_cycles(chip);
    plan->whole_cycles = plan->hop_cycles + plan->flit_cycles - 1;
    plan->eject_cycles = cost_count(&chip->noc.eject_cycles) + plan->flit_cycles - 1;
    plan->lookup_cycles = cost_count(&chip->router.lookup_cycles);
    plan->fifo_packets = count_u32(&chip->core.receive_fifo_packets);
    plan->inject_packets = count_u32(&chip->core.inject_queue_packets);
    plan->buffer_flits = count_u32(&chip->noc.buffer_flits);
    plan->port_packets = count_u32(&chip->router.port_queue_packets);
    plan->cores_per_tile = chip->grid.cores_per_tile;
    plan->mesh = chip->fabric.routing == ROUTING_MESH;
    plan->one_clock = plan->clock[DOMAIN_NOC].hz == plan->clock[DOMAIN_ROUTER].hz;
    plan->frame_links = !plan->mesh;
    const ChipLinks *links = &chip->links;
    plan->link[0] = link_times(chip, &links->on_board_bits_per_second, &links->on_board_latency_ns);
    plan->link[1] =
        link_times(chip, &links->off_board_bits_per_second, &links->off_board_latency_ns);
    plan->host_event_bits = cost_count(&chip->host.event_bits);
    plan->host_packet_ps = bits_ps(plan->host_event_bits, whole(chip->host.bits_per_second.value));
    plan->barrier_ps = whole(software->barrier_ns.value * 1000.0);
    plan->host_latency_ps = whole(chip->host.latency_ns.value * 1000.0);
}

void plan_weights(Plan *plan, Precision precision)
{
    const ChipSoftware *software = &plan->chip->software;
    const ChipCore *core = &plan->chip->core;
    const Cost *source[N_PRECISIONS] = {&software->synapse_source_fp32_cycles,
                                        &software->synapse_source_bf16_cycles,
                                        &software->synapse_int_cycles};
    const Cost *target[N_PRECISIONS] = {&software->synapse_target_fp32_cycles,
                                        &software->synapse_target_bf16_cycles,
                                        &software->synapse_int_cycles};
    bool int8 = precision == PRECISION_INT8;
    plan->synapse_cycles[FORMAT_SOURCE] = cost_count(source[precision]);
    plan->synapse_cycles[FORMAT_BITMAP] = cost_count(source[precision]);
    plan->synapse_cycles[FORMAT_TARGET] = cost_count(target[precision]);
    plan->delta_cycles = cost_count(&software->delta_index_cycles);
    plan->word_cycles = cost_count(&software->bitmap_word_cycles);
    plan->array_start_cycles = cost_count(&core->mac_array_start_cycles);
    plan->array_macs_per_cycle = cost_count(&core->mac_array_macs_per_cycle);
    plan->array_macs_per_million = whole(core->mac_array_vector_utilisation_frac.value * 1e6);
    plan->weight_bytes = precision_weight_bytes(precision);
    plan->value_bytes = int8 ? 1 : 4;
}

const Cost *plan_update_cost(const Chip *chip, const CellKind *cell, Precision precision)
{
    const ChipSoftware *software = &chip->software;
    if (cell->spiking)
        return &software->update_lif_cycles;
    return precision == PRECISION_INT8 ? &software->update_egru_int_cycles
                                       : &software->update_egru_cycles;
}

uint64_t plan_array_cycles(const Plan *plan, const MatrixImage *matrix)
{
    const uint64_t million = 1000000;
    uint64_t macs = (uint64_t)matrix->n_sources * matrix->n_targets;
    uint64_t rate = plan->array_macs_per_cycle * plan->array_macs_per_million;
    CHECK(rate > 0 &&
          macs <= UINT64_MAX / million - rate); /* plan_init; the block is in an image */
    return (macs * million + rate - 1) / rate;
}

uint32_t plan_row_weights(const Plan *plan, const PlanSlice *slice, int which, uint32_t row)
{
    const uint8_t *image = plan->program->core[slice->core].image;
    return image_pointer(image, slice->matrix[which], (uint64_t)row + 1) -
           image_pointer(image, slice->matrix[which], row);
}

static void plan_slice(Plan *plan, uint32_t core, const SliceProgram *program, uint32_t at)
{
    PlanSlice *slice = &plan->slice[at];
    *slice = (PlanSlice){.program = program, .core = core, .stage = program->layer + 1};
    slice->matrix[0] = &program->input;
    slice->matrix[1] = &program->recurrent;
}

static void plan_slices(Arena *arena, Plan *plan)
{
    const Program *program = plan->program;
    uint32_t *core_slice = ARENA_ARRAY(arena, uint32_t, (size_t)program->n_cores + 1);
    for (uint32_t c = 0; c < program->n_cores; c++)
        core_slice[c + 1] = core_slice[c] + program->core[c].n_slices;
    plan->core_slice = core_slice;
    plan->n_slices = core_slice[program->n_cores];
    plan->n_sources = plan->n_slices + 1;
    plan->slice = ARENA_ARRAY(arena, PlanSlice, plan->n_slices);
    size_t row = (size_t)plan->n_layers + 1;
    uint32_t *core_layer = ARENA_ARRAY(arena, uint32_t, program->n_cores * row);
    uint32_t *stage_sources = ARENA_ARRAY(arena, uint32_t, plan->n_stages);
    stage_sources[0] = 1;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        uint32_t at = core_slice[c];
        for (uint32_t l = 0; l < plan->n_layers; l++) {
            core_layer[row * c + l] = at;
            for (; at < core_slice[c + 1]; at++) {
                const SliceProgram *slice = &program->core[c].slice[at - core_slice[c]];
                if (slice->layer != l)
                    break;
                plan_slice(plan, c, slice, at);
                stage_sources[l + 1]++;
            }
        }
        CHECK(at == core_slice[c + 1]); /* slices ascend by layer: program_check */
        core_layer[row * c + plan->n_layers] = at;
    }
    plan->core_layer = core_layer;
    plan->stage_sources = stage_sources;
}

static int compare_blocks(const void *left, const void *right)
{
    uint32_t a = ((const SourceBlock *)left)->key, b = ((const SourceBlock *)right)->key;
    return (a > b) - (a < b);
}

static void plan_keys(Arena *arena, Plan *plan)
{
    const Program *program = plan->program;
    plan->n_blocks = 2 * plan->n_sources;
    SourceBlock *block = ARENA_ARRAY(arena, SourceBlock, plan->n_blocks);
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        const SliceProgram *slice = plan->slice[s].program;
        block[2 * (size_t)s] =
            (SourceBlock){slice->key, slice->n_units, s, slice->first_position, false, false, 0, 0};
        block[2 * (size_t)s + 1] = (SourceBlock){slice->marker_key,
                                                 program_marker_keys(slice->n_units),
                                                 s,
                                                 slice->first_position,
                                                 true,
                                                 true,
                                                 0,
                                                 0};
    }
    size_t host = plan->n_slices;
    uint32_t n_inputs = program->n_inputs;
    block[2 * host] =
        (SourceBlock){program->input_key, n_inputs, plan->n_slices, 0, false, false, 0, 0};
    block[2 * host + 1] = (SourceBlock){program->input_marker_key,
                                        program_marker_keys(n_inputs),
                                        plan->n_slices,
                                        0,
                                        true,
                                        true,
                                        0,
                                        0};
    qsort(block, plan->n_blocks, sizeof(SourceBlock), compare_blocks);
    plan->block = block;
}

/* The keys are cut into pieces of 2^key_shift, a few a block at most, so that plan_identify has
 * little to search: piece_block has the last block that begins before or with each piece. */
static void plan_key_pieces(Arena *arena, Plan *plan)
{
    const SourceBlock *block = plan->block;
    const uint32_t n_blocks = plan->n_blocks, span = block[n_blocks - 1].key - block->key;
    while (span >> plan->key_shift > PIECES_PER_BLOCK * n_blocks)
        plan->key_shift++;
    plan->n_pieces = (span >> plan->key_shift) + 1;
    uint32_t *first = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_pieces + 1), b = 0;
    for (uint32_t piece = 0; piece < plan->n_pieces; piece++) {
        while (b + 1 < n_blocks && block[b + 1].key - block->key <= piece << plan->key_shift)
            b++;
        first[piece] = b;
    }
    first[plan->n_pieces] = n_blocks - 1;
    plan->piece_block = first;
}

const SourceBlock *plan_identify(const Plan *plan, Packet *packet)
{
    if (packet->key < plan->block->key)
        return NULL;
    uint32_t piece = (packet->key - plan->block->key) >> plan->key_shift;
    piece = piece < plan->n_pieces ? piece : plan->n_pieces - 1;
    uint32_t low = plan->piece_block[piece];
    uint32_t high =
        plan->piece_block[piece + 1] + 1; /* the last with key <= packet->key is below */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (plan->block[middle].key <= packet->key)
            low = middle;
        else
            high = middle;
    }
    const SourceBlock *block = &plan->block[low];
    if (packet->key - block->key >= block->n_keys)
        return NULL;
    packet->source = block->source;
    packet->position = block->first_position + (packet->key - block->key);
    if (block->has_marker)
        packet->position = packet->key == block->key ? PACKET_MARKER : packet->position - 1;
    if (!block->closes)
        packet->announced = PACKET_OPEN;
    return block;
}

static void plan_paths(Arena *arena, Plan *plan)
{
    const Topology *topology = plan->topology;
    size_t n_hops = 0;
    for (uint32_t t = 0; t < topology->n_tiles; t++)
        n_hops += (size_t)topology->to_router[t].n_links + topology->from_router[t].n_links + 1;
    uint32_t n_chips = plan->n_tiles / topology->n_tiles;
    uint32_t *hops = ARENA_ARRAY(arena, uint32_t, n_hops * n_chips);
    uint32_t *up = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    uint32_t *down = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    uint32_t at = 0;
    for (uint32_t tile = 0; tile < plan->n_tiles; tile++) {
        uint32_t t = tile % topology->n_tiles;
        uint32_t first_link = tile / topology->n_tiles * topology->n_links;
        up[tile] = at;
        for (uint32_t i = 0; i < topology->to_router[t].n_links; i++)
            hops[at++] = first_link + topology->to_router[t].link[i];
        down[tile] = at;
        for (uint32_t i = 0; i < topology->from_router[t].n_links; i++)
            hops[at++] = first_link + topology->from_router[t].link[i];
        hops[at++] = plan->n_links + tile;
    }
    plan->hops = hops;
    plan->up = up;
    plan->down = down;
}

static Status plan_core_ids(Arena *arena, Plan *plan, Err *err)
{
    const Program *program = plan->program;
    uint32_t *core_at = ARENA_ARRAY(arena, uint32_t, plan->chip->n_cores);
    for (uint32_t c = 0; c < plan->chip->n_cores; c++)
        core_at[c] = PROGRAM_NONE;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        if (program->core[c].core >= plan->chip->n_cores)
            return err_set(err, STATUS_INPUT, "program uses core %u; chip '%s' has cores 0 to %u",
                           program->core[c].core, plan->chip->name, plan->chip->n_cores - 1);
        core_at[program->core[c].core] = c;
    }
    plan->core_at = core_at;
    return STATUS_OK;
}

static Status plan_cells(Arena *arena, Plan *plan, Err *err)
{
    const CellKind **cell = ARENA_ARRAY(arena, const CellKind *, plan->n_layers);
    for (uint32_t l = 0; l < program_layers(plan->program); l++) {
        const ProgramLayer *layer = &plan->program->layer[l];
        cell[l] = cell_find(layer->cell);
        if (cell[l] == NULL)
            return err_set(err, STATUS_INPUT, "program: layer %u: unknown cell kind '%s'", l,
                           layer->cell);
        if (!cell[l]->distributed)
            return err_set(
                err, STATUS_UNSUPPORTED,
                "program: layer %u: units of cell kind '%s' need more of one another than "
                "events; the simulator runs kinds that do not",
                l, layer->cell);
        if (plan->program->precision == PRECISION_INT8 && cell[l]->step_int8 == NULL)
            return err_set(
                err, STATUS_UNSUPPORTED,
                "program: layer %u: cell kind '%s' has no integer form, which int8 needs", l,
                layer->cell);
        if (cell[l]->n_gates != layer->n_gates)
            return err_set(err, STATUS_INPUT,
                           "program: layer %u has %u gates; cell kind '%s' has %u", l,
                           layer->n_gates, layer->cell, cell[l]->n_gates);
    }
    plan->cell = cell;
    return STATUS_OK;
}

static void plan_unit_cycles(Arena *arena, Plan *plan)
{
    const Precision precision = plan->program->precision;
    uint64_t *unit_cycles = ARENA_ARRAY(arena, uint64_t, plan->n_layers);
    for (uint32_t l = 0; l < program_layers(plan->program); l++)
        unit_cycles[l] = cost_count(plan_update_cost(plan->chip, plan->cell[l], precision));
    plan->unit_cycles = unit_cycles;
}

uint64_t plan_packets_in_flight(const Plan *plan)
{
    uint64_t packets = plan->program->n_inputs + plan->n_sources;
    for (uint32_t l = 0; l < plan->n_layers; l++)
        packets += plan->program->layer[l].n_units;
    return packets *
           (plan->ticks && plan->n_steps > STEPS_IN_FLIGHT ? plan->n_steps : STEPS_IN_FLIGHT);
}

/* Dense blocks need an array. */
static Status check_array(const Plan *plan, Err *err)
{
    for (uint32_t c = 0; c < plan->program->n_cores; c++)
        for (uint32_t s = 0; s < plan->program->core[c].n_slices; s++) {
            const SliceProgram *slice = &plan->program->core[c].slice[s];
            bool dense = slice->input.format == FORMAT_DENSE_MLA ||
                         slice->recurrent.format == FORMAT_DENSE_MLA;
            if (dense && plan->array_macs_per_cycle * plan->array_macs_per_million == 0)
                return err_set(err, STATUS_INPUT,
                               "program has blocks for a MAC array; the cores of chip '%s' have "
                               "none",
                               plan->chip->name);
        }
    return STATUS_OK;
}

static void plan_crossings(Arena *arena, Plan *plan)
{
    Crossing *crossing = ARENA_ARRAY(arena, Crossing, N_DOMAINS * N_DOMAINS);
    for (int from = 0; from < N_DOMAINS; from++)
        for (int to = 0; to < N_DOMAINS; to++)
            if (from != to)
                crossing_make(arena, &crossing[from * N_DOMAINS + to], &plan->clock[from],
                              &plan->clock[to]);
    plan->crossing = crossing;
}

void plan_renumber(Arena *arena, Plan *plan, uint32_t point)
{
    plan_costs(plan, plan->topology->chip, point);
    plan_weights(plan, plan->program->precision);
    plan_crossings(arena, plan);
    plan_unit_cycles(arena, plan);
}

Status plan_init(Arena *arena, Plan *plan, uint32_t point, Err *err)
{
    const Program *program = plan->program;
    const Topology *topology = plan->topology;
    plan->n_cores = program->n_cores;
    plan->n_layers = program->n_layers;
    TRY(plan_cells(arena, plan, err));
    plan_renumber(arena, plan, point);
    plan->n_stages = program->n_layers + 1;
    plan->n_routers = topology->n_routers;
    plan->n_router_links = topology->n_router_links;
    plan->n_ports = topology->n_ports;
    plan->n_all_ports = topology->n_ports * topology->n_routers;
    plan->n_tiles = topology->n_tiles * plan->chip->fabric.n_chips;
    plan->n_links = topology->n_links * plan->chip->fabric.n_chips;
    if (plan->cores_per_tile > MAX_CORES_PER_TILE)
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s' has %u cores per tile; at most %d can be simulated",
                       plan->chip->name, plan->cores_per_tile, MAX_CORES_PER_TILE);
    if (plan->n_ports > MAX_PORTS)
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s' has %u router ports; at most %d can be simulated",
                       plan->chip->name, plan->n_ports, MAX_PORTS);
    TRY(check_array(plan, err));
    TRY(plan_core_ids(arena, plan, err));
    plan_slices(arena, plan);
    plan_keys(arena, plan);
    if (!plan->mesh)
        plan_paths(arena, plan);
    TRY(plan_trees(arena, plan, err));
    plan_key_pieces(arena, plan);
    plan->ring_steps = plan->ticks ? plan->n_steps : 2 * plan->n_stages + 2;
    return STATUS_OK;
}
