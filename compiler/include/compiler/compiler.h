/* compiler.h - Network x Chip -> Program. */
#ifndef COMPILER_COMPILER_H
#define COMPILER_COMPILER_H

#include <stdio.h>

#include "arch/program.h"
#include "arch/topology.h"
#include "models/network.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the choices of the compiler are to make small (or, for throughput, large): all of them go
 * through the estimate of a whole mapping. */
typedef enum Objective {
    OBJECTIVE_LATENCY,    /* time of one token, the host sends one at a time           */
    OBJECTIVE_THROUGHPUT, /* tokens a second, pipelined                                */
    OBJECTIVE_ENERGY,     /* of one token, the host sends one at a time                */
    OBJECTIVE_MEMORY,     /* cores in use, then bytes on them                          */
    N_OBJECTIVES
} Objective;

const char *objective_name(Objective objective);

/* How often each unit emits, in events a step (0 .. 1). */
typedef struct UnitRates {
    const double *input;        /* [n_inputs], or NULL: every input in every step     */
    const double *const *layer; /* [n_layers] of [n_units]; NULL, or NULL for a layer: the layer's
                                   measured activity, or 0.2 where there is none      */
} UnitRates;

typedef enum TableMode {
    TABLES_AUTO,    /* made smaller only on routers whose table would not hold them */
    TABLES_RAW,     /* an entry for each key or block of keys that passes           */
    TABLES_MINIMAL, /* as few entries as are found                                  */
    N_TABLE_MODES
} TableMode;

const char *table_mode_name(TableMode mode);

typedef struct CompileOptions {
    Objective objective;
    const UnitRates *rates;     /* NULL: as a UnitRates of NULLs                           */
    uint32_t point;             /* operating point that times and energies are estimated at */
    uint32_t n_core_counts;     /* 0: choose; else n_layers                           */
    const uint32_t *core_count; /* [n_core_counts] cores of each layer; where layers share cores,
                                   of the most that any layer has                     */
    int32_t format;             /* -1: choose for each matrix; else a WeightFormat    */
    uint32_t index_bits;        /* 0: the narrowest that fits; else 8, 16 or 32       */
    const char *split;          /* name of a split strategy; NULL: "auto"           */
    const uint32_t *part;       /* [units of all layers] units of a number share a core;
                                   NULL: as `split` says                              */
    const char *placement;      /* name of a placement strategy; NULL: "auto"         */
    const char *routing;        /* name of a routing strategy; NULL: "negotiated"     */
    TableMode tables;
    uint32_t effort;   /* work that strategy "anneal" may do; 0: the default  */
    bool share_cores;  /* slices of every layer on every core, instead of cores of
                                        its own for each layer                             */
    const char *dump;  /* letters of passes to print the Mapping after, or NULL */
    FILE *dump_stream; /* where dumps go; NULL: nowhere                      */
    /* Called with the name of the pass that is at work and how much of it is done, total 0 where it
     * cannot tell; may be NULL. False ends the compilation. */
    bool (*progress)(void *context, const char *pass, uint64_t done, uint64_t total);
    void *progress_context;
} CompileOptions;

/* What was decided, for reports: one row a layer and the busiest core. */
typedef struct LayerMapping {
    const char *name;
    uint32_t n_cores, n_slices, min_units, max_units;
    uint64_t n_weights;
    uint32_t n_matrices[N_FORMATS]; /* input and recurrent matrices by weight format      */
    uint32_t max_index_bits;
    double work_max_by_mean; /* expected work of its busiest core by the mean of its cores */
} LayerMapping;

typedef struct DecoderMapping { /* of the decoder on the chip; else all 0                  */
    uint32_t n_words, n_cores, min_words, max_words;
    uint64_t dram_bytes;
} DecoderMapping;

/* What the compiler expects of the mapping: for choosing between mappings, within about a tenth of
 * the event engine. The simulator says what it costs. */
typedef struct CompileEstimate {
    double latency_us;          /* of a token, the host sends one at a time            */
    double tokens_per_second;   /* pipelined                                           */
    double energy_uj;           /* of a token, one at a time                           */
    double pipelined_energy_uj; /* of a token, pipelined                               */
} CompileEstimate;

/* Events on their way, per step at the expected activity. Markers are left out. */
typedef struct TrafficSummary {
    double events;             /* sent by the slices and the host                    */
    double hops_per_event;     /* links in the multicast tree of an event, on average */
    double hops_bound;         /* no trees could have fewer (from_routes only)       */
    double busiest_link_share; /* of all events, those that cross the busiest link   */
    double busiest_link_bound; /* no trees could have less there (from_routes only)   */
    bool from_routes;          /* of the routes in the tables; else the placer's model */
} TrafficSummary;

