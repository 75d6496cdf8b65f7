/* trees.h - how it gets there: a multicast tree for every sender, and what routers do with it. */
#ifndef COMPILER_TREES_H
#define COMPILER_TREES_H

#include "needs.h"
#include "route.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The events and the marker of a slice take one tree, and slices of one router that need (nearly)
 * the same routers share theirs; each sender uses the part that leads to its own cores. */
struct SenderTrees {
    RouteTask task;          /* the demands that trees were made for                      */
    Tree *tree;              /* [n_demands]                                               */
    const uint32_t *tree_of; /* [n_senders] demand of each sender                         */
};

/* trees_demand - the demands of all senders, without trees. cost: O(pairs (sender, core)) */
SenderTrees *trees_demand(Arena *scratch, const Topology *graph, const Needs *needs);

/* What a router does with the packets of one sender. */
typedef struct RouteRow {
    uint32_t sender;
    uint32_t in;                  /* link by which they come, or ROUTE_ROOT                  */
    uint32_t first_core, n_cores; /* of the sender's cores: those of this router             */
    uint8_t sides;                /* bit s: a copy leaves on side s                          */
    bool to_host;
} RouteRow;

struct RouteRows {         /* by router, then by sender */
    const uint64_t *first; /* [n_routers + 1] into row */
    const RouteRow *row;
};

/* trees_rows - every router that a sender's packets pass: its tree, without branches that lead to
 * none of its own routers. cost: O(links of all trees * senders that share them) */
const RouteRows *trees_rows(Arena *scratch, const Topology *graph, const Needs *needs,
                            const SenderTrees *trees);

#ifdef __cplusplus
}
#endif
#endif
