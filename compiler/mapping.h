/* mapping.h - the Mapping, the one mutable struct of the compiler, and all passes over it.
 *
 * Read this first. compile() walks the table of passes in compile.c; each pass reads what the
 * ones before it left in the Mapping and adds its own part:
 *
 * cores   how many cores each layer gets, formats for it     core_count, format_plan split
 * units in order, layers into slices, slices to slots unit_of, slice[], first_slice,
 *                                                              slice_of, slot_of
 * place   slices onto cores                                  core_of, core[] format  weight
 * format and index width of each matrix       slice[].input, recurrent memory  every array's
 * place in its core, to the byte       slice[].*_offset, region_bytes keys    key blocks of
 * units, marker keys                   slice[].key, marker_key, input_key routes  who needs
 * what, and the trees that keys take       needs, trees, rows tables  the trees as entries of
 * the routers' tables        table[] emit    the Program: images with weights
 * program
 *
 * A slot is a core before it has an id: split says which slices stand together (slot_of), place
 * says where (core_of). A Mapping lives in the scratch arena of one compile(); what the Program
 * keeps (routes, images) is in the result's arena from the start.
 */
#ifndef COMPILER_MAPPING_H
#define COMPILER_MAPPING_H

#include "arch/matrix_image.h"
#include "base/number_text.h"
#include "compiler/compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MAP_HAS_COUNTS = 1,
    MAP_HAS_SLICES = 2,
    MAP_HAS_PLACE = 4,
    MAP_HAS_FORMAT = 8,
    MAP_HAS_MEMORY = 16,
    MAP_HAS_KEYS = 32,
    MAP_HAS_ROUTES = 64,
    MAP_HAS_TABLES = 128,
    MAP_HAS_PROGRAM = 256
};

/* Stored weights of the units at the positions before each one, so that any slice's count is a
 * difference. */
typedef struct LayerWeights {
    const uint64_t *input_before;     /* [n_units + 1]                                     */
    const uint64_t *recurrent_before; /* [n_units + 1]                                     */
} LayerWeights;

/* Weights that are expected to be applied for each unit in a step: the rates of its sources. */
typedef struct UnitWork {
    const double *input, *recurrent; /* [n_units] each                                   */
} UnitWork;

typedef struct WorkSums {
    double input, recurrent;
} WorkSums;

/* A matrix with its targets at their positions: rows as in the network, by source unit; within a
 * row col = gate * n_units + position, ascending. */
typedef struct OrderedRows {
    const SparseRows *rows; /* the network's, for row_start and weights                  */
    const uint32_t *col;    /* [n_nonzeros]                                              */
    const uint32_t *entry;  /* [n_nonzeros] place in the network's row; NULL: the same   */
} OrderedRows;

/* What a split strategy fills. Per layer: the order of the units (as it was at first), and where
 * among the positions each slice begins. Per slice a slot, that is a core without an id yet:
 * slices of one layer or of several may share one. */
typedef struct Split {
    uint32_t **unit_of; /* [n_layers][n_units] unit at each position: a permutation          */
    uint32_t *n_slices; /* [n_layers] 1 to n_units                                           */
    uint32_t **start;   /* [n_layers][n_units + 1] room; the first n_slices + 1 are used:
                            ascending from 0 to n_units                                       */
    uint32_t **slot;    /* [n_layers][n_units] room; the first n_slices are used: < n_slots  */
    uint32_t n_slots;   /* each holds a slice; at most the chip's usable cores               */
} Split;

typedef struct CoreUse {
    uint32_t core; /* id on the chip                                    */
    uint32_t n_slices;
    const uint32_t *slice;            /* [n_slices] indices into Mapping.slice, ascending  */
    uint64_t region_bytes[N_REGIONS]; /* from MAP_HAS_MEMORY on                            */
    uint64_t image_bytes;             /* the same: the loaded part of data memory          */
} CoreUse;

/* Entries of the tables of all routers: raw, one for each sender that passes a router; and what
 * is left of them. */
