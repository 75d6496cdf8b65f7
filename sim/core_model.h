/* core_model.h - the cores: what each does next, for how many cycles, and what it computes.
 *
 * A core is one stream of instructions. It receives packets, updates slices that have all inputs
 * of a step, emits their events and markers, stalls on a full inject queue (and serves its FIFO
 * meanwhile), or is idle. The model holds no clock: machine.c calls core_step at the edges that
 * core_next names.
 */
#ifndef SIM_CORE_MODEL_H
#define SIM_CORE_MODEL_H

#include "dram_model.h"
#include "fault.h"
#include "models/event_trace.h"
#include "plan.h"
#include "sim/parts.h"
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
} CoreHooks;

typedef enum CoreTask { TASK_IDLE, TASK_RECEIVE, TASK_UPDATE, TASK_EMIT, TASK_STALL } CoreTask;

typedef struct FifoEntry {
    Packet packet;
    uint32_t pair;  /* of the core and the packet's source    */
    uint64_t cycle; /* core edge from which the core sees it */
} FifoEntry;

typedef struct CoreStage { /* markers that a core has from one stage             */
    uint64_t complete;     /* steps of which it has all that reach it            */
    uint32_t count[4];     /* by step % 4: markers of steps that are not complete */
} CoreStage;

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
    float *events;           /* execute: [n_units] y of the last step; int8: codes */
    float *state;            /* execute: [n_units] the stored state                */
    float *threshold;        /* execute: [n_units]                                 */
    SliceInt8 int8;          /* execute, int8: instead of state and threshold      */
    DecodedMatrix matrix[2]; /* execute: input, recurrent                     */
} SliceState;

typedef struct CoreState {
    CoreTask task;
    bool wait;     /* TASK_IDLE: a step has begun                        */
    bool composed; /* a packet is ready to be injected                   */
    bool emitting;
    uint64_t since;        /* core cycle at which the task began                 */
    FifoEntry *fifo;       /* ring                                               */
    uint32_t first, count; /* in the ring, on their way into it included         */
    uint32_t n_visible;    /* of these, seen to have arrived                     */
    Packet packet;         /* being received, ...                                */
    uint32_t pair;         /* of its source                                      */
    Packet out;            /* ... being emitted                                  */
    uint32_t slice;        /* being updated or emitted                           */
    uint64_t emit_step, emit_at, emit_first, emit_end; /* events of the trace    */
} CoreState;

/* Values of the events of one stage on one core: two steps (execute only). */
typedef struct EventBuffer {
    uint32_t n_units;     /* of the stage; 0 if no slice of the core uses it    */
    uint64_t step[2];     /* whose events are held; NEVER at first              */
    float *value[2];      /* [units of the stage] by step % 2; by unit, not position */
    uint64_t *present[2]; /* bit map of the events received                     */
} EventBuffer;

typedef struct CoreModel {
    const Plan *plan;
    const EventTrace *expected; /* of positions: the plan's */
    bool execute;
    CoreHooks hooks;
    const SimParts *parts; /* its `array`, if any, takes over the MAC arrays */
    Tally *tally;
    Fault *fault;
    uint32_t fifo_slots;    /* of each ring; the FIFO is full at Plan.fifo_packets */
    CoreState *core;        /* [n_cores]                                          */
    SliceState *slice;      /* [n_slices]                                         */
    CoreStage *stage;       /* [n_cores * n_stages]                               */
    uint32_t *markers;      /* [n_pairs] = steps complete of a source             */
    uint32_t *events_since; /* the same shape: events since the last marker      */
    uint64_t *events;       /* the same shape: events in all                      */
    uint32_t *sent_markers; /* [n_layers * ring_steps] markers sent, by layer and step */
    EventBuffer *buffer;    /* execute: [n_cores * n_stages]                      */
    float *sums[2];         /* execute: scratch, input and recurrent sums         */
    int32_t *sums_int8[2];  /* the same of an int8 program: accumulators, then Q12 */
    uint32_t *active;       /* execute: scratch, sources that have an event       */
    DramModel dram;         /* token rows                                         */
    uint32_t *token;        /* [n_cores * 2] of the host's markers, by step % 2  */
    uint64_t now;           /* core edge that core_step works on                 */
    Wheel wheel;            /* ids: cores                                         */
    uint32_t n_busy;        /* cores with a task that ends by itself              */
    uint64_t n_tasks;       /* tasks ended: progress                              */
} CoreModel;

