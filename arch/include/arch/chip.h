/* chip.h - a chip description: every hardware number with its range, kind and source.
 *
 * Written as YAML (arch/chips, explained in docs/chip-file.md), read by chip_load. All numbers of
 * the chip stand in CHIP_NUMBER_LIST: the struct, the loader, the dump and the report follow
 * from it.
 */
#ifndef ARCH_CHIP_H
#define ARCH_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum SourceKind {
    SOURCE_MEASURED,  /* reported from silicon                                */
    SOURCE_DATASHEET, /* stated by the maker                                  */
    SOURCE_DERIVED,   /* arithmetic on measured or stated numbers             */
    SOURCE_GUESS      /* no measurement behind it: the range is what is known */
} SourceKind;

typedef struct Cost {        /* one priced number; its unit is in the field's name */
    double value, low, high; /* low <= value <= high                              */
    SourceKind source_kind;
    const char *source;
} Cost;

/* X(section, field, min, max, whole): YAML key is section.field; whole: must be a whole number. */
#define CHIP_NUMBER_LIST(X)                             \
    X(core, system_bytes, 0, 1e9, 1)                    \
    X(core, data_bytes, 1, 1e9, 1)                      \
    X(core, sram_banks, 1, 64, 1)                       \
    X(core, sram_access_cycles, 1, 1000, 1)             \
    X(core, sram_port_bits, 8, 4096, 1)                 \
    X(core, noc_port_bits, 8, 4096, 1)                  \
    X(core, receive_fifo_packets, 1, 1e6, 1)            \
    X(core, inject_queue_packets, 1, 1e6, 1)            \
    X(core, mac_array_macs_per_cycle, 0, 1e6, 1)        \
    X(core, mac_array_utilisation_frac, 0, 1, 0)        \
    X(core, mac_array_vector_utilisation_frac, 0, 1, 0) \
    X(core, mac_array_start_cycles, 0, 1e6, 1)          \
    X(core, exp_cycles, 1, 1e6, 1)                      \
    X(core, level_switch_ns, 0, 1e9, 0)                 \
    X(software, code_bytes, 0, 1e9, 1)                  \
    X(software, stack_bytes, 0, 1e9, 1)                 \
    X(software, receive_event_cycles, 1, 1e6, 1)        \
    X(software, synapse_source_fp32_cycles, 1, 1e6, 1)  \
    X(software, synapse_target_fp32_cycles, 1, 1e6, 1)  \
    X(software, synapse_source_bf16_cycles, 1, 1e6, 1)  \
    X(software, synapse_target_bf16_cycles, 1, 1e6, 1)  \
    X(software, synapse_int_cycles, 1, 1e6, 1)          \
    X(software, bitmap_word_cycles, 0, 1e6, 1)          \
    X(software, delta_index_cycles, 0, 1e6, 1)          \
    X(software, update_egru_cycles, 1, 1e6, 1)          \
    X(software, update_egru_int_cycles, 1, 1e6, 1)      \
    X(software, update_lif_cycles, 1, 1e6, 1)           \
    X(software, emit_event_cycles, 1, 1e6, 1)           \
    X(software, step_cycles, 0, 1e6, 1)                 \
    X(software, dma_setup_cycles, 0, 1e6, 1)            \
    X(software, barrier_ns, 0, 1e9, 0)                  \
    X(software, dvfs_packets, 0, 1e9, 1)                \
    X(noc, hz, 1000, 1e10, 1)                           \
    X(noc, flit_bits, 8, 65536, 1)                      \
    X(noc, link_bits, 1, 65536, 1)                      \
    X(noc, hop_cycles, 1, 1e6, 1)                       \
    X(noc, buffer_flits, 1, 1e6, 1)                     \
    X(noc, inject_cycles, 1, 1e6, 1)                    \
    X(noc, eject_cycles, 1, 1e6, 1)                     \
    X(router, hz, 1000, 1e10, 1)                        \
    X(router, lookup_cycles, 1, 1e6, 1)                 \
    X(router, packets_per_cycle, 1, 1, 1)               \
    X(router, port_queue_packets, 1, 1e6, 1)            \
    X(router, table_entries, 1, 1e9, 1)                 \
    X(router, key_bits, 8, 32, 1)                       \
    X(links, count, 0, 64, 1)                           \
    X(links, frame_bits, 8, 65536, 1)                   \
    X(links, on_board_bits_per_second, 0, 1e13, 0)      \
    X(links, on_board_latency_ns, 0, 1e9, 0)            \
    X(links, off_board_bits_per_second, 0, 1e13, 0)     \
    X(links, off_board_latency_ns, 0, 1e9, 0)           \
    X(dram, bytes, 0, 1e13, 1)                          \
    X(dram, peak_bytes_per_second, 0, 1e13, 0)          \
    X(dram, effective_bytes_per_second, 0, 1e13, 0)     \
    X(dram, latency_ns, 0, 1e9, 0)                      \
    X(host, bits_per_second, 1, 1e13, 0)                \
    X(host, event_bits, 8, 65536, 1)                    \
    X(host, latency_ns, 0, 1e9, 0)                      \
    X(energy, chip_floor_uw, 0, 1e12, 0)                \
    X(energy, extra_rail_uw, 0, 1e12, 0)                \
    X(energy, flit_hop_event_pj, 0, 1e9, 0)             \
    X(energy, flit_hop_payload_pj, 0, 1e9, 0)           \
    X(energy, router_lookup_pj, 0, 1e9, 0)              \
    X(energy, on_board_link_bit_pj, 0, 1e9, 0)          \
    X(energy, off_board_link_bit_pj, 0, 1e9, 0)         \
    X(energy, host_bit_pj, 0, 1e9, 0)                   \
    X(energy, dram_bit_pj, 0, 1e9, 0)                   \
    X(energy, dram_idle_uw, 0, 1e12, 0)                 \
    X(energy, level_switch_pj, 0, 1e9, 0)

