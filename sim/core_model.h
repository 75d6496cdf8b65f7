/* core_model.h - the cores: what each does next, for how many cycles, and what it computes.
 *
 * A core is one stream of instructions. It receives packets, updates slices that have all inputs
 * of a step, emits their events and markers, stalls on a full inject queue or waits for its MAC
 * array (and serves its FIFO meanwhile), or is idle. The model holds no clock: machine.c calls
 * core_step at the edges that core_next names.
 *
 * Receiving has no events of its own (core_fifo.h): a core is due only at the end of an update
 * or of an emission, of a packet that completes a stage's step, when the network waits for room
 * in its FIFO, or when something outside has come that lets it go on. What a packet means is
 * settled when it is delivered (core_receive.c), when it takes effect is settled by the FIFO.
 */
#ifndef SIM_CORE_MODEL_H
#define SIM_CORE_MODEL_H

#include <string.h>

#include "core_array.h"
#include "core_decoder.h"
#include "core_fifo.h"
#include "core_observe.h"
#include "core_tick.h"
#include "dram_model.h"
#include "fault.h"
#include "models/input.h"
#include "models/event_trace.h"
#include "plan.h"
#include "sim/parts.h"
#include "sync.h"
#include "tally.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CoreHooks {
    void *context;
    bool (*inject_room)(void *context, uint32_t core);
    void (*inject)(void *context, uint32_t core, const Packet *packet, uint64_t ps);
    void (*fifo_full)(void *context, uint32_t core);              /* no room left              */
    void (*fifo_free)(void *context, uint32_t core, uint64_t ps); /* room again, from ps on    */
    uint64_t (*edge_after)(void *context); /* first core edge after the time that is worked on */
    bool (*asks_room)(void *context, uint32_t core); /* the network calls core_room; or NULL  */
} CoreHooks;

typedef enum CoreTask {
    TASK_SERVE,
    TASK_ROW, /* a row of the decoder is applied */
    TASK_UPDATE,
    TASK_EMIT
} CoreTask;

/* What the core does with a packet is more than to receive it. A row of the decoder is for step
 * MARK_STEP modulo DECODER_STEPS. The stage's number is above. */
enum { MARK_FIRST = 1, MARK_LAST = 2, MARK_ROW = 4, MARK_STEP = 8, MARK_BITS = 5 };
enum { ROOM_AHEAD = 64 }; /* packets that a FIFO takes before it has room for them */
enum { MARK_STOPS = MARK_LAST | MARK_ROW }; /* the core may turn to something else */

typedef struct CoreStage { /* what a core has from one stage                          */
    uint64_t complete;     /* steps of which it has received all that reaches it       */
    uint32_t n_sources;    /* of the stage that reach the core                         */
    uint32_t closed[4];    /* by step % 4: of these, have delivered all of the step    */
    uint32_t seen;         /* steps of which it has received a packet                  */
    uint32_t delivered;    /* steps of which all is delivered                          */
} CoreStage;

/* A core and a source that it hears of; by Plan.first_pair. All that its packets touch: one line
 * of the cache. What is counted holds up to the last step closed. */
typedef struct CorePair {
    uint32_t core;
    uint32_t heard;         /* plan_heard of the core and the source's stage           */
    uint32_t step;          /* of the next packet = steps closed                       */
    uint32_t since;         /* of that step so far: events, or (layers) sum of packets */
    uint32_t base_cycles;   /* of an event, without the weights of its row             */
    uint32_t column;        /* of its first use in the rows of the source              */
    uint32_t weight_cycles; /* of each weight there                                    */
    uint32_t ops_since;     /* weights applied in that step, of the first use          */
    uint32_t n_uses : 28;   /* matrices whose rows its events apply                    */
    uint32_t plain : 1;     /* one, and no rows of the decoder                         */
    uint32_t listens : 1;   /* its events reach the core                               */
    uint32_t recurrent : 1; /* the first use is of a recurrent matrix                  */
    uint32_t asks_rows : 1; /* its events ask for rows of the decoder                  */
    uint32_t silent;        /* steps closed by a packet that is no event here          */
    uint32_t last_events;   /* events of the last step                                 */
    uint32_t last_lost;     /* of these, lost at the full FIFO                         */
    uint64_t events;        /* delivered                                               */
    uint64_t ops;           /* weights applied, while there is one use                 */
} CorePair;