typedef struct TableFigures {
    uint64_t raw_sum, sum;
    uint32_t raw_max, max;
} TableFigures;

typedef struct Needs Needs;             /* needs.h */
typedef struct SenderTrees SenderTrees; /* trees.h */
typedef struct RouteRows RouteRows;     /* trees.h */

typedef struct Mapping {
    const Chip *chip; /* borrowed, as the next three                       */
    const Topology *topology;
    const Network *network; /* with the decoder as a layer from split on, if it is on the chip */
    const Network *layers;  /* then the network without that layer; else NULL      */
    const CompileOptions *options;
    LayerWeights *weights;         /* [n_layers] over positions                         */
    uint32_t **unit_of;            /* [n_layers][n_units] unit at each position; at first the
                                      units' own order, from split on the one chosen    */
    uint32_t **position_of;        /* [n_layers][n_units] position of each unit: the inverse */
    const UnitRates *rates;        /* complete: of the input and of every layer         */
    const UnitWork *work;          /* [n_layers]                                        */
    const WorkSums *work_sums;     /* [n_layers] the same of all units                  */
    const double *events_per_step; /* [n_layers + 1] sums of rates: input, then layers  */
    OrderedRows *ordered; /* [2 * n_layers] input and recurrent matrix of each layer in its order */
    int32_t *format_plan; /* [2 * n_layers] WeightFormat that the input and the recurrent matrix of
                             each layer must take, -1: what costs least on its core    */
    unsigned has;         /* MAP_HAS_... so far                                */

    uint32_t *core_count;     /* [n_layers] cores that the layer is to take             */
    uint32_t *first_slot;     /* [n_layers] slots that it may take: the group_slots from */
    uint32_t *group_slots;    /* [n_layers] first_slot on; layers of a group share them */
    uint32_t *slot_offset;    /* [n_layers] of its group's slots, where the layer begins;
                                    UINT32_MAX: its slices are spread evenly over them */
    uint32_t n_planned_slots; /* of all groups                                          */
    uint32_t n_slices;
    SliceProgram *slice;    /* [n_slices] by layer, then first position          */
    uint32_t *first_slice;  /* [n_layers + 1] slices of layer l from first_slice[l] */
    uint32_t **slice_of;    /* [n_layers][n_units] slice of each unit              */
    uint32_t n_slots;       /* cores in use                                      */
    uint32_t *slot_of;      /* [n_slices] < n_slots                              */
    uint32_t *core_of;      /* [n_slices] core id                                */
    CoreUse *core;          /* [n_slots] ascending by core id                    */
    TrafficSummary traffic; /* of this placement, as the placer models it        */
    uint32_t input_key, input_marker_key;
    const Needs *needs; /* from MAP_HAS_ROUTES on, as the next two            */
    const SenderTrees *trees;
    const RouteRows *rows;
    TableFigures table_figures;
    uint32_t n_tables;  /* routers                                           */
    RouterTable *table; /* [n_tables] by router id                           */
    const Program *program;
} Mapping;

/* Results go to `arena`; `scratch` lives as long as the Mapping. */
typedef Status (*PassRun)(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);

/* --- the passes, in order ----------------------------------------------------------------------
 * */

/* pass_cores - Errors: NO_FIT (more layers than cores). cost: O(layers * cores^2) */
Status pass_cores(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);
/* pass_split - by the strategy named in the options. Errors: USAGE (no such strategy; lists
 * them), and what the strategy refuses. cost: that of the strategy, and O(units) */
Status pass_split(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);
/* pass_place - by the strategy named in the options (place.h). Errors: USAGE (no such strategy;
 * lists them), UNSUPPORTED (one that this build lacks). cost: that of the strategy, and O(stored
 * weights) */
Status pass_place(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);
/* pass_format - Errors: USAGE (indices forced too narrow). cost: O(slices) */
Status pass_format(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);
/* pass_memory - Errors: NO_FIT (core, memory, regions, needed, available; hint: what would do). */
Status pass_memory(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);
/* pass_keys - Errors: NO_FIT (keys). cost: O(slices log slices) */
Status pass_keys(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);
/* pass_routes - Errors: USAGE (no such strategy; lists them), UNSUPPORTED (no tree of allowed
 * turns). cost: O(stored weights + pairs (slice, core)), and the strategy's */
