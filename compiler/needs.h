/* needs.h - who needs what: the cores that every key must reach, whatever way it takes. */
#ifndef COMPILER_NEEDS_H
#define COMPILER_NEEDS_H

#include "mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SENDER_HOST UINT32_MAX

/* What sends packets of one destination: the events of a slice, its marker, or those of the host.
 * Its keys are consecutive. */
typedef struct Sender {
    uint32_t key, n_keys;
    uint32_t slice;  /* or SENDER_HOST                                    */
    uint32_t router; /* where its packets start                           */
    bool is_marker, to_host;
    uint64_t rate; /* expected packets a step, in units of 1/ROUTE_RATE_ONE, at least 1 */
    uint32_t n_cores;
    const uint32_t *core; /* [n_cores] ids ascending that need its packets   */
} Sender;

struct Needs {
    uint32_t n_senders;
    const Sender *sender; /* [n_senders] ascending by key */
};

/* needs_find - every sender of a Mapping that has places and keys. Lists of cores are in `arena`;
 * slices of a layer with equal lists share one. cost: O(stored weights + pairs (slice, core)) */
const Needs *needs_find(Arena *arena, Arena *scratch, const Mapping *mapping);

#ifdef __cplusplus
}
#endif
#endif
