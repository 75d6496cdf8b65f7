/* host_model.h - the machine that sends the inputs and takes the outputs, and its link to the
 * router.
 *
 * The link is serial both ways: a packet takes host_packet_ps to send and arrives host_latency_ps
 * after that. The host acts at exact times (ps); what it sends is seen at the router's next edge.
 */
#ifndef SIM_HOST_MODEL_H
#define SIM_HOST_MODEL_H

#include "fault.h"
#include "models/input.h"
#include "plan.h"
#include "sim/parts.h"
#include "sync.h"
#include "tally.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct HostHooks {
    void *context;
    void (*send)(void *context, const Packet *packet,
                 uint64_t cycle); /* at router edge `cycle`     */
    void (*queue_free)(void *context,
                       uint64_t cycle); /* a packet left the router's host queue      */
    uint64_t (*waiting)(void *context); /* packets sent that wait for their look-up   */
    void (*last_step)(void *context, uint32_t step); /* no step after this one will begin  */
} HostHooks;

typedef struct HostIncoming {
    Packet packet;
    uint64_t begin_cycle;               /* router edge at or after its way over the link begins */
    uint64_t arrival_ps, arrival_cycle; /* exact, and the router edge at or after it */
} HostIncoming;

typedef struct HostStage { /* markers that the host has from one stage                  */
    uint64_t complete;     /* steps of which it has all                                 */
    uint32_t *count;       /* [ring_steps] markers of steps that are not complete       */
} HostStage;

typedef struct HostModel {
    const Plan *plan;
    const Sync *sync;
    const InputStream *input;
    bool use_values, pipelined;
    bool any_link; /* parts may take the link over: nothing is known of its times           */
    HostHooks hooks;
    Fault *fault;
    Tally *tally;
    /* sending */
    uint32_t next_step;          /* the next to begin                                      */
    uint64_t begin_ps[2];        /* by step % 2: begin of sending                          */
    bool waits;                  /* with ticks: for the router, at the end of the link     */
    const SimParts *parts;       /* its `send`, if any, takes over the link                */
    uint64_t sent_ps;            /* end of sending of the step before                      */
    uint64_t *part_ps[2];        /* [n_inputs] by step % 2: end of sending, if `send` says  */
    uint32_t send_step, send_at; /* packet on the link, of max(1, n_events)              */
    uint64_t send_cycle;         /* router edge of its arrival, or NEVER                   */
    uint32_t n_events[2];        /* by step % 2                                            */
    uint32_t *unit[2];           /* [n_inputs]                                             */
    float *value[2];             /* [n_inputs]                                             */
    /* receiving */
    uint64_t link_free_ps;
    uint64_t received_ps; /* arrival of the last packet                             */
    uint32_t capacity, first, count, n_begun; /* ring of packets on their way; the first
                                                 n_begun have left the router            */
    HostIncoming *incoming;
    HostStage first_layer, last_layer;
    uint32_t *events_since; /* [n_sources] events since the source's last marker      */
    uint32_t *markers;      /* [n_sources]                                            */
    uint64_t *events;       /* [n_sources] in all                                     */
    uint64_t n_moves;       /* packets that crossed the link: progress                */
    uint32_t steps_done;    /* steps whose result the host has                        */
    bool ends;              /* the step that begins next is the last                  */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
} HostModel;

/* host_init - memory for a host whose plan, input, hooks, tally and fault are set. */
void host_init(Arena *arena, HostModel *host);

/* host_begin - start the first steps at time 0. */
void host_begin(HostModel *host);

/* host_go_on - a superstep or tick begins at now_ps, or the router for which it waited has worked. */
void host_go_on(HostModel *host, uint64_t now_ps);

uint64_t host_next(const HostModel *host); /* router cycle, or NEVER */
void host_step(HostModel *host, uint64_t cycle);

/* host_is_busy - is a packet on the link, either way? */
bool host_is_busy(const HostModel *host);

/* host_take - the router has a packet for the host that can leave from available_ps on. */
void host_take(HostModel *host, const Packet *packet, uint64_t available_ps);

#ifdef __cplusplus
}
#endif
#endif