/* X(field, min, max, whole): the numbers of each operating point. */
#define OPERATING_NUMBER_LIST(X)       \
    X(voltage_v, 0, 100, 0)            \
    X(hz, 1000, 1e10, 1)               \
    X(core_sleep_uw, 0, 1e12, 0)       \
    X(core_active_cycle_pj, 0, 1e9, 0) \
    X(mac_array_mac_pj, 0, 1e9, 0)

#define CHIP_POINT_AUTO "auto" /* no point: each core changes between the slowest and the fastest */

typedef struct OperatingPoint {
    const char *name;
#define X(field, min, max, whole) Cost field;
    OPERATING_NUMBER_LIST(X)
#undef X
} OperatingPoint;

/* What becomes of a packet that finds the receive FIFO full: it waits in the network; it is
 * lost; the oldest event in the FIFO is lost for it. */
typedef enum FifoFullPolicy {
    FIFO_FULL_STALL,
    FIFO_FULL_DROP,
    FIFO_FULL_OVERWRITE,
    N_FIFO_FULL_POLICIES
} FifoFullPolicy;

/* Where a core that changes its operating point waits while it has nothing to do: where it last
 * worked, as long as more work is to come; or at the slowest, for which it changes each time. */
typedef enum IdlePoint { IDLE_KEPT, IDLE_SLOWEST, N_IDLE_POINTS } IdlePoint;

typedef struct Cell2d {
    uint32_t x, y;
} Cell2d;

typedef struct Grid {
    uint32_t x_min, x_max, y_min, y_max; /* inclusive                                    */
    uint32_t n_holes;
    const Cell2d *hole; /* [n_holes] cells without anything             */
    uint32_t n_router_cells;
    const Cell2d *router_cell; /* [n_router_cells] cells of the central router */
    uint32_t cores_per_tile;
    uint32_t usable_cores; /* of each chip: cores that may be used, from core 0 on */
    const char *source;    /* where the layout of the grid is from         */
} Grid;

typedef enum Routing {
    ROUTING_CENTRAL, /* one event router for each chip, reached over its network-on-chip */
    ROUTING_MESH,    /* a router in every tile, linked to those of the tiles beside it   */
    N_ROUTINGS
} Routing;

/* What allowed turns start from where the grid of routers is whole (topology_turns.c). */
typedef enum TurnBase {
    TURNS_X_FIRST,          /* along x, then along y                                   */
    TURNS_ODD_EVEN_ROWS,    /* 4 sides: not out of S in rows 2, 4, .., into N in others */
    TURNS_ODD_EVEN_COLUMNS, /* 4 sides: not into E in even columns, not out of W in odd */
    N_TURN_BASES
} TurnBase;

/* A link that does not work, named by the cell it leaves and the side: both directions are dead. */
typedef struct DeadLink {
    Cell2d cell; /* in the grid of routers: chip on its board, or tile (less x_min, y_min) */
    uint32_t side;
} DeadLink;

/* How the routers are connected. The grid of routers is that of the chips (central) or that of the
 * tiles (mesh). Chips stand on one board or, side by side, on several of one size. Sides count counter-clockwise from east: E NE N W SW S of 6, E N W S
 * of 4; NE leads to (x+1, y+1) and SW to (x-1, y-1). */