/* A matrix whose rows are applied as events of a pair arrive. */
typedef struct PairUse {
    uint64_t ops; /* weights applied, up to the last step closed, while there are several uses */
    uint32_t ops_since;
    uint32_t slice, column, weight_cycles;
    bool recurrent;
} PairUse;

/* Rows of a source: row[first + position * n_columns + column] weights, in row_wide where some
 * row has more than 16 bits can tell. */
typedef struct SourceRows {
    uint64_t first; /* of position 0 of the layer: may lie before the table, wraps around */
    uint32_t n_columns;
} SourceRows;

/* How many weights each row has, for all that hear of it: the same on any chip. */
typedef struct RowTables {
    uint32_t *first_use;    /* [n_pairs + 1] inputs first                                   */
    uint32_t *most_weights; /* [uses] of a row                                              */
    SourceRows *rows;       /* [n_sources]; NULL: none of this is made yet                  */
    uint16_t *row;          /* weights of an event's rows, see SourceRows; or NULL          */
    uint32_t *row_wide;     /* the same; or NULL                                            */
} RowTables;

/* A matrix as its image says, by source whatever its format. */
typedef struct DecodedMatrix {
    const uint32_t *start;  /* [n_sources + 1]                                    */
    const uint32_t *target; /* [n_weights]                                        */
    const float *weight;    /* [n_weights]; NULL in int8                          */
    const int8_t *code;     /* [n_weights] int8                                   */
} DecodedMatrix;

typedef struct SliceInt8 { /* [n_units] each, Q15 */
    int32_t *state, *events, *threshold;
} SliceInt8;

typedef struct SliceState {
    uint64_t next_step;      /* the next to update                                 */
    uint64_t begun;          /* 1 + the last step for which it has a packet        */
    float *events;           /* execute, core by core: [n_units] y; int8: codes    */
    float *state;            /* the same: [n_units] the stored state               */
    float *threshold;        /* the same: [n_units]                                */
    SliceInt8 int8;          /* the same, int8: instead of state and threshold     */
    DecodedMatrix matrix[2]; /* the same: input, recurrent                         */
} SliceState;

typedef struct CoreState {
    CoreFifo fifo;
    CoreTask task;
    bool wait;         /* it has a packet of the step that a slice waits for         */
    CoreArray array;   /* jobs of the update under way                               */
    bool composed;     /* a packet is ready to be injected                           */
    bool emitting;     /* packets of the update are left                             */
    bool full;         /* the network knows that the FIFO has no room                */
    bool ahead;        /* the network asks from when on it has room: core_room       */
    bool awaited;      /* the network waits to be told                               */
    bool held;         /* when the packet in work is received, it does not take the next */
    bool asks;         /* but asks for a row of the DRAM                             */
    bool blocked;      /* no room for a row of the decoder: the FIFO waits           */
    uint32_t n_marked; /* packets in the FIFO with a mark of MARK_STOPS              */
    Packet out;        /* being emitted                                              */
    uint32_t slice;    /* being updated or emitted                                   */
    uint64_t emit_step, emit_at, emit_first, emit_end; /* events of the trace        */
} CoreState;

/* Values of the events of one stage on one core: two steps (execute only). */
typedef struct EventBuffer {
    uint32_t n_units;     /* of the stage; 0 if no slice of the core uses it    */
    uint64_t step[2];     /* whose events are held; NEVER at first              */
    float *value[2];      /* [units of the stage] by step % 2; by unit, not position */
    uint64_t *present[2]; /* bit map of the events received                     */
} EventBuffer;

typedef struct LayerValues LayerValues; /* core_layers.h */

/* Execute, where events can be lost or late: what the cores send instead of the expected events. */
typedef struct OwnEvents {
    uint32_t **position;              /* [n_slices][n_units] of the events being sent   */
    uint32_t step_words, *first_word; /* [n_layers] of the bit map of a step            */
    uint64_t *sent;                   /* [n_steps * step_words] units that sent an event */
} OwnEvents;

