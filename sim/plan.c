/* plan.c - tables for a run: slices by core and layer, keys by source, destinations by port, paths.
 *
 * Takes a Program and a Topology that belong together, and makes flat arrays that the models index
 * without searching. What the hardware finds by key stays a search by key (plan_identify, and
 * program_route in the router model), so that wrong keys or tables show.
 *
 * Cost: O(slices * sources) for the row starts, O(routes * tiles) for the destinations.
 */
#include "plan.h"

#include <stdlib.h>

#include "base/check.h"
#include "image.h"

enum { MAX_CORES_PER_TILE = 32, MAX_PORTS = 62 };

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

void plan_costs(Plan *plan, const Chip *chip, uint32_t point)
{
    const ChipSoftware *software = &chip->software;
    plan->chip = chip;
    plan->clock[DOMAIN_CORES] = clock_make(cost_count(&chip->point[point].hz));
    plan->clock[DOMAIN_NOC] = clock_make(cost_count(&chip->noc.hz));
    plan->clock[DOMAIN_ROUTER] = clock_make(cost_count(&chip->router.hz));
    plan->receive_cycles = cost_count(&software->receive_event_cycles);
    plan->source_cycles = cost_count(&software->synapse_source_fp32_cycles);
    plan->target_cycles = cost_count(&software->synapse_target_fp32_cycles);
    plan->update_cycles = cost_count(&software->update_egru_cycles);
    plan->emit_cycles = cost_count(&software->emit_event_cycles);
    plan->step_cycles = cost_count(&software->step_cycles);
    plan->hop_cycles = cost_count(&chip->noc.hop_cycles);
    plan->inject_cycles = cost_count(&chip->noc.inject_cycles);
    plan->eject_cycles = cost_count(&chip->noc.eject_cycles);
    plan->lookup_cycles = cost_count(&chip->router.lookup_cycles);
    plan->fifo_packets = count_u32(&chip->core.receive_fifo_packets);
    plan->inject_packets = count_u32(&chip->core.inject_queue_packets);
    plan->buffer_flits = count_u32(&chip->noc.buffer_flits);
    plan->port_packets = count_u32(&chip->router.port_queue_packets);
    plan->cores_per_tile = chip->grid.cores_per_tile;
    uint64_t bits_per_second = whole(chip->host.bits_per_second.value);
    CHECK(bits_per_second > 0);
    plan->host_event_bits = cost_count(&chip->host.event_bits);
    uint64_t work = plan->host_event_bits * UINT64_C(1000000000000);
    plan->host_packet_ps = (work + bits_per_second - 1) / bits_per_second;
    plan->host_latency_ps = whole(chip->host.latency_ns.value * 1000.0);
}

static const uint32_t *row_starts(Arena *arena, const CoreProgram *core, const MatrixImage *matrix)
{
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, (size_t)matrix->n_sources + 1);
    for (uint32_t r = 0; r <= matrix->n_sources; r++)
        start[r] = image_pointer(core->image, matrix, r);
    return start;
}

static void plan_slice(Arena *arena, Plan *plan, uint32_t core, const SliceProgram *program,
                       uint32_t at)
{
    PlanSlice *slice = &plan->slice[at];
    *slice = (PlanSlice){.program = program, .core = core, .stage = program->layer + 1};
    if (program->input.format == FORMAT_SOURCE) {
        slice->input_start = row_starts(arena, &plan->program->core[core], &program->input);
        slice->recurrent_start = row_starts(arena, &plan->program->core[core], &program->recurrent);
    }
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
                plan_slice(arena, plan, c, slice, at);
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
        block[2 * (size_t)s] = (SourceBlock){slice->key, slice->n_units, s, slice->first_position};
        block[2 * (size_t)s + 1] = (SourceBlock){slice->marker_key, 1, s, PACKET_MARKER};
    }
    size_t host = plan->n_slices;
    block[2 * host] = (SourceBlock){program->input_key, program->n_inputs, plan->n_slices, 0};
    block[2 * host + 1] =
        (SourceBlock){program->input_marker_key, 1, plan->n_slices, PACKET_MARKER};
    qsort(block, plan->n_blocks, sizeof(SourceBlock), compare_blocks);
    plan->block = block;
}

bool plan_identify(const Plan *plan, Packet *packet)
{
    uint32_t low = 0,
             high = plan->n_blocks; /* the last block with key <= packet->key is below high */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (plan->block[middle].key <= packet->key)
            low = middle;
        else
            high = middle;
    }
    const SourceBlock *block = &plan->block[low];
    if (packet->key < block->key || packet->key - block->key >= block->n_keys)
        return false;
    packet->source = block->source;
    packet->position = block->first_position == PACKET_MARKER
                           ? PACKET_MARKER
                           : block->first_position + (packet->key - block->key);
    return true;
}