Status pass_routes(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);
/* pass_tables - Errors: NO_FIT (router, entries needed and available). cost: O(rows of all
 * routers log), and minimising where tables are too small */
Status pass_tables(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);
/* pass_emit - cost: O(stored weights + units * cores) */
Status pass_emit(Arena *arena, Arena *scratch, Mapping *mapping, Err *err);

/* emit_matrices - both matrices of a layer into the images of its slices (emit_matrix.c). image:
 * [n_slices] zeroed where the weights go. */
void emit_matrices(Arena *scratch, const Mapping *mapping, uint32_t layer, uint8_t *const *image);

/* mapping_new - an empty Mapping with the weights of each unit counted. cost: O(stored weights) */
Mapping *mapping_new(Arena *scratch, const Chip *chip, const Topology *topology,
                     const Network *network, const CompileOptions *options);

/* mapping_check - every invariant of what the Mapping has so far; after emit also that the images
 * hold each weight of the network exactly once. Errors: INTERNAL (what contradicts what). */
Status mapping_check(Arena *scratch, const Mapping *mapping, Err *err);

/* check_routes, check_images - the parts of mapping_check that look every key up in the finished
 * table and read the images back. cost: O(stored weights) each */
Status check_routes(Arena *scratch, const Mapping *mapping, Err *err);
Status check_images(const Mapping *mapping, Err *err);

/* --- DRAM: token rows of a folded network, and the decoder (token_rows.c, decoder.c) -----------
 * */

/* dram_place - where each slice's rows stand in the DRAM of the program, of which layers, tokens
 * and precision are known. Errors: NO_FIT (the DRAM of a chip). token_rows_emit - the table.
 * check_token_rows - read it back. */
Status dram_place(Mapping *mapping, Program *program, Err *err);
void token_rows_emit(const Mapping *mapping, const Program *program, uint8_t *dram);
Status check_token_rows(const Mapping *mapping, Err *err);

/* options_check - before any pass. Errors: USAGE (options that contradict network or chip),
 * UNSUPPORTED (a cell that cannot be split). */
Status options_check(const Chip *chip, const Network *network, const CompileOptions *options,
                     Err *err);

/* options_share_cores - do slices of all layers share cores: by --share-cores or the split
 * "shared"?
 */
bool options_share_cores(const CompileOptions *options);

/* mapping_dump - what the Mapping has so far as aligned text. */
void mapping_dump(const Mapping *mapping, const char *pass, FILE *stream);

/* mapping_summary - of a Mapping that has all parts. */
const CompileSummary *mapping_summary(Arena *arena, Arena *scratch, const Mapping *mapping);

/* --- order of units (order.c) ------------------------------------------------------------------
 * */

/* order_set - give a layer this order of its units: unit_of, position_of and weights follow.
 * unit_of: [n_units] a permutation. cost: O(units) */
void order_set(Arena *scratch, Mapping *mapping, uint32_t layer, const uint32_t *unit_of);

/* order_is_identity - does every unit of the layer stand at its own number? */
bool order_is_identity(const Mapping *mapping, uint32_t layer);

/* ordered_rows - a matrix of the layer in its order; nothing is copied if that is the units' own.
 * cost: O(stored weights * log longest row), 8 bytes of scratch a stored weight */
OrderedRows ordered_rows(Arena *scratch, const Mapping *mapping, uint32_t layer,
                         const SparseRows *rows);

/* ordered_entry - where in the network's arrays the weight at place i of ordered.col stands. */
static inline uint64_t ordered_entry(const OrderedRows *ordered, uint32_t row, uint64_t i)
{
    return ordered->entry == NULL ? i : ordered->rows->row_start[row] + ordered->entry[i];
}