typedef struct CoreModel {
    const Plan *plan;
    const InputStream *input;
    const EventTrace *expected; /* of positions: the plan's */
    bool execute;
    bool lossy;        /* full FIFOs lose events (core_loss.c)                          */
    bool by_packet;    /* what happens to packets is known one by one: lossy, or ticks  */
    bool own_events;   /* execute: cores send what they compute, which may differ       */
    bool keeps_values; /* of packets: where cores sum for themselves, or words       */
    OwnEvents own;
    const Sync *sync;
    CoreHooks hooks;
    const SimObserver *observer; /* or NULL */
    bool keeps_origin;           /* of packets: by_packet, or they are observed */
    const RowTables *tables;     /* of an earlier run, or NULL                  */
    bool plain;                  /* most deliveries are: see core_receive.c */
    const SimParts *parts;       /* its `array`, if any, takes over the MAC arrays */
    Tally *tally;
    Fault *fault;
    bool auto_point;        /* cores change their operating point (core_dvfs.h), ...  */
    Dvfs dvfs;              /* ... by this                                        */
    CoreState *core;        /* [n_cores]                                          */
    SliceState *slice;      /* [n_slices]                                         */
    CoreStage *stage;       /* [n_heard] of the plan                              */
    uint32_t *begun;        /* the same: steps of which a packet is delivered     */
    CorePair *pair;         /* [n_pairs]                                          */
    uint64_t *lost;         /* [n_pairs] events lost at the full FIFO; NULL: none can be */
    uint32_t *first_use;    /* [n_pairs + 1] inputs first                         */
    PairUse *use;           /* by pair                                            */
    SourceRows *rows;       /* [n_sources]                                        */
    uint16_t *row;          /* weights of an event's rows, see SourceRows; or NULL */
    uint32_t *row_wide;     /* the same; or NULL                                  */
    uint32_t *sent_markers; /* [n_layers * ring_steps] markers sent, by layer and step */
    LayerValues *layer;     /* execute: [n_layers]; NULL: core by core             */
    EventBuffer *buffer;    /* core by core: [n_cores * n_stages]                 */
    float *sums[2];         /* execute: scratch, input and recurrent sums         */
    int32_t *sums_int8[2];  /* the same of an int8 program: accumulators, then Q12 */
    uint32_t *active;       /* execute: scratch, sources that have an event       */
    float *active_value;    /* the same: their values                             */
    float *lanes;           /* execute: scratch of core_layers.c, or NULL         */
    float *lane_input;      /* the same                                           */
    DramModel dram;         /* token rows, rows of the decoder                    */
    DecoderModel decoder;
    TickModel tick;
    uint32_t *token;  /* [n_cores * 2] of the host's markers, by step % 2  */
    uint64_t now;     /* core edge that core_step works on                 */
    Wheel wheel;      /* ids: cores                                         */
    uint32_t n_busy;  /* cores with a task that ends by itself              */
    uint64_t n_tasks; /* tasks ended: progress                              */
} CoreModel;

/* core_init - memory for cores whose plan, expected events, hooks, tally and fault are set.
 * Errors: UNSUPPORTED (FIFOs beyond all measure). */
Status core_init(Arena *arena, CoreModel *cores);

uint64_t core_next(const CoreModel *cores);
void core_step(CoreModel *cores, uint64_t cycle);

/* core_deliver - a packet will be in the FIFOs of these pairs' cores, seen by them from core edge
 * `cycle` on. */
void core_deliver(CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs, const Packet *packet,
                  uint64_t cycle);

/* core_inject_free - the core's inject queue has room, seen by it from core edge `cycle` on. */
void core_inject_free(CoreModel *cores, uint32_t core, uint64_t cycle);

/* core_wake - a superstep begins at core edge `cycle`, when all cores are at rest. cost: O(n_cores) */
void core_wake(CoreModel *cores, uint64_t cycle);

/* core_settle - all packets delivered are received, as no other event is left; last_core_cycle of
 * the tally holds for them too. core_finish - the run ends at core edge `cycle`: close the idle
 * times
 * and the books. */
void core_settle(CoreModel *cores);
void core_finish(CoreModel *cores, uint64_t cycle);

/* core_is_busy - is a core at work at core edge `cycle`, after that which is worked on? cost:
 * O(n_cores)
 */
bool core_is_busy(CoreModel *cores, uint64_t cycle);

/* core_ready.c: core_ready - may the slice update its next step? core_pick_slice - which of the
 * core's slices that may goes first, or PROGRAM_NONE. core_has_ready - is there one?
 * core_has_begun - is there one that waits for a step of which it has a packet? */
bool core_ready(const CoreModel *cores, uint32_t slice);
uint32_t core_pick_slice(const CoreModel *cores, uint32_t core);
bool core_has_ready(const CoreModel *cores, uint32_t core);
bool core_has_begun(const CoreModel *cores, uint32_t core);

