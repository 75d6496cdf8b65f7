/* numbers_read.c - see sim/numbers_read.h: one table, what a run must have to read a number.
 *
 * The rows follow CHIP_NUMBER_LIST: one for each number, in that order. Where in doubt a number is
 * read; one that is said not to be has to change nothing, which tests/equal/test_interval.cpp
 * tries on random programs. Cost: O(slices + numbers).
 */
#include "sim/numbers_read.h"

#include <string.h>

#include "base/check.h"
#include "models/cell.h"

/* What a run may have. A number is read if the run has one of those in its row. */
enum {
    NEVER = 0, /* sizes, and what no engine models */
    ALWAYS = 1 << 0,
    BARRIER = 1 << 1,
    TWO_LEVELS = 1 << 2, /* cores change their operating point */
    FRAMES = 1 << 3,     /* links between chips                */
    OFF_BOARD = 1 << 4,
    DRAM = 1 << 5,
    ARRAY = 1 << 6,
    ROWS_FP32 = 1 << 7, /* by source, bitmaps, rows of a decoder */
    ROWS_BF16 = 1 << 8,
    TARGET_FP32 = 1 << 9,
    TARGET_BF16 = 1 << 10,
    INT8 = 1 << 11,
    BITMAP = 1 << 12,
    DELTA = 1 << 13,
    LIF = 1 << 14,
    EGRU = 1 << 15, /* any cell that does not spike */
    EGRU_INT8 = 1 << 16
};

typedef struct ReadRow {
    const char *key;
    unsigned read_with;
} ReadRow;

static const ReadRow ROW[] = {
    {"core.system_bytes", NEVER},
    {"core.data_bytes", NEVER},
    {"core.sram_banks", NEVER},
    {"core.sram_access_cycles", NEVER},
    {"core.sram_port_bits", NEVER},
    {"core.noc_port_bits", NEVER},
    {"core.receive_fifo_packets", ALWAYS},
    {"core.inject_queue_packets", ALWAYS},
    {"core.mac_array_macs_per_cycle", ARRAY},
    {"core.mac_array_utilisation_frac", NEVER},
    {"core.mac_array_vector_utilisation_frac", ARRAY},
    {"core.mac_array_start_cycles", ARRAY},
    {"core.exp_cycles", NEVER},
    {"core.level_switch_ns", TWO_LEVELS},
    {"software.code_bytes", NEVER},
    {"software.stack_bytes", NEVER},
    {"software.receive_event_cycles", ALWAYS},
    {"software.synapse_source_fp32_cycles", ROWS_FP32},
    {"software.synapse_target_fp32_cycles", TARGET_FP32},
    {"software.synapse_source_bf16_cycles", ROWS_BF16},
    {"software.synapse_target_bf16_cycles", TARGET_BF16},
    {"software.synapse_int_cycles", INT8},
    {"software.bitmap_word_cycles", BITMAP},
    {"software.delta_index_cycles", DELTA},
    {"software.update_egru_cycles", EGRU},
    {"software.update_egru_int_cycles", EGRU_INT8},
    {"software.update_lif_cycles", LIF},
    {"software.emit_event_cycles", ALWAYS},
    {"software.step_cycles", ALWAYS},
    {"software.dma_setup_cycles", DRAM},
    {"software.barrier_ns", BARRIER},
    {"software.dvfs_packets", TWO_LEVELS},
    {"noc.hz", ALWAYS},
    {"noc.flit_bits", ALWAYS},
    {"noc.link_bits", ALWAYS},
    {"noc.hop_cycles", ALWAYS},
    {"noc.buffer_flits", ALWAYS},
    {"noc.inject_cycles", ALWAYS},
    {"noc.eject_cycles", ALWAYS},
    {"router.hz", ALWAYS},
    {"router.lookup_cycles", ALWAYS},
    {"router.packets_per_cycle", NEVER},
    {"router.port_queue_packets", ALWAYS},
    {"router.table_entries", NEVER},
    {"router.key_bits", NEVER},
    {"links.count", NEVER},
    {"links.frame_bits", FRAMES},
    {"links.on_board_bits_per_second", FRAMES},
    {"links.on_board_latency_ns", FRAMES},
    {"links.off_board_bits_per_second", OFF_BOARD},
    {"links.off_board_latency_ns", OFF_BOARD},
    {"dram.bytes", NEVER},
    {"dram.peak_bytes_per_second", NEVER},
    {"dram.effective_bytes_per_second", DRAM},
    {"dram.latency_ns", DRAM},
    {"host.bits_per_second", ALWAYS},
    {"host.event_bits", ALWAYS},
    {"host.latency_ns", ALWAYS},
    {"energy.chip_floor_uw", NEVER},
    {"energy.extra_rail_uw", NEVER},
    {"energy.flit_hop_event_pj", NEVER},
    {"energy.flit_hop_payload_pj", NEVER},
    {"energy.router_lookup_pj", NEVER},
    {"energy.on_board_link_bit_pj", NEVER},
    {"energy.off_board_link_bit_pj", NEVER},
    {"energy.host_bit_pj", NEVER},
    {"energy.dram_bit_pj", NEVER},
    {"energy.dram_idle_uw", NEVER},
    {"energy.level_switch_pj", NEVER},
};