/* core_init - memory for cores whose plan, expected events, hooks, tally and fault are set. Errors:
 * UNSUPPORTED (FIFOs beyond all measure). */
Status core_init(Arena *arena, CoreModel *cores);

uint64_t core_next(const CoreModel *cores);
void core_step(CoreModel *cores, uint64_t cycle);

/* core_deliver - a packet will be in the core's FIFO, seen by it from core edge `cycle` on. */
void core_deliver(CoreModel *cores, uint32_t core, const Packet *packet, uint64_t cycle);

/* core_inject_free - the core's inject queue has room, seen by it from core edge `cycle` on. */
void core_inject_free(CoreModel *cores, uint32_t core, uint64_t cycle);

/* core_finish - the run ends at core edge `cycle`: close the idle times. */
void core_finish(CoreModel *cores, uint64_t cycle);

/* core_ready - may the slice update its next step? */
bool core_ready(const CoreModel *cores, uint32_t slice);

/* core_receive.c: core_begin_receive takes the head of the FIFO if it has arrived, and begins the
 * task; false if there is none. core_end_receive lets the packet take effect. */
bool core_begin_receive(CoreModel *cores, uint32_t core, uint64_t cycle);
void core_end_receive(CoreModel *cores, uint32_t core);

/* core_weights.c: core_apply_event - cycles that an event of row `row` costs in the input (which 0)
 * or recurrent (1) matrix of a slice for that step. core_update_weights - cycles of the weights at
 * an update; those in which the core waits for its MAC array go to *waited_cycles. Both count ops,
 * MACs and bytes. */
uint64_t core_apply_event(CoreModel *cores, uint32_t slice, int which, uint32_t row, uint64_t step);
uint64_t core_update_weights(CoreModel *cores, uint32_t slice, uint64_t step,
                             uint64_t *waited_cycles);

/* core_rows.c: core_row_cycles - set-up of DMAs that a packet asks for, 0 without token rows.
 * core_ask_row - the host's marker of a step brought this token: read its row. core_take_rows -
 * rows that are there at core edge `now` complete the input of their step. */
uint64_t core_row_cycles(const CoreModel *cores, uint32_t core, const Packet *packet);
void core_ask_row(CoreModel *cores, uint32_t core, uint64_t step, uint32_t token);
void core_take_rows(CoreModel *cores);

/* core_begin_task - a task that ends by itself after so many cycles. */
void core_begin_task(CoreModel *cores, uint32_t core, CoreTask task, uint64_t cycle,
                     uint64_t cycles);

/* core_counters - what this core counts. */
static inline Counters *core_counters(CoreModel *cores, uint32_t core)
{
    return &cores->tally->count[core];
}

/* core_compute.c: values. compute_init lays out the buffers; compute_store keeps a received event
 * for the step that uses it; compute_update computes a slice's step from image and buffers and
 * compares its events with the expected ones. */
/* core_decode.c: a matrix of an image as rows by source. cost: O(weights + rows) */
DecodedMatrix decode_matrix(Arena *arena, const uint8_t *image, const MatrixImage *matrix,
                            Precision precision);

void compute_init(Arena *arena, CoreModel *cores);
void compute_store(CoreModel *cores, uint32_t core, uint32_t stage, uint64_t step,
                   const Packet *packet);
void compute_update(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t first, uint64_t end);

#ifdef __cplusplus
}
#endif
#endif