/* core_is_engaged - is it in the middle of an update or of an emission, so that no other slice
 * can update, while it serves its FIFO? */
static inline bool core_is_engaged(const CoreState *state)
{
    return state->composed || state->array.part != ARRAY_NONE;
}

/* core_idle_kind - what idle cycles count as now. core_emitted_position - of the event that a
 * core sends next. */
Count core_idle_kind(const CoreState *state);
uint32_t core_emitted_position(const CoreModel *cores, const CoreState *state);

/* core_serve - receive the packets that begin before core edge `until`. core_count_idle - idle
 * cycles so far go to the counter that the core's state names. core_set_alarm - the core serves
 * its
 * FIFO: when will it have to look at something else? */
void core_serve(CoreModel *cores, uint32_t core, uint64_t until);
void core_set_alarm(CoreModel *cores, uint32_t core);
void core_count_idle(CoreModel *cores, uint32_t core);

/* core_ready.c: core_take_mark - a packet with this mark is received. */
void core_take_mark(CoreModel *cores, uint32_t core, uint32_t mark);

/* core_expect - a packet will soon be delivered to these pairs, whose number on their tile this
 * is: a hint that saves time where pairs and cores do not fit into the caches. */
void core_expect(const CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs);

/* core_room.c: core_room - core edge from which the FIFOs of these pairs' cores have room for
 * one more packet each, as far as it is not past; NEVER if it is not known yet, then fifo_free
 * will tell. For cores of which the network asks_room. cost: O(pairs), amortised */
uint64_t core_room(CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs);

/* core_room.c: room_init - the core's FIFO, with so many slots where it looks not ahead.
 * room_known - first core edge from which the FIFO has room for one packet more; one that is
 * past if there is room; NEVER if it is not known. room_tell_full - the network learns that the
 * FIFO is full; room_tell - that it has room from core edge `begin` on, or (ahead) that it may
 * ask again. */
void room_init(Arena *arena, CoreModel *cores, uint32_t core, uint64_t slots);
uint64_t room_known(const CoreModel *cores, CoreState *state);
void room_tell_full(CoreModel *cores, uint32_t core);
void room_tell(CoreModel *cores, uint32_t core, uint64_t begin);

/* core_pairs.c: pairs_rows - the tables. pairs_init - what events of each pair cost. pairs_enter_last - the pair's step is
 * the last one, from which nothing recurs. pairs_end_with - that step, of which nobody has heard
 * yet, is the last one. pairs_close_books - counters of all packets. */
void pairs_rows(Arena *arena, const Plan *plan, RowTables *tables);
void pairs_init(Arena *arena, CoreModel *cores);
void pairs_enter_last(CoreModel *cores, uint32_t pair);
void pairs_end_with(CoreModel *cores, uint32_t step);
void pairs_close_books(CoreModel *cores);

/* core_weights.c: core_event_cost - what an event costs in the input (which 0) or recurrent (1)
 * matrix of a slice. core_update_weights - cycles of the core for the weights that it applies at
 * an update; counts ops, MACs and bytes. */
typedef struct EventCost {
    uint64_t base_cycles, weight_cycles; /* once, and for each weight of the row              */
    uint64_t read_bytes, write_bytes;    /* once                                              */
    uint64_t weight_read_bytes, weight_write_bytes;
    bool by_row; /* the row is applied now; else the event is kept for the update */
} EventCost;
EventCost core_event_cost(const Plan *plan, uint32_t slice, int which);
EventCost decoder_event_cost(const Plan *plan, uint32_t slice); /* core_decoder.c */
uint64_t core_update_weights(CoreModel *cores, uint32_t slice, uint64_t step);

/* core_dvfs.c: dvfs_init_cores - for cores that change their operating point. */
void dvfs_init_cores(Arena *arena, CoreModel *cores);

/* core_rows.c: core_row_cycles - set-up of DMAs that a marker asks for, 0 without token rows.
 * core_keep_token - the host's marker of a step brings this token. core_ask_row - it is
 * received: read the row. core_take_rows - rows that are there at core edge `now` complete the
 * input of their step.
 */
uint64_t core_row_cycles(const CoreModel *cores, uint32_t core, const Packet *packet);
void core_keep_token(CoreModel *cores, uint32_t core, uint64_t step, uint32_t token);
void core_ask_row(CoreModel *cores, uint32_t core);
void core_take_rows(CoreModel *cores);