enum { N_ROWS = sizeof ROW / sizeof *ROW };

#define X(section, field, min, max, whole) +1
_Static_assert(N_ROWS == 0 CHIP_NUMBER_LIST(X), "a row for each number of the chip");
#undef X

static unsigned matrix_has(const MatrixImage *matrix, Precision precision)
{
    const unsigned delta = matrix->index_delta ? DELTA : 0;
    switch (matrix->format) {
    case FORMAT_DENSE_MLA:
        return ARRAY;
    case FORMAT_TARGET:
        return delta | (precision == PRECISION_INT8   ? INT8
                        : precision == PRECISION_BF16 ? TARGET_BF16
                                                      : TARGET_FP32);
    case FORMAT_BITMAP:
        return BITMAP | (precision == PRECISION_INT8   ? INT8
                         : precision == PRECISION_BF16 ? ROWS_BF16
                                                       : ROWS_FP32);
    default:
        return delta | (precision == PRECISION_INT8   ? INT8
                        : precision == PRECISION_BF16 ? ROWS_BF16
                                                      : ROWS_FP32);
    }
}

/* Matrices of the decoder are none, which is by source, as its rows are. */
static unsigned program_has(const Program *program)
{
    unsigned has = program->n_tokens > 0 || program->has_decoder ? DRAM : 0;

    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++) {
            const SliceProgram *slice = &program->core[c].slice[s];
            has |= matrix_has(&slice->input, program->precision);
            has |= matrix_has(&slice->recurrent, program->precision);
        }
    for (uint32_t l = 0; l < program_layers(program); l++) {
        const CellKind *cell = cell_find(program->layer[l].cell);
        const bool spiking = cell != NULL && cell->spiking;
        has |= spiking ? LIF : program->precision == PRECISION_INT8 ? EGRU_INT8 : EGRU;
    }
    return has;
}

static unsigned run_has(const Program *program, const Chip *chip, const SimOptions *options)
{
    unsigned has = ALWAYS | program_has(program);

    has |= options->sync == SYNC_BARRIER ? BARRIER : 0;
    has |= options->auto_point ? TWO_LEVELS : 0;
    has |= chip->fabric.n_chips > 1 ? FRAMES : 0;
    has |= chip_boards(chip) > 1 ? OFF_BOARD : 0;
    return has;
}

/* Of an operating point a run reads the clock, if a core can be there. */
static bool point_is_used(const Chip *chip, const SimOptions *options, uint32_t point)
{
    if (options->auto_point)
        return point == 0 || point + 1 == chip->n_points;
    return point == options->point;
}

const bool *sim_numbers_read(Arena *arena, const Program *program, const Chip *chip,
                             const SimOptions *options)
{
    const unsigned has = run_has(program, chip, options);
    const NamedCost *named;
    const uint32_t n_named = chip_numbers(arena, chip, &named);
    bool *read = ARENA_ARRAY(arena, bool, n_named);

    for (uint32_t i = 0; i < N_ROWS; i++) {
        CHECK(strcmp(ROW[i].key, named[i].key) == 0);
        read[i] = (ROW[i].read_with & has) != 0;
    }
    for (uint32_t i = N_ROWS; i < n_named; i++)
        for (uint32_t p = 0; p < chip->n_points; p++)
            if (named[i].cost == &chip->point[p].hz)
                read[i] = point_is_used(chip, options, p);
    return read;
}