/* --- split strategies: each fills a Split ------------------------------------------------------
 * */

/* split_equal - units in their own order, as many slices of a layer as it has cores, sizes
 * differing by at most one. cost: O(slices) */
Status split_equal(Arena *scratch, const Mapping *mapping, Split *split, Err *err);

/* split_balanced - units dealt so that all cores of a layer have the same work. cost: O(units *
 * log units) */
Status split_balanced(Arena *scratch, const Mapping *mapping, Split *split, Err *err);

/* split_streaming - one pass, each unit to the part that gets most of its sources. split_cluster
 * - units with the same sources together: METIS and refinement. cost: O(stored weights * parts
 * with a target of a source) */
Status split_streaming(Arena *scratch, const Mapping *mapping, Split *split, Err *err);
Status split_cluster(Arena *scratch, const Mapping *mapping, Split *split, Err *err);

/* split_auto - the best of the strategies by the estimate of the whole mapping. */
Status split_auto(Arena *scratch, const Mapping *mapping, Split *split, Err *err);

/* --- slices and memory (memory.c) --------------------------------------------------------------
 * */

/* slice_from - the slice of n_units positions from first_position on, in the order of units that
 * the Mapping has; shape and weight counts only. cost: O(1) */
SliceProgram slice_from(const Mapping *mapping, uint32_t layer, uint32_t first_position,
                        uint32_t n_units);

/* slice_make - slice `i` of the layer cut into n_slices contiguous slices, sizes differing by at
 * most one; shape and weight counts only. cost: O(1) */
SliceProgram slice_make(const Mapping *mapping, uint32_t layer, uint32_t n_slices, uint32_t i);

/* even_start - the first position of slice i of n_slices such slices; n_units for i = n_slices.
 * even_slice_at - which of them holds a position. */
uint32_t even_start(uint32_t n_units, uint32_t n_slices, uint32_t i);
uint32_t even_slice_at(uint32_t n_units, uint32_t n_slices, uint32_t position);

/* padded4 - bytes rounded up to the alignment of every array in an image. */
uint64_t padded4(uint64_t n_bytes);

/* memory_of_arrays - a matrix's part of the regions of weights, indices and pointers, padded;
 * memory_of_scales - one matrix's part of the parameters; memory_of_matrix - all that a matrix
 * takes in its format, accumulators and event buffers included. */
MatrixBytes memory_of_arrays(const Mapping *mapping, const MatrixImage *matrix);
uint64_t memory_of_scales(const SliceProgram *slice);
uint64_t memory_of_matrix(const Mapping *mapping, const MatrixImage *matrix);

/* memory_of_core - bytes by region of a core that holds these slices (formats set; ascending). */
void memory_of_core(const Mapping *mapping, const SliceProgram *const *slice, uint32_t n_slices,
                    uint64_t *region_bytes);

/* memory_bytes - their sum in one memory (0 system, 1 data); memory_available - what the chip
 * has. */
uint64_t memory_bytes(const uint64_t *region_bytes, int memory);
uint64_t memory_available(const Chip *chip, int memory);

/* --- figures of the routes (route_figures.c)
 * ---------------------------------------------------- */

/* traffic_of_routes - events on the links between routers; all 0 on a chip with one router. */
TrafficSummary traffic_of_routes(Arena *scratch, const Mapping *mapping);

/* --- weight formats (format.c, choose.c) -------------------------------------------------------
 * */

/* index_bytes_for - narrowest of 1, 2, 4 bytes that counts n_columns. */
uint32_t index_bytes_for(uint32_t n_columns);

/* matrix_set_format - format and widths of a matrix; what the format does not have becomes 0.
 * short_pointers: row pointers of 2 bytes if they count all weights. */
void matrix_set_format(MatrixImage *matrix, WeightFormat format, uint32_t index_bytes,
                       bool index_delta, bool short_pointers);

/* has_mac_array - does the chip have one that multiplies vectors? */
bool has_mac_array(const Chip *chip);

/* format_allowed - by the options, precision and chip. */
bool format_allowed(const Mapping *mapping, WeightFormat format);