/* core_clock - of the point that the core is at. */
static inline const Clock *core_clock(const CoreModel *cores, uint32_t core)
{
    return cores->auto_point ? dvfs_clock(cores->core[core].fifo.dvfs)
                             : &cores->plan->clock[DOMAIN_CORES];
}

/* pair_lost - events of a pair lost at the full FIFO. */
static inline uint64_t pair_lost(const CoreModel *cores, uint32_t pair)
{
    return cores->lost != NULL ? cores->lost[pair] : 0;
}

/* core_counters - what this core counts. */
static inline Counters *core_counters(CoreModel *cores, uint32_t core)
{
    return &cores->tally->count[core];
}

/* core_book_cycles - in which the core of a slice updates it in that step, or sends its packets.
 * core_book_macs - of its MAC array. */
static inline void core_book_cycles(CoreModel *cores, uint32_t slice, uint64_t step,
                                    uint64_t cycles)
{
    cores->tally->slice_active[slice] += cycles;
    cores->tally->step[step].active_cycles += cycles;
}

static inline void core_book_macs(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t macs)
{
    cores->tally->step[step].array_macs += macs;
    cores->tally->layer[cores->plan->slice[slice].stage - 1].array_macs += macs;
}

/* core_loss.c: loss_serve - as fifo_serve, of a FIFO that loses events or has origins; also
 * returns the mark of a packet that is lost. loss_decide - what arrives before core edge `until`
 * waits or is lost, as nothing is received before then. loss_init - for events of one's own.
 * loss_list_events - a slice has computed a step; returns how many events it sends.
 * loss_sent_events - all that was sent in the run, by unit. */
uint32_t loss_serve(CoreModel *cores, uint32_t core, uint64_t until);
void loss_decide(CoreModel *cores, uint32_t core, uint64_t until);
void loss_init(Arena *arena, CoreModel *cores);
uint32_t loss_list_events(CoreModel *cores, uint32_t slice, uint64_t step);
const EventTrace *loss_sent_events(Arena *arena, const CoreModel *cores);

/* core_decode.c: decode_list - every stored weight of a matrix of an image, in no order that
 * matters. decode_join - those of several, by source: unit_of says what sources become (NULL:
 * themselves). decode_matrix - of one. cost: O(weights + rows) */
typedef struct MatrixList {
    uint64_t n_weights;
    const uint32_t *source, *target; /* [n_weights]                          */
    const float *weight;             /* [n_weights]; int8: in code instead   */
    const int8_t *code;
} MatrixList;
typedef struct MatrixPart {
    MatrixList list;
    const uint32_t *target_of; /* what its targets become; NULL: themselves */
} MatrixPart;
MatrixList decode_list(Arena *scratch, const uint8_t *image, const MatrixImage *matrix,
                       Precision precision);
DecodedMatrix decode_join(Arena *arena, const MatrixPart *part, uint32_t n_parts,
                          uint32_t n_sources, const uint32_t *unit_of, bool int8);
DecodedMatrix decode_matrix(Arena *arena, const uint8_t *image, const MatrixImage *matrix,
                            Precision precision);

/* core_compute.c: values. compute_init lays out the buffers; compute_store keeps a received event
 * for the step that uses it, compute_lose forgets it; compute_update computes a slice's step
 * from image and buffers and compares its events with the expected ones. Shared with
 * core_layers.c: compute_add_row adds an event's row, compute_same compares bit for bit,
 * compute_report ends the run with a difference. */
void compute_init(Arena *arena, CoreModel *cores);
void compute_store(CoreModel *cores, uint32_t core, uint32_t stage, uint64_t step,
                   const Packet *packet);
void compute_lose(CoreModel *cores, uint32_t core, uint32_t stage, uint64_t step,
                  uint32_t position);
void compute_update(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t first, uint64_t end);
void compute_add_row(const DecodedMatrix *matrix, uint32_t source, float value, float *sum,
                     int32_t *sum_int8);
static inline bool compute_same(float computed, float expected, bool is_expected)
{
    return (computed != 0.0f) == is_expected &&
           (!is_expected || memcmp(&computed, &expected, sizeof computed) == 0);
}
void compute_report(CoreModel *cores, uint32_t layer, uint32_t position, uint64_t step,
                    float computed, float expected);

#ifdef __cplusplus
}
#endif
#endif
