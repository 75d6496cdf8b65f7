/* estimate.h - what a whole mapping costs: time of a token, tokens a second, energy, memory.
 *
 * A Load says what each core gets and does in one step: packets and rows of every stage, units of
 * every layer. It comes from a finished assignment of units to cores (load.c: exact) or from
 * numbers of cores alone (load_grouping.c: averages over like cores, so that thousands can be
 * tried).
 * estimate_load turns either into an Estimate. Stage 0 is the host, stage l + 1 layer l.
 */
#ifndef COMPILER_ESTIMATE_H
#define COMPILER_ESTIMATE_H

#include "mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct StageLoad {  /* packets that a core gets from one stage in one step          */
    double events, markers; /* the latter are those that are no event                    */
    double row_cycles;      /* expected, on the rows of those events                        */
    double row_sd;          /* standard deviation of row_cycles from step to step           */
    double late_markers;    /* those that only permit: they come after the core's update, in idle
                            time */
} StageLoad;

typedef struct LayerLoad {  /* the slice of one layer on a core                             */
    double n_units, events; /* n_units 0: none; events it sends in a step              */
    double silent;          /* chance that it sends none, but a marker                 */
    double update_cycles;   /* with the weights of formats that are read at the update     */
    double idle_cycles;     /* of these, in which the core only waits for its MAC array    */
    double array_macs;      /* of the MAC array                                             */
    double work_cycles;     /* all that this slice makes the core do in a step, packets too */
} LayerLoad;

typedef struct Load {
    uint32_t n_layers, n_classes; /* a class: cores with the same load                */
    double *n_cores;              /* [n_classes] cores of the class                   */
    StageLoad *stage;             /* [n_classes * (n_layers + 1)]                     */
    LayerLoad *layer;             /* [n_classes * n_layers]                           */
    double *stage_events;         /* [n_layers + 1] events of a step                  */
    double *stage_markers;        /* [n_layers + 1] markers of a step that are no event */
    double *layer_cores;          /* [n_layers] slices of the layer, each on its core */
    double deliveries;            /* events and markers, to every core, in a step     */
    uint64_t bytes, most_bytes;   /* data memory: of all cores, of the fullest        */
    bool fits;
} Load;

typedef struct Estimate {
    bool fits;
    double latency_us;          /* of one token, the host sends one at a time          */
    double period_us;           /* of a token, pipelined                               */
    double energy_uj;           /* of one token, the host sends one at a time          */
    double pipelined_energy_uj; /* pipelined                                           */
    double n_cores;
    double bytes;            /* data memory of all cores                              */
    double work_max_by_mean; /* of the worst layer, see load_max_by_mean               */
} Estimate;

/* load_new - an empty Load. cost: O(classes * layers) */
Load load_new(Arena *scratch, const Mapping *mapping, uint32_t n_classes);

/* estimate_load - see estimate.c. cost: O(classes * layers * steps tried) */
Estimate estimate_load(Arena *scratch, const Mapping *mapping, const Load *load);

/* load_max_by_mean - work of the busiest core of a layer by the mean of the layer's cores. */
double load_max_by_mean(const Load *load, uint32_t layer);

/* estimate_better - is `a` better by the objective? What does not fit is never better. */
bool estimate_better(Objective objective, const Estimate *a, const Estimate *b);

/* estimate_handicapped - worse by as much as the work of a layer is uneven beyond a tenth: that
 * rests on rates that may be off, so what it gains must be worth it. */
Estimate estimate_handicapped(Estimate estimate);

/* load_of_split - of units on slots; the formats are those that fit_core chooses. cost: O(stored
 * weights + slots * layers) */
Load load_of_split(Arena *scratch, const Mapping *mapping, const Split *split);

/* load_maker, load_make - the same in two parts: all that is counted from the split, and what the
 * formats make of it under the format plan that the Mapping has now. The split and the maker are
 * used by all Loads made. cost: that of load_of_split; O(slots * layers) */
typedef struct LoadMaker LoadMaker;
LoadMaker *load_maker(Arena *scratch, const Mapping *mapping, const Split *split);
Load load_make(Arena *scratch, LoadMaker *maker);

/* load_of_mapping - the same of a Mapping that has slices. */
Load load_of_mapping(Arena *scratch, const Mapping *mapping);

/* advise - of a Mapping that has all parts, and its load. cost: O(stored weights) */
CompileAdvice advise(Arena *arena, Arena *scratch, const Mapping *mapping, const Load *load);

#ifdef __cplusplus
}
#endif
#endif
