/* report.h - prices for counts: the only place where energy appears.
 *
 * energy = sum of count x unit energy + state power x state time. Each metric has a nominal value
 * and the bounds that follow when every number of the chip that it uses stands at its low or high
 * end.
 * docs/results.md explains every field, docs/report.schema.json is the schema of report.json.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "arch/program.h"
#include "arch/topology.h"
#include "base/arena.h"
#include "base/err.h"
#include "models/network.h"
#include "models/reference.h"
#include "sim/energy.h"
#include "sim/response.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of a run directory: of report.json, of the tables' columns, of timeline.csv. */
enum { REPORT_FORMAT_VERSION = 2 };

/* clang-format off */
/* X(ID, name, unit, meaning): all metrics in the order of the report. One that does not apply (no
 * pipelined run, no decoder) is left out. */
#define METRIC_LIST(X)                                                                             \
    X(LATENCY_MEAN, latency_mean_us, "us", "time per token, one token at a time: mean")            \
    X(LATENCY_P50, latency_p50_us, "us", "the same: median (nearest rank)")                        \
    X(LATENCY_P95, latency_p95_us, "us", "the same: 95th percentile (nearest rank)")               \
    X(LATENCY_WORST, latency_worst_us, "us", "the same: slowest token")                            \
    X(RATE, tokens_per_second, "1/s", "rate, one token at a time")                                 \
    X(RATE_PIPELINED, tokens_per_second_pipelined, "1/s",                                          \
      "rate, tokens overlapping in the layers")                                                    \
    X(ENERGY, energy_per_token_uj, "uJ", "energy per token, one token at a time")                  \
    X(ENERGY_ACTIVE, energy_active_uj, "uJ", "of this: active cycles of the cores")                \
    X(ENERGY_MAC_ARRAY, energy_mac_array_uj, "uJ", "of this: multiplications of the MAC arrays")    \
    X(ENERGY_SLEEP, energy_sleep_uj, "uJ", "of this: state power of the cores in use")             \
    X(ENERGY_LEVEL_SWITCH, energy_level_switch_uj, "uJ", "of this: changes of the operating point") \
    X(ENERGY_NOC, energy_noc_uj, "uJ", "of this: flits crossing links of the network-on-chip")     \
    X(ENERGY_LINKS, energy_links_uj, "uJ", "of this: frames crossing links between chips")         \
    X(ENERGY_OFF_BOARD, energy_off_board_links_uj, "uJ",                                           \
      "of this: frames crossing links between boards")                                             \
    X(ENERGY_ROUTER, energy_router_uj, "uJ", "of this: look-ups of the event router")              \
    X(ENERGY_HOST, energy_host_uj, "uJ", "of this: events and markers on the host's link")          \
    X(ENERGY_DRAM, energy_dram_uj, "uJ", "of this: DRAM")                                          \
    X(ENERGY_FLOOR, energy_floor_uj, "uJ", "of this: the chip with all cores off")                 \
    X(ENERGY_RAIL, energy_extra_rail_uj, "uJ", "of this: extra rail of the board")                 \
    X(POWER, power_mw, "mW", "mean power, one token at a time")                                    \
    X(ENERGY_PIPELINED, energy_per_token_pipelined_uj, "uJ",                                       \
      "energy per token, tokens overlapping")                                                      \
    X(POWER_PIPELINED, power_pipelined_mw, "mW", "mean power, tokens overlapping")                 \
    X(PRICE_MEASURED, price_share_measured, "1",                                                   \
      "share of the energy whose unit price is measured")                                          \
    X(PRICE_DATASHEET, price_share_datasheet, "1", "the same: stated by the maker")                \
    X(PRICE_DERIVED, price_share_derived, "1", "the same: derived from such numbers")              \
    X(PRICE_GUESS, price_share_guess, "1", "the same: a guess")                                    \
    X(MACS_DENSE, macs_dense, "1", "MACs per token, recurrent layers: all weights")                \
    X(MACS_WEIGHT, macs_weight_sparse, "1", "the same: stored weights")                            \
    X(MACS_ACTIVITY, macs_activity_sparse, "1", "the same: all weights of active sources")         \
    X(MACS_BOTH, macs_both, "1", "the same: stored weights of active sources")                     \
    X(MACS_REDUCTION, mac_reduction, "1", "the same: dense / both")                                \
    X(DECODER_DENSE, macs_dense_with_decoder, "1", "MACs per token with the decoder: all weights") \
    X(DECODER_WEIGHT, macs_weight_sparse_with_decoder, "1", "the same: stored weights")            \
    X(DECODER_ACTIVITY, macs_activity_sparse_with_decoder, "1",                                    \
      "the same: all weights of active sources")                                                   \
    X(DECODER_BOTH, macs_both_with_decoder, "1", "the same: stored weights of active sources")     \
    X(DECODER_REDUCTION, mac_reduction_with_decoder, "1", "the same: dense / both")                \
    X(EMBEDDING_DENSE, macs_dense_embedding, "1",                                                  \
      "MACs per token that token rows in DRAM replace: all weights")                               \
    X(EMBEDDING_BOTH, macs_both_embedding, "1", "the same: stored weights of inputs not zero")     \
    X(DRAM_BYTES, dram_bytes_per_token, "1", "bytes of token and decoder rows read per token")     \
    X(DECODER_MACS, decoder_macs_per_token, "1",                                                   \
      "weights of the decoder applied by the cores per token")                                     \
    X(SYNAPTIC_OPS, synaptic_ops_per_token, "1", "weights applied by the cores per token")          \
    X(ARRAY_MACS, mac_array_macs_per_token, "1",                                                   \
      "multiplications of the MAC arrays per token, zeros included")                               \
    X(EVENTS, events_per_token, "1", "events that the layers send per token")                      \
    X(DENSITY, weight_density, "1", "stored weights / all weights")                                \
    X(ACTIVITY, activity, "1", "mean share of units that send an event in a step")                 \
    X(LOAD_MEAN, core_load_mean, "1", "active share of the cycles, mean over the cores in use")    \
    X(LOAD_BUSIEST, core_load_busiest, "1", "active share of the cycles of the busiest core")      \
    X(PERPLEXITY, perplexity, "1", "exp of the mean -log p of the next token")                    \
    X(PERPLEXITY_BEFORE, perplexity_before, "1", "the same before the network was quantised")      \
    X(ACTIVITY_BEFORE, activity_before, "1", "mean share of units that sent an event before that")