/* format_plan_new - a format plan (see Mapping) with the same for every matrix. */
int32_t *format_plan_new(Arena *arena, const Network *network, int32_t format);

/* format_choices - copies of a slice's matrix in every format and width it can take under the
 * options and the format plan. largest_gap: slice_largest_gap, or more than 32 bits: no delta-
 * coded indices. Returns how many; 0: the options force indices that are too narrow. */
enum { MAX_FORMAT_CHOICES = N_FORMATS + 1 };
uint32_t format_choices(const Mapping *mapping, const SliceProgram *slice,
                        const MatrixImage *matrix, uint64_t largest_gap,
                        MatrixImage out[MAX_FORMAT_CHOICES]);

/* slice_largest_gap - the largest delta-coded index of a slice's matrix by source. The slice must
 * stand in the order of units that the Mapping has. cost: O(its weights + sources * log row) */
uint64_t slice_largest_gap(const Mapping *mapping, const SliceProgram *slice, bool recurrent);

/* weight_costs - what the weights of one matrix in its format cost a core. */
typedef struct WeightCosts {
    double receive_cycles_per_weight; /* each weight of a source whose event arrives        */
    double receive_cycles_per_event;  /* each event besides, whatever its row               */
    double update_cycles;             /* every step, at the update                          */
    double array_cycles, array_macs;  /* of update_cycles: of the MAC array; its work        */
} WeightCosts;
WeightCosts weight_costs(const Mapping *mapping, const MatrixImage *matrix);

/* update_costs - of both matrices of a slice at an update: the core applies target-major weights
 * of one beside the MAC array that works on the other. */
typedef struct UpdateCosts {
    double cycles;      /* from begin to end                                    */
    double idle_cycles; /* of these, in which the core has nothing to do for it */
    double array_macs;
} UpdateCosts;
UpdateCosts update_costs(const WeightCosts *in, const WeightCosts *own);

/* unit_update_cycles - of one unit of a layer at the network's precision. */
double unit_update_cycles(const Mapping *mapping, uint32_t layer);

/* What a matrix of a slice is expected to get in a step: events, and weights of their rows.
 * matrix_rates - its share of the layer's, by stored weights. */
typedef struct MatrixRates {
    double events, weights;
} MatrixRates;
MatrixRates matrix_rates(const Mapping *mapping, const SliceProgram *slice,
                         const MatrixImage *matrix);

/* format_cycles - expected cycles a step of a matrix's weights in its format; format_cost - the
 * same in what the objective makes small: cycles, energy or bytes. */
double format_cycles(const Mapping *mapping, const MatrixImage *matrix, MatrixRates rates);
double format_cost(const Mapping *mapping, const MatrixImage *matrix, MatrixRates rates);

/* --- what fits (fit.c) -------------------------------------------------------------------------
 * */

typedef enum FitResult {
    FIT_YES,
    FIT_NO_INDEX, /* the options force indices that are too narrow for a slice */
    FIT_NO_MEMORY
} FitResult;

/* choose_formats - format and widths of all matrices of the slices that share a core, and the
 * sum of its memory: each the cheapest (format_cost) if they fit together, else changed, the
 * best saving per added cost first, until they do (choose.c). with_delta: delta-coded indices
 * too; then the slices must stand in the Mapping's order. fit_core - without: for trying splits
 * out. */
FitResult choose_formats(const Mapping *mapping, SliceProgram *const *slice, uint32_t n_slices,
                         bool with_delta, uint64_t *region_bytes);
FitResult fit_core(const Mapping *mapping, SliceProgram *const *slice, uint32_t n_slices,
                   uint64_t *region_bytes);

/* fit_layer - does the layer fit in n_slices cores of its own? *suspect is a position to look at
 * first (0 at the start) and is set to one that did not fit; *busiest_cycles (or NULL) is set if
 * it fits. */
bool fit_layer(const Mapping *mapping, uint32_t layer, uint32_t n_slices, uint32_t *suspect,
               double *busiest_cycles);

