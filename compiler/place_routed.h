/* place_routed.h - what a placement costs on the trees that its packets will take. */
#ifndef COMPILER_PLACE_ROUTED_H
#define COMPILER_PLACE_ROUTED_H

#include "place.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct RoutedCost {
    uint64_t total_hops, busiest_link; /* over links between routers; in units of rate */
} RoutedCost;

/* place_routed_may - may trees be laid for every placement that is tried? Only on chips with a
 * router in every tile, and where there are few enough nets. cost: O(1) */
bool place_routed_may(const PlaceProblem *problem);

/* place_routed_cost - of negotiated trees over allowed turns (route.h), where place_routed_may.
 * Errors: UNSUPPORTED (not all nets can be routed). cost: O(nets * sites), and at most some
 * milliseconds of routing */
Status place_routed_cost(const PlaceProblem *problem, const uint32_t *site_of, RoutedCost *cost,
                         Err *err);

#ifdef __cplusplus
}
#endif
#endif