/* clang-format on */

typedef struct Metric {
    const char *name; /* stable: "latency_mean_us", "energy_per_token_uj"      */
    const char *unit;
    const char *meaning;
    double value, low, high;
    bool counted;       /* rests on no number of the chip: low = value = high    */
    SourceKind weakest; /* else: least certain kind among the numbers it uses    */
} Metric;

/* What a report is made from. Traces may be NULL where a run was not made. */
typedef struct ReportInput {
    const Program *program;
    const Topology *topology; /* its chip is the chip                                  */
    const Network *network;
    const InputStream *input;
    const ReferenceRun *reference; /* perplexity, activity, MACs                          */
    const ReferenceRun *before;    /* of `unquantized`: perplexity and activity; or NULL  */
    const Network *unquantized;    /* what the network was quantised from, or NULL        */
    const Trace *latency;          /* sequential run, required                              */
    const Trace *throughput;       /* pipelined run, or NULL                                */
    const Response *response;      /* of both to numbers of the chip; NULL: times stand still */
    uint32_t n_draws;              /* of all numbers, for intervals; 0: no intervals          */
    uint64_t draw_seed;            /* of these                                              */
    const char *version;           /* of the program                                        */
    const char *precision;         /* of the perplexity: "fp32", "fp64"                     */
    const char *options;           /* what shaped the result, in a fixed form               */
    uint64_t seed;
    uint32_t wanted_steps; /* to be simulated; 0: as many as were                           */
    bool interrupted;      /* before that, or before the runs behind it                      */
} ReportInput;

/* clang-format off */
/* X(field): texts of "provenance". Hashes are 16 hexadecimal digits. */
#define REPORT_TEXT_LIST(X)                                                                       \
    X(egret_version) X(chip) X(chip_hash) X(network) X(network_hash) X(program_hash)              \
    X(mapping_hash) X(input)                                                                      \
    X(input_hash) X(engine) X(synchronisation) X(leaves_out) X(operating_point) X(precision) X(weights) X(options)