/* shared_slice - which slice of a layer stands on slot `slot` of n_slots shared ones; UINT32_MAX:
 * none. shared_slot - the other way round. */
uint32_t shared_slice(uint32_t n_slices, uint32_t n_slots, uint32_t slot);
uint32_t shared_slot(uint32_t n_slices, uint32_t n_slots, uint32_t slice);

/* fit_most_shared - the most shared cores, up to limit, that hold all layers together; 0: none. */
uint32_t fit_most_shared(Arena *scratch, const Mapping *mapping, uint32_t limit);

/* fit_counts_shared - do all layers fit, each in its count[l] slices, spread over n_slots cores? */
bool fit_counts_shared(Arena *scratch, const Mapping *mapping, const uint32_t *count,
                       uint32_t n_slots);

/* fit_min_cores - the smallest number of cores that holds the network under the options' formats
 * (and shared cores), however many the chip has. Not monotonic in theory, so counted up from
 * below. count (or NULL): [n_layers] cores of each layer. Returns the total, or 0 with
 * *hopeless_layer set if not even single units fit a core (of that layer; with shared cores, of
 * all layers together). cost: O(cores) each count as a rule */
uint64_t fit_min_cores(Arena *scratch, const Mapping *mapping, uint32_t *count,
                       uint32_t *hopeless_layer);

/* What would fit the cores that the options ask for, or else those of the chip (no_fit_ways.c). */
typedef struct WaysToFit {
    bool precision[N_PRECISIONS]; /* lower precisions of the weights that would do      */
    double weight_share;          /* largest share of each slice's weights that would do, in
                                     thousandths rounded down; 0: not even none          */
} WaysToFit;
WaysToFit ways_to_fit(const Mapping *mapping);

/* fit_error - the NO_FIT error of a core, with its hint (no_fit.c). */
Status fit_error(Arena *scratch, const Mapping *mapping, const CoreUse *use, Err *err);

/* key_block_bits - log2 of the keys in the block of a slice of n_units (pass_keys.c). */
uint32_t key_block_bits(uint32_t n_units);

/* --- slots of a layer (pass_cores.c) -----------------------------------------------------------
 * */

/* planned_slot - the slot of slice i of the core_count[layer] slices of a layer. */
uint32_t planned_slot(const Mapping *mapping, uint32_t layer, uint32_t i);

/* --- rates of units (rates.c) ------------------------------------------------------------------
 * */

/* rates_check - of the options. Errors: USAGE (a rate outside 0 .. 1; names the unit). */
Status rates_check(const Network *network, const UnitRates *given, Err *err);

/* rates_complete - the same with every NULL filled in. `given` may be NULL. cost: O(units) */
const UnitRates *rates_complete(Arena *arena, const Network *network, const UnitRates *given);

/* rates_sums - [n_layers + 1] events a step of the input, then of each layer. cost: O(units) */
const double *rates_sums(Arena *arena, const Network *network, const UnitRates *rates);

/* rates_work - [n_layers] of all units. cost: O(stored weights) */
const UnitWork *rates_work(Arena *arena, const Network *network, const UnitRates *rates);

/* --- estimates (estimate.c) --------------------------------------------------------------------
 * */

/* estimate_activity - share of units of a layer that emit per step; layer -1 is the host's input.
 * */
double estimate_activity(const Mapping *mapping, int64_t layer);

/* estimate_slice_cycles - expected cycles of a slice per step by the chip's cost table. */
double estimate_slice_cycles(const Mapping *mapping, const SliceProgram *slice);

/* --- text (text.c) -----------------------------------------------------------------------------
 * */

/* matrix_text - "source format with 8-bit indices", "bitmap format". */
typedef struct MatrixText {
    char text[64];
} MatrixText;
MatrixText matrix_text(const MatrixImage *matrix);

/* same_format - do two matrices stand in the same format with the same widths of index? */
bool same_format(const MatrixImage *a, const MatrixImage *b);

#ifdef __cplusplus
}
#endif
#endif