static void plan_paths(Arena *arena, Plan *plan)
{
    const Topology *topology = plan->topology;
    size_t n_hops = 0;
    for (uint32_t t = 0; t < plan->n_tiles; t++)
        n_hops += (size_t)topology->to_router[t].n_links + topology->from_router[t].n_links + 1;
    uint32_t *hops = ARENA_ARRAY(arena, uint32_t, n_hops);
    uint32_t *up = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    uint32_t *down = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    uint32_t at = 0;
    for (uint32_t t = 0; t < plan->n_tiles; t++) {
        up[t] = at;
        for (uint32_t i = 0; i < topology->to_router[t].n_links; i++)
            hops[at++] = topology->to_router[t].link[i];
        down[t] = at;
        for (uint32_t i = 0; i < topology->from_router[t].n_links; i++)
            hops[at++] = topology->from_router[t].link[i];
        hops[at++] = plan->n_links + t;
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

/* Masks of a route's destination cores by tile; mask is [n_tiles], zeroed. */
static Status route_masks(const Plan *plan, const RouteEntry *entry, uint32_t *mask, Err *err)
{
    for (uint32_t i = 0; i < entry->n_cores; i++) {
        uint32_t core = entry->core[i];
        if (core >= plan->chip->n_cores || plan->core_at[core] == PROGRAM_NONE)
            return err_set(err, STATUS_INPUT,
                           "route of key 0x%x leads to core %u, which has no program", entry->key,
                           core);
        mask[core / plan->cores_per_tile] |= UINT32_C(1) << (core % plan->cores_per_tile);
    }
    return STATUS_OK;
}

static Status plan_routes(Arena *arena, Plan *plan, Err *err)
{
    const RouterTable *table = &plan->program->table[0];
    size_t n_dests = 0;
    for (uint32_t r = 0; r < table->n_entries; r++)
        n_dests += table->entry[r].n_cores;
    PlanDest *dest = ARENA_ARRAY(arena, PlanDest, n_dests);
    PlanRoute *route = ARENA_ARRAY(arena, PlanRoute, table->n_entries);
    uint32_t *range = ARENA_ARRAY(arena, uint32_t, (size_t)table->n_entries * (plan->n_ports + 1));
    uint32_t *mask = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    uint32_t at = 0, at_range = 0;
    for (uint32_t r = 0; r < table->n_entries; r++) {
        for (uint32_t t = 0; t < plan->n_tiles; t++)
            mask[t] = 0;
        TRY(route_masks(plan, &table->entry[r], mask, err));
        route[r].first_range = at_range;
        if (table->entry[r].to_host)
            route[r].port_mask = UINT64_C(1) << plan->n_ports;
        for (uint32_t p = 0; p < plan->n_ports; p++) {
            range[at_range++] = at;
            for (uint32_t t = 0; t < plan->n_tiles; t++)
                if (mask[t] && plan->topology->from_router[t].port == p) {
                    dest[at++] = (PlanDest){t, mask[t]};
                    route[r].port_mask |= UINT64_C(1) << p;
                }
        }
        range[at_range++] = at;
    }
    plan->dest = dest;
    plan->route = route;
    plan->range = range;
    return STATUS_OK;
}

/* All keys of a block lead to the same cores: program_check. */
static void plan_listeners(Arena *arena, Plan *plan)
{
    bool *listens = ARENA_ARRAY(arena, bool, (size_t)plan->n_cores * plan->n_sources);
    for (uint32_t b = 0; b < plan->n_blocks; b++) {
        const RouteEntry *entry = program_route(plan->program, 0, plan->block[b].key);
        if (plan->block[b].first_position == PACKET_MARKER || entry == NULL)
            continue;
        for (uint32_t i = 0; i < entry->n_cores; i++) {
            size_t core = plan->core_at[entry->core[i]];
            listens[core * plan->n_sources + plan->block[b].source] = true;
        }
    }
    plan->listens = listens;
}

static Status plan_cells(Arena *arena, Plan *plan, Err *err)
{
    const CellKind **cell = ARENA_ARRAY(arena, const CellKind *, plan->n_layers);
    for (uint32_t l = 0; l < plan->n_layers; l++) {
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
        if (cell[l]->n_gates != layer->n_gates)
            return err_set(err, STATUS_INPUT,
                           "program: layer %u has %u gates; cell kind '%s' has %u", l,
                           layer->n_gates, layer->cell, cell[l]->n_gates);
    }
    plan->cell = cell;
    return STATUS_OK;
}

uint64_t plan_packets_in_flight(const Plan *plan)
{
    uint64_t packets = plan->program->n_inputs + plan->n_sources;
    for (uint32_t l = 0; l < plan->n_layers; l++)
        packets += plan->program->layer[l].n_units;
    return STEPS_IN_FLIGHT * packets;
}

Status plan_init(Arena *arena, Plan *plan, uint32_t point, Err *err)
{
    const Program *program = plan->program;
    const Topology *topology = plan->topology;
    plan_costs(plan, topology->chip, point);
    if (topology->n_routers != 1 || program->n_tables != 1)
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s' has %u routers; expected one central router", plan->chip->name,
                       topology->n_routers);
    plan->n_cores = program->n_cores;
    plan->n_layers = program->n_layers;
    plan->n_stages = program->n_layers + 1;
    plan->n_ports = topology->n_ports;
    plan->n_tiles = topology->n_tiles;
    plan->n_links = topology->n_links;
    if (plan->cores_per_tile > MAX_CORES_PER_TILE)
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s' has %u cores per tile; at most %d can be simulated",
                       plan->chip->name, plan->cores_per_tile, MAX_CORES_PER_TILE);
    if (plan->n_ports > MAX_PORTS)
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s' has %u router ports; at most %d can be simulated",
                       plan->chip->name, plan->n_ports, MAX_PORTS);
    TRY(plan_cells(arena, plan, err));
    TRY(plan_core_ids(arena, plan, err));
    plan_slices(arena, plan);
    plan_keys(arena, plan);
    plan_paths(arena, plan);
    TRY(plan_routes(arena, plan, err));
    plan_listeners(arena, plan);
    return STATUS_OK;
}