/* X(field): whole numbers of "run". */
#define REPORT_RUN_LIST(X)                                                                        \
    X(executed) X(timed) X(draws) X(retimings) X(draw_seed) X(seed) X(core_hz) X(input_width) X(words) X(input_tokens)              \
    X(unknown_words) X(saturated_inputs) X(pruned_weights) X(reference_steps) X(wanted_steps) X(simulated_steps) X(interrupted) X(scored_tokens) X(run_cycles)         \
    X(run_ps) X(supersteps) X(barrier_ps) X(ticks) X(tick_ps) X(overruns) X(worst_overrun_ps) X(host_overruns) X(events_late) X(events_early) X(rows_missed) X(overruns_pipelined) X(events_late_pipelined) X(events_early_pipelined) X(rows_missed_pipelined) X(router_lookups) X(token_rows) X(decoder_words) X(decoder_cores) X(dram_reads) X(dram_bytes) X(dram_busy_ps) X(flit_hops) X(payload_flit_hops) X(host_events_in)               \
    X(host_events_out) X(host_bits) X(events_lost) X(dvfs_packets)

/* X(field): whole numbers of "mapping". The fullest core has most data memory in use. */
#define REPORT_MAPPING_LIST(X)                                                                    \
    X(cores_used) X(cores_usable) X(cores_on_chip) X(table_entries_used)                          \
    X(table_entries_available) X(fullest_core) X(fullest_weights) X(fullest_weight_bytes)         \
    X(fullest_network_bytes) X(fullest_data_bytes) X(available_data_bytes)                        \
    X(most_system_bytes) X(available_system_bytes)

/* X(field): whole numbers of each layer. MACs are sums over the reference run; events, deliveries
 * and synaptic_ops over the simulated steps. */
#define REPORT_LAYER_LIST(X)                                                                      \
    X(inputs) X(units) X(dense_weights) X(stored_weights) X(cores) X(slices)                      \
    X(min_units_per_slice) X(max_units_per_slice) X(source_matrices) X(target_matrices)           \
    X(bitmap_matrices) X(dense_matrices)                                                          \
    X(max_index_bits) X(most_weights_on_a_core) X(events) X(deliveries) X(events_late) X(events_early) X(events_differing)        \
    X(synaptic_ops)                                                                               \
    X(macs_dense) X(macs_weight_sparse) X(macs_activity_sparse) X(macs_both)                      \
    X(weights_bytes) X(indices_bytes) X(row_pointers_bytes) X(parameters_bytes) X(state_bytes)

/* X(field): whole numbers of "floor_plan". The grid of a chip's cells is inclusive. */
#define REPORT_PLAN_LIST(X)                                                                       \
    X(x_min) X(x_max) X(y_min) X(y_max) X(cores_per_tile) X(usable_cores_of_chip)                 \
    X(board_width) X(board_height) X(host_router) X(noc_hz)
/* clang-format on */

#define X(field) uint64_t field;
typedef struct ReportRun {
    REPORT_RUN_LIST(X)
} ReportRun;

typedef struct ReportMapping {
    REPORT_MAPPING_LIST(X)
} ReportMapping;

typedef struct ReportLayer {
    const char *name, *cell;
    REPORT_LAYER_LIST(X)
    double activity; /* mean share of units that sent an event                */
} ReportLayer;
#undef X

#define X(field) const char *field;
typedef struct ReportTexts {
    REPORT_TEXT_LIST(X)
} ReportTexts;
#undef X

/* X(ID, name): metrics of which it is told how much each number of the chip spreads them. */
#define SPREAD_METRIC_LIST(X)                          \
    X(LATENCY_MEAN, latency_mean_us)                   \
    X(RATE_PIPELINED, tokens_per_second_pipelined)     \
    X(ENERGY, energy_per_token_uj)                     \
    X(ENERGY_PIPELINED, energy_per_token_pipelined_uj) \
    X(POWER, power_mw)

typedef enum SpreadMetric {
#define X(ID, name) SPREAD_##ID,
    SPREAD_METRIC_LIST(X)
#undef X
        N_SPREAD_METRICS
} SpreadMetric;

/* A number of the chip by itself, all others nominal. */
typedef struct ReportSpread {
    const char *number; /* key in the chip description                              */
    SourceKind kind;
    double low, value, high; /* ends of its own 90 % interval, and nominal               */
    double metric[N_SPREAD_METRICS][2]; /* the metric with the number at low and at high */
} ReportSpread;

/* Where things lie: cells of the grid without anything, cells of the central router; chips on their
 * board; cores that do not work. Chips of a mesh are one, at (0,0). */