typedef struct Fabric {
    Routing routing;
    uint32_t n_sides; /* 4 or 6                                               */
    bool wrap;        /* the last column and row are beside the first         */
    TurnBase turns;   /* base of whole grids                                  */
    uint32_t n_dead_links;
    const DeadLink *dead_link; /* [n_dead_links]                                       */
    uint32_t width, height;    /* chips of all boards, those that are missing included; mesh: 1 */
    uint32_t board_width, board_height; /* of these, on one board: the same, or whole parts     */
    uint32_t n_chips;                   /* that work                                            */
    const Cell2d
        *chip_cell; /* [n_chips] position; board by board, in each like tiles: y first up */
    uint32_t n_dead_cores;
    const uint32_t *dead_core; /* [n_dead_cores] ids, ascending                        */
    uint32_t host_router;      /* the one that the host hangs on: chip, or tile (mesh) */
    bool default_route;        /* what matches no entry goes straight on               */
} Fabric;

/* core..energy: one struct a section, fields as in CHIP_NUMBER_LIST; written out by
 * chip_sections.h */
#include "arch/chip_sections.h"

typedef struct Chip {
    const char *name, *description;
    Grid grid;
    Fabric fabric;
    uint32_t n_tiles;   /* of each chip: grid less holes and router cells         */
    const Cell2d *tile; /* [n_tiles] position; tiles are numbered y first up, then x */
    uint32_t n_cores;   /* of all chips; core = (chip * n_tiles + tile) * cores_per_tile + k */
    FifoFullPolicy fifo_full; /* core.receive_fifo_full                                  */
    IdlePoint idle_point;     /* software.idle_point                                      */
    ChipCore core;
    ChipSoftware software;
    ChipNoc noc;
    ChipRouter router;
    ChipLinks links;
    ChipDram dram;
    ChipHost host;
    ChipEnergy energy;
    uint32_t n_points;
    const OperatingPoint *point; /* [n_points] slowest first                                */
    uint64_t hash;               /* over all values, so that a Program can name its chip    */
} Chip;

/* chip_layout_hash - over all that is no number: grid, fabric, rules. */
uint64_t chip_layout_hash(const Chip *chip);

/* One `--set key=value`. */
typedef struct ChipSetting {
    const char *key, *value;
} ChipSetting;

/* chip_load - read, override, check. `path` is a file, or the name of a chip that comes with
 * Egret ("spinnaker2"), looked up in `chip_folder` if no such file exists (NULL: only files).
 * Errors: IO, INPUT (file:line:col and what was expected), USAGE (bad setting). */
Status chip_load(Arena *arena, const char *path, const char *chip_folder,
                 const ChipSetting *setting, uint32_t n_settings, const Chip **out, Err *err);

/* chip_parse - the same from memory; for tests. */
Status chip_parse(Arena *arena, const char *name, const char *text, const ChipSetting *setting,
                  uint32_t n_settings, const Chip **out, Err *err);

/* chip_check - all invariants of a Chip, whoever made it. Errors: INPUT naming chip and field. */
Status chip_check(const Chip *chip, Err *err);

/* chip_numbers - every number with its full key, in a fixed order, for reports and dumps.
 * Operating points come last, as "operating_points.<name>.<field>". */
typedef struct NamedCost {
    const char *key;
    const char *unit; /* "cycles", "pJ", .. as its key says; "1" of counts and shares */
    const Cost *cost;
    double step; /* of what it is a multiple: 1 of whole numbers, 0 if of nothing */
} NamedCost;
uint32_t chip_numbers(Arena *arena, const Chip *chip, const NamedCost **out);

/* chip_point - index of an operating point by name, or n_points. */
uint32_t chip_point(const Chip *chip, const char *name);

/* chip_cores_per_chip - cores of one chip, usable or not. */
uint32_t chip_cores_per_chip(const Chip *chip);

/* chip_boards - how many boards the chips stand on. chip_board - which one holds a chip at that
 * position; boards are numbered like tiles, too. */
uint32_t chip_boards(const Chip *chip);
uint32_t chip_board(const Fabric *fabric, Cell2d cell);

/* chip_core_is_usable - the core exists, is among the usable ones of its chip, and is not dead.
 * cost: O(log dead cores) */
bool chip_core_is_usable(const Chip *chip, uint32_t core);

/* chip_usable_cores - how many such cores there are. cost: O(dead cores) */
uint32_t chip_usable_cores(const Chip *chip);

/* chip_list_usable - their ids, ascending; returns how many. cost: O(cores) */
uint32_t chip_list_usable(Arena *arena, const Chip *chip, uint32_t **out);

/* cost_count - a whole-number cost as an integer. */
uint64_t cost_count(const Cost *cost);

/* chip_flit_cycles - NoC cycles that a flit takes of a link on the chip: a phit of link_bits each. */
uint64_t chip_flit_cycles(const Chip *chip);

const char *source_kind_name(SourceKind kind);

/* turn_base_name - as in fabric.turns. */
const char *turn_base_name(TurnBase turns);

#ifdef __cplusplus
}
#endif
#endif
