/* number_uses.c - what the compiler does with each number of the chip: see compiler.h.
 *
 * One table in the order of CHIP_NUMBER_LIST. Where in doubt a number is weighed; one that is said
 * to be unused must change no byte of a program but the hash of its chip, and one that is weighed
 * must leave every program possible: tests/equal/test_number_uses.cpp tries both.
 */
#include <string.h>

#include "compiler/compiler.h"

/* Energies are weighed for energy only. */
typedef enum RowUse { UNUSED, WEIGHED, FOR_ENERGY, SHAPE } RowUse;

typedef struct UseRow {
    const char *key;
    RowUse use;
} UseRow;

static const UseRow ROW[] = {
    {"core.system_bytes", SHAPE},
    {"core.data_bytes", SHAPE},
    {"core.sram_banks", UNUSED},
    {"core.sram_access_cycles", UNUSED},
    {"core.sram_port_bits", UNUSED},
    {"core.noc_port_bits", UNUSED},
    {"core.receive_fifo_packets", SHAPE},
    {"core.inject_queue_packets", UNUSED},
    {"core.mac_array_macs_per_cycle", SHAPE},
    {"core.mac_array_utilisation_frac", UNUSED},
    {"core.mac_array_vector_utilisation_frac", SHAPE},
    {"core.mac_array_start_cycles", WEIGHED},
    {"core.exp_cycles", UNUSED},
    {"core.level_switch_ns", UNUSED},
    {"software.code_bytes", SHAPE},
    {"software.stack_bytes", SHAPE},
    {"software.receive_event_cycles", WEIGHED},
    {"software.synapse_source_fp32_cycles", WEIGHED},
    {"software.synapse_target_fp32_cycles", WEIGHED},
    {"software.synapse_source_bf16_cycles", WEIGHED},
    {"software.synapse_target_bf16_cycles", WEIGHED},
    {"software.synapse_int_cycles", WEIGHED},
    {"software.bitmap_word_cycles", WEIGHED},
    {"software.delta_index_cycles", WEIGHED},
    {"software.update_egru_cycles", WEIGHED},
    {"software.update_egru_int_cycles", WEIGHED},
    {"software.update_lif_cycles", WEIGHED},
    {"software.emit_event_cycles", WEIGHED},
    {"software.step_cycles", WEIGHED},
    {"software.dma_setup_cycles", WEIGHED},
    {"software.barrier_ns", UNUSED},
    {"software.dvfs_packets", UNUSED},
    {"noc.hz", WEIGHED},
    {"noc.flit_bits", WEIGHED},
    {"noc.link_bits", WEIGHED},
    {"noc.hop_cycles", WEIGHED},
    {"noc.buffer_flits", UNUSED},
    {"noc.inject_cycles", WEIGHED},
    {"noc.eject_cycles", WEIGHED},
    {"router.hz", WEIGHED},
    {"router.lookup_cycles", WEIGHED},
    {"router.packets_per_cycle", UNUSED},
    {"router.port_queue_packets", UNUSED},
    {"router.table_entries", SHAPE},
    {"router.key_bits", SHAPE},
    {"links.count", SHAPE},
    {"links.frame_bits", WEIGHED},
    {"links.on_board_bits_per_second", WEIGHED},
    {"links.on_board_latency_ns", WEIGHED},
    {"links.off_board_bits_per_second", WEIGHED},
    {"links.off_board_latency_ns", WEIGHED},
    {"dram.bytes", SHAPE},
    {"dram.peak_bytes_per_second", UNUSED},
    {"dram.effective_bytes_per_second", WEIGHED},
    {"dram.latency_ns", WEIGHED},
    {"host.bits_per_second", WEIGHED},
    {"host.event_bits", WEIGHED},
    {"host.latency_ns", WEIGHED},
    {"energy.chip_floor_uw", FOR_ENERGY},
    {"energy.extra_rail_uw", FOR_ENERGY},
    {"energy.flit_hop_event_pj", FOR_ENERGY},
    {"energy.flit_hop_payload_pj", FOR_ENERGY},
    {"energy.router_lookup_pj", FOR_ENERGY},
    {"energy.on_board_link_bit_pj", FOR_ENERGY},
    {"energy.off_board_link_bit_pj", FOR_ENERGY},
    {"energy.host_bit_pj", UNUSED},
    {"energy.dram_bit_pj", FOR_ENERGY},
    {"energy.dram_idle_uw", FOR_ENERGY},
    {"energy.level_switch_pj", UNUSED},
};

enum { N_ROWS = sizeof ROW / sizeof *ROW };

#define X(section, field, min, max, whole) +1
_Static_assert(N_ROWS == 0 CHIP_NUMBER_LIST(X), "a row for each number of the chip");
#undef X

static NumberUse use_of(RowUse use, Objective objective)
{
    switch (use) {
    case SHAPE:
        return NUMBER_SHAPES;
    case WEIGHED:
        return NUMBER_WEIGHED;
    case FOR_ENERGY:
        return objective == OBJECTIVE_ENERGY ? NUMBER_WEIGHED : NUMBER_UNUSED;
    default:
        return NUMBER_UNUSED;
    }
}

/* Of an operating point: its clock, and what it takes. Nobody reads voltages. */
static RowUse point_use(const char *key)
{
    const char *field = strrchr(key, '.');

    if (strcmp(field, ".hz") == 0)
        return WEIGHED;
    return strcmp(field, ".voltage_v") == 0 ? UNUSED : FOR_ENERGY;
}

NumberUse compile_number_use(const char *key, Objective objective)
{
    for (uint32_t i = 0; i < N_ROWS; i++)
        if (strcmp(ROW[i].key, key) == 0)
            return use_of(ROW[i].use, objective);
    if (strncmp(key, "operating_points.", strlen("operating_points.")) == 0)
        return use_of(point_use(key), objective);
    return NUMBER_SHAPES;
}

/* Points that the program is not compiled for are not looked at. */
static bool is_of_other_point(const Chip *chip, uint32_t point, const Cost *cost)
{
    const char *at = (const char *)cost;
    const char *first = (const char *)chip->point;
    const bool of_any = at >= first && at < (const char *)(chip->point + chip->n_points);
    const bool of_this =
        at >= (const char *)&chip->point[point] && at < (const char *)(&chip->point[point] + 1);
    return of_any && !of_this;
}

uint32_t compile_number_uses(Arena *arena, const Chip *chip, const CompileOptions *options,
                             const NumberUse **out)
{
    const NamedCost *named;
    const uint32_t n_named = chip_numbers(arena, chip, &named);
    NumberUse *use = ARENA_ARRAY(arena, NumberUse, n_named);

    for (uint32_t i = 0; i < n_named; i++)
        use[i] = is_of_other_point(chip, options->point, named[i].cost)
                     ? NUMBER_UNUSED
                     : compile_number_use(named[i].key, options->objective);
    *out = use;
    return n_named;
}