typedef struct ReportPlan {
    const char *routing; /* "central" or "mesh"                                          */
#define X(field) uint64_t field;
    REPORT_PLAN_LIST(X)
#undef X
    uint32_t n_holes, n_router_cells, n_chips, n_dead_cores;
    const Cell2d *hole, *router_cell, *chip; /* [n_holes], [n_router_cells], [n_chips]       */
    const uint32_t *dead_core;               /* [n_dead_cores] ids, ascending                */
} ReportPlan;

/* A number of the chip description, whatever it did. */
typedef struct ReportNumber {
    const char *key, *unit;
    double value, low, high;
    SourceKind kind;
} ReportNumber;

typedef struct ReportCore { /* the core with most active cycles                      */
    uint64_t core, x, y;
    Counters count;
} ReportCore;

/* X(field): whole numbers of each of "lower_bounds", which only runs without a time axis have. */
#define REPORT_BOUND_LIST(X) X(run_ps) X(binding_steps) X(binding)

#define X(field) uint64_t field;
typedef struct ReportBound {
    const char *name, *meaning; /* as in BOUND_LIST                                     */
    REPORT_BOUND_LIST(X)
} ReportBound;
#undef X

/* X(field): texts of each of "energy". */
#define REPORT_ENERGY_TEXT_LIST(X) X(scope) X(of) X(part) X(price) X(unit)

/* One line of the ledger, of the run or a share of it. */
typedef struct ReportEnergy {
#define X(field) const char *field;
    REPORT_ENERGY_TEXT_LIST(X)
#undef X
    uint64_t count;
    double pj; /* at the nominal price */
} ReportEnergy;

/* X(field): whole numbers of each of "levels", which only runs with cores that change their
 * operating point have: low, high. COUNT_UNKNOWN without a time axis. */
#define REPORT_LEVEL_LIST(X) X(active_cycles) X(cycles) X(array_macs) X(switches)

#define X(field) uint64_t field;
typedef struct ReportLevel {
    const char *name;
    uint64_t hz;
    REPORT_LEVEL_LIST(X)
} ReportLevel;
#undef X

/* All that text and JSON show, self-contained: a report that is read back shows the same. */
typedef struct Report {
    ReportInput in; /* borrowed; all NULL in a report that was read back     */
    ReportTexts text;
    ReportRun run;
    ReportMapping mapping;
    ReportPlan plan;
    ReportCore busiest;
    uint32_t n_layers;
    const ReportLayer *layer; /* [n_layers]                                            */
    uint32_t n_bounds;
    const ReportBound *bound; /* [n_bounds] 0 where times are simulated                */
    uint32_t n_levels;
    const ReportLevel *level; /* [n_levels] 0 with one operating point                 */
    uint32_t n_metrics;
    const Metric *metric; /* [n_metrics] fixed order                                         */
    uint32_t n_spreads;
    const ReportSpread *spread; /* [n_spreads] those that matter most come first          */
    uint32_t n_numbers;
    const ReportNumber *number; /* [n_numbers] all of the chip, in the order of chip_numbers */
    uint32_t n_energy;
    const ReportEnergy *energy; /* [n_energy] by scope; all lines of runs, of shares those that
                                    count something                                       */
    const EnergyLedger *ledger; /* of the sequential run; NULL in a report read back         */
    const EnergyShares *shares; /* the same                                                  */
} Report;

/* report_build - Errors: INPUT (parts that do not belong together, nothing simulated).
 * cost: O(cores + links + steps log steps + slices). */
Status report_build(Arena *arena, const ReportInput *in, const Report **out, Err *err);

/* report_load - read a report.json. Errors: IO, INPUT (file:line:col and what was expected). */
Status report_load(Arena *arena, const char *path, const Report **out, Err *err);

/* report_metric - by name, or NULL. */
const Metric *report_metric(const Report *report, const char *name);

/* One screen of text: at most 80 columns and 46 lines, a few more where steps wait for barriers
 * or ticks and events were lost or late. */
void report_write_text(const Report *report, FILE *stream);
void report_write_json(const Report *report, FILE *stream);
/* A tornado: a bar for each number of the chip that spreads latency and energy most. */
void report_write_tornado_svg(const Report *report, FILE *stream);
void report_write_metrics_csv(const Report *report, FILE *stream);

/* Tables of a report that was built, not read back. */
void report_write_cores_csv(const Report *report, FILE *stream);
void report_write_links_csv(Arena *scratch, const Report *report, FILE *stream);
void report_write_steps_csv(const Report *report, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
