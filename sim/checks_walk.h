/* checks_walk.h - where packets go, straight from the router tables of the Program: for totals and
 * checks, not for engines with a time axis.
 */
#ifndef SIM_CHECKS_WALK_H
#define SIM_CHECKS_WALK_H

#include "arch/program.h"
#include "arch/topology.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct WalkStop { /* a router still to visit, and what arrives there                 */
    uint32_t router, link_in, first, end; /* keys first .. end-1 of those walked             */
} WalkStop;

typedef struct Walk {
    const Program *program;
    const Topology *topology;
    Err *err;
    const uint32_t *core_at; /* [chip cores] index into Program.core, or NONE                */
    uint32_t max_stops;
    WalkStop *stop;       /* [max_stops]                                                     */
    uint64_t *link_flits; /* [all links]                                                     */
    uint64_t *lookups;    /* [n_routers]                                                     */
    uint64_t *delivered;  /* [n_cores] since the caller took them                            */
    uint32_t n_touched, *touched; /* [n_cores] cores with delivered > 0                      */
    uint64_t to_host; /* the same                                                        */
    bool probe;       /* only where packets go: links and look-ups are not counted       */
} Walk;

void walk_init(Arena *scratch, Walk *walk, const Program *program, const Topology *topology,
               Err *err);

/* walk_keys - times[i] packets of key + i, from a core (PROGRAM_NONE: the host) to all their ends.
 * Errors: INTERNAL (a key that finds no entry, or goes in a circle).
 * cost: O(keys * routers visited * log entries + copies) */
Status walk_keys(Walk *walk, uint32_t from_core, uint32_t key, uint32_t n_keys,
                 const uint64_t *times);

#ifdef __cplusplus
}
#endif

#endif
