/* count_model.h - a run without a time axis: totals in closed form, and bounds below its times.
 *
 * Sources, stages and positions as in plan.h; Plan serves for the numbers of the chip and the
 * slices, not for routes: those are walked in the router tables (arrivals.c).
 */
#ifndef SIM_COUNT_MODEL_H
#define SIM_COUNT_MODEL_H

#include "arrivals.h"
#include "dram_model.h"
#include "event_counts.h"
#include "machine.h"
#include "tally.h"

enum { COUNT_VECTOR = 8 };       /* numbers that are added at once */
enum { COUNT_PACKET_BYTES = 8 }; /* of SRAM: key and payload */

typedef struct CountPair { /* a core that a source's packets reach                              */
    uint32_t core;         /* index into Program.core                                          */
    bool listens;          /* to events, not only to what closes a step                        */
    bool feeds;            /* has slices of the layer after the source's                       */
    uint32_t way_ps;       /* least time from a packet's injection until the core has it       */
    uint32_t later_cycles; /* of the core: whole ones by which that is more than the source's  */
} CountPair;

/* Pairs stand in the order: those that listen and are fed, others that are fed, the rest; each
 * ascending by core. */
typedef struct CountSource {
    uint32_t core;  /* index into Program.core; PROGRAM_NONE: the host                     */
    uint32_t stage; /* 0: the host, else layer + 1                                         */
    uint32_t first_position, n_units;
    uint32_t n_pairs, n_fed, n_tabled; /* all; the first that are fed; the first that listen too */
    CountPair *pair;                   /* [n_pairs]                                        */
    uint32_t stride;                   /* n_tabled, rounded up to whole vectors */
    const uint32_t *cycles;            /* [n_units][stride] to receive the event of a unit */
    uint32_t *row_ops[2];              /* [n_units] weights on all cores: of the next layer for this
                                    step, of its own for the next one                      */
    uint64_t *row_cycles[2];           /* [n_units] cycles for these on all cores               */
    uint64_t event_cycles,
        closing_cycles;     /* to receive any event; what closes a step, if that is an
                                        event: more                                         */
    uint64_t silent_cycles; /* to receive a marker that is no event, asking for rows included */
    uint64_t way_ps;        /* least way to a core that it feeds                       */
    bool host_hears, host_closes; /* events, or at least markers, go to the host          */
    uint32_t host_way_ps;         /* least time from injection to the host's link         */
} CountSource;

typedef struct CountSlice {
    uint64_t update_cycles; /* from begin to end at least, the MAC array's included         */
    uint64_t work_cycles;   /* of these, of the core itself                                 */
    bool needed;            /* does the result of a step wait for its update of that step? */
} CountSlice;

typedef struct CountModel {
    Plan plan;
    const InputStream *input;
    const EventTrace *given; /* events of units; plan.expected has positions              */
    uint32_t *input_unit;    /* [n_inputs] scratch                                        */
    uint32_t **source_of;    /* [n_stages][units] the source that each position belongs to */
    EventCounts events;
    Arrivals arrivals;
    Tally tally;
    DramModel dram;
    CountSource *source; /* [n_sources] slices, then the host                              */
    CountSlice *slice;   /* [n_slices]                                                     */
    bool all_needed;     /* all slices are                                                 */
} CountModel;

/* count_init - plan, events, pairs. Errors: those of plan_init and of walks. cost: O(weights +
 * events + walks) time */
Status count_init(Arena *arena, CountModel *model, const SimRun *run, Err *err);

/* count_sender - source s with its keys and the events of `counts`. */
Sender count_sender(const Plan *plan, const EventCounts *counts, uint32_t s);

/* count_totals - fills the tally, all but what depends on time (COUNT_UNKNOWN), and the DRAM's
 * totals. Errors: UNSUPPORTED (a core would take 2^32 cycles to receive one source's step). cost:
 * O(units * cores that hear them + links + events) time; 4 bytes of memory for each unit and core
 * that it feeds */
Status count_totals(Arena *arena, CountModel *model, Err *err);

/* count_recurrent_cycles - of the event of unit u of a source in the slices of its own layer on a
 * core that hears it. */
uint64_t count_recurrent_cycles(const CountModel *model, const CountSource *source, uint32_t core,
                                uint32_t u);

/* count_bounds - bounds below the times of all steps and of the run; into the steps of the tally,
 * too. Errors: those of walks. cost: see count_bounds.c and count_chain.c */
Status count_bounds(Arena *arena, CountModel *model, bool pipelined, TraceBounds **out, Err *err);

/* count_span_ps - the least time that so many cycles of a clock take, wherever they begin. */
uint64_t count_span_ps(const Clock *clock, uint64_t cycles);

/* count_whole_cycles - that end, at the latest half a ps late, within such a time. */
uint64_t count_whole_cycles(const Clock *clock, uint64_t ps);

/* count_up_ps - from the injection on a core (id) until the packet is at its router.
 * count_lookup_ps - a look-up in a router. count_link_ps - from the end of a look-up over a router
 * link. count_down_ps - from the end of the last look-up until the packet is in a core's FIFO. */
uint64_t count_up_ps(const Plan *plan, uint32_t core);
uint64_t count_lookup_ps(const Plan *plan);
uint64_t count_link_ps(const Plan *plan, uint32_t router_link);
uint64_t count_down_ps(const Plan *plan, uint32_t core);

/* count_pairs - sources and their pairs (count_pairs.c). */
Status count_pairs(Arena *arena, CountModel *model, Err *err);

#endif
