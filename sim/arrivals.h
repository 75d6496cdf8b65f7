/* arrivals.h - what the packets of one source amount to at every core and at the host, by a walk
 * through the router tables.
 */
#ifndef SIM_ARRIVALS_H
#define SIM_ARRIVALS_H

#include "checks_walk.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Sender {    /* one source and its keys                     */
    uint32_t source, core; /* core id; PROGRAM_NONE: the host             */
    uint32_t key, n_keys, marker_key;
    const uint64_t *times;   /* [n_keys] events of each                   */
    const uint64_t *closing; /* [n_keys + 1] of Closing.times             */
} Sender;

typedef struct Arrival {
    uint32_t core;    /* index into Program.core                                          */
    bool hears;       /* the source's events lead there at all                            */
    uint64_t events;  /* that arrive                                                      */
    uint64_t markers; /* packets that close a step and are no event there                 */
    uint64_t closed;  /* steps closed there                                               */
} Arrival;

typedef struct Arrivals {
    Walk walk;        /* links and look-ups of all sources so far */
    uint32_t n;       /* cores that the source's packets reach    */
    Arrival *arrival; /* [n_cores]                                */
    bool host_hears;
    uint64_t host_events, host_markers, host_closed; /* at the host  */
    uint64_t *times;                                 /* [keys of the largest source] scratch   */
    uint64_t *open_events;                           /* [n_cores] of the source, closing no step */
    uint32_t *hears; /* [n_cores] last source whose events lead there, plus 1 */
} Arrivals;

void arrivals_init(Arena *scratch, Arrivals *arrivals, const Program *program,
                   const Topology *topology, Err *err);

/* arrivals_walk - of one source. Errors: those of walk_keys. */
Status arrivals_walk(Arrivals *arrivals, const Sender *sender);

#ifdef __cplusplus
}
#endif

#endif