/* Shares of a layer's cores that an event sent to the layer must reach (advice.c). */
typedef struct LayerAdvice {
    double reach;           /* by the weights that are stored                            */
    double reach_at_random; /* the same had they no structure                            */
    double reach_one_mask;  /* and had all gates of a unit the same sources              */
} LayerAdvice;

typedef struct Binding { /* what a limit comes from                                     */
    uint32_t layer, core;
    double share; /* of the layer in it, or of the memory that is in use               */
} Binding;

typedef struct CompileAdvice {
    const LayerAdvice *layer; /* [n_layers]                                            */
    Binding latency;          /* layer's busiest core, of the sum over layers; no core */
    Binding throughput;       /* busiest core, and the layer most of its work is for   */
    Binding memory;           /* fullest core, and the layer with most weights there   */
} CompileAdvice;

typedef struct CompileSummary {
    CompileAdvice advice;
    CompileEstimate estimate;
    uint32_t n_layers;
    const LayerMapping *layer; /* [n_layers]                                         */
    DecoderMapping decoder;
    uint32_t n_cores, n_usable_cores;
    uint32_t busiest_core;          /* most data memory                                   */
    uint64_t busiest_weights;       /* weights on it                                      */
    uint64_t busiest_weight_bytes;  /* weights and indices                                */
    uint64_t busiest_network_bytes; /* data memory less the stack                         */
    uint64_t busiest_data_bytes, available_data_bytes;
    uint64_t max_system_bytes, available_system_bytes;
    uint32_t n_routes;        /* keys or blocks of keys that have a tree               */
    uint32_t n_table_entries; /* in the fullest router's table                         */
    uint32_t n_raw_entries;   /* in the fullest one, had none been merged              */
    uint64_t n_all_entries, n_all_raw_entries; /* in all tables                        */
    uint32_t n_tables; /* routers                                               */
    TrafficSummary traffic;
    uint32_t min_cores; /* smallest number of cores that would hold the network under
                                        the same options (formats, index width, sharing)   */
} CompileSummary;

/* compile_check_placement - is there a placement strategy of that name (NULL: the default)? Errors:
 * USAGE (lists them). */
Status compile_check_placement(const char *name, Err *err);

/* compile - run all passes. The network is one that network_check accepts. Errors: NO_FIT (names
 * core, memory and its regions, needed and available bytes and, as hint, the smallest number of
 * cores that would do; or the router's table or keys), UNSUPPORTED (a cell that cannot be split),
 * USAGE (options that contradict chip or network), INTERRUPTED (`progress`).
 * cost: O(stored weights + rows * slices + layers * cores^2) time; memory about the bytes of the
 * stored weights. */
Status compile(Arena *arena, const Chip *chip, const Topology *topology, const Network *network,
               const CompileOptions *options, const Program **out, const CompileSummary **summary,
               Err *err);

/* What the compiler does with a number of the chip. */
typedef enum NumberUse {
    NUMBER_UNUSED,  /* nothing: any value gives the same program, but for the hash of its chip */
    NUMBER_WEIGHED, /* choices rest on it: another value may give another program, and each of them
                       runs with either                                                         */
    NUMBER_SHAPES   /* it says what programs are possible                                    */
} NumberUse;

/* compile_number_use - of the number with that key, at the operating point that is compiled for.
 * What is no number of CHIP_NUMBER_LIST or of a point (grid, fabric) shapes.
 * compile_number_uses - of each of chip_numbers, with these options; returns how many. */
NumberUse compile_number_use(const char *key, Objective objective);
uint32_t compile_number_uses(Arena *arena, const Chip *chip, const CompileOptions *options,
                             const NumberUse **out);

/* hypergraph_write - the network in the hMETIS format (.hgr) with weights of hyperedges and
 * vertices, for other partitioners; what they make of it can be given as CompileOptions.part.
 * rates may be NULL. Errors: IO, USAGE (a rate outside 0 .. 1). cost: O(stored weights) */
Status hypergraph_write(Arena *scratch, const Network *network, const UnitRates *rates,
                        const char *path, Err *err);

/* compile_passes - name and letter of each pass in order, for help texts; returns how many. */
typedef struct PassName {
    const char *name;
    char letter;
} PassName;
uint32_t compile_passes(const PassName **out);

#ifdef __cplusplus
}
#endif
#endif
