/* route.h - multicast trees over the graph of routers: what is asked for, what is found.
 *
 * A Demand says which routers the packets of some senders of one router must get to; a strategy
 * makes a Tree for each. A tree is a list of links in which each link starts at the root or at a
 * router that an earlier link leads to. Every router is entered at most once, every turn from
 * the link in to a link out is one that the topology allows, so any set of trees is free of
 * deadlock.
 *
 * The central router of a single chip is a graph of one router without links: all trees are
 * empty.
 */
#ifndef COMPILER_ROUTE_H
#define COMPILER_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/topology.h"
#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ROUTE_MAX_SIDES = 6 };
#define ROUTE_NONE UINT32_MAX       /* no link: the router is not in the tree        */
#define ROUTE_ROOT (UINT32_MAX - 1) /* instead of a link: the root, where it is sent */

typedef struct Demand {
    uint32_t root; /* router of the senders                                             */
    uint32_t n_targets;
    const uint32_t *target; /* [n_targets] routers ascending, without the root          */
    uint64_t rate;          /* packets per step, in units of 1/ROUTE_RATE_ONE           */
    uint32_t n_more;
    const uint32_t *more; /* [n_more] routers ascending, none a target, that only few of the
                             packets go on to: markers, on the tree of their events       */
    uint64_t more_rate;   /* of those packets, part of `rate`                           */
} Demand;
enum { ROUTE_RATE_ONE = 1024 };

typedef struct Tree {
    uint32_t n_links;
    uint32_t n_first;     /* of these lead to targets; those behind only to `more`            */
    const uint32_t *link; /* [n_links] a link stands after the one into its first router */
} Tree;

typedef struct RouteTask {
    const Topology *graph;
    uint32_t n_demands;
    const Demand *demand;                 /* [n_demands]                                     */
    const struct CompileOptions *options; /* whom long work tells how far it is; or NULL   */
} RouteTask;

/* --- strategies: one tree for each demand ------------------------------------------------------
 *
 * tree     [n_demands]; their links are in `arena`
 * errors   UNSUPPORTED (no tree of allowed turns leads to all targets; names the routers)
 * Deterministic: the order of the demands and the ids of links settle every tie. */
typedef Status (*RouteRun)(Arena *arena, const RouteTask *task, Tree *tree, Err *err);

/* route_xy - along x, then the diagonal if there is one, then y. cost: O(sum of distances) */
Status route_xy(Arena *arena, const RouteTask *task, Tree *tree, Err *err);
/* route_ldf - along the axis with most steps first. cost: O(sum of distances) */
Status route_ldf(Arena *arena, const RouteTask *task, Tree *tree, Err *err);
/* route_ner - from the nearest router reached so far. cost: O(targets * links) a tree */
Status route_ner(Arena *arena, const RouteTask *task, Tree *tree, Err *err);
/* route_negotiated - trees that give way to one another until no link stands out.
 * cost: O(rounds * links seen * log) */
Status route_negotiated(Arena *arena, const RouteTask *task, Tree *tree, Err *err);
/* route_negotiated_within - the same; no round begins after max_looked links were looked at. */
Status route_negotiated_within(Arena *arena, const RouteTask *task, uint64_t max_looked, Tree *tree,
                               Err *err);

/* route_strategy - by name (NULL: the default); NULL if there is none, with the USAGE error set. */
RouteRun route_strategy(const char *name, Err *err);

/* --- lower bounds (route_bound.c) --------------------------------------------------------------
 * */

/* route_bound - links that any tree from the root to all targets has at least, whatever turns are
 * allowed: the value of a dual solution of the Steiner arborescence problem (Wong 1984), never
 * less than the number of targets. cost: O(bound * routers around the targets) */
typedef struct BoundSearch BoundSearch;
BoundSearch *bound_search_new(Arena *arena, const Topology *graph);
uint32_t route_bound(BoundSearch *search, const Demand *demand);

/* --- growing a tree (route_tree.c) -------------------------------------------------------------
 * */

/* The tree under way and the wave front that searches for its next targets. Reused for all trees. */
typedef struct TreeSearch {
    const Topology *graph;
    uint32_t *entered;  /* [n_routers] link into the router, ROUTE_ROOT or ROUTE_NONE     */
    uint32_t n_members; /* routers in the tree                                            */
    uint32_t *member;   /* [n_routers] in the order in which they joined, root first      */
    uint32_t n_first;   /* links when all targets were reached; ROUTE_NONE: not yet       */
    uint32_t n_missing; /* targets not reached yet                                        */
    bool *missing;      /* [n_routers] a target, not reached yet                          */
    uint64_t *cost;     /* [n_links] of the cheapest way found that ends with this link   */
    uint32_t *before;   /* [n_links] link before it on that way, ROUTE_ROOT: from the tree */
    uint32_t *seen;     /* [n_links] round in which cost and before were set              */
    uint32_t round;
    uint64_t n_looked; /* links looked at so far, in all trees                         */
    uint32_t n_heap;
    uint32_t *heap;    /* [n_links] links of the front, cheapest first          */
    uint32_t *heap_at; /* [n_links] where in it a link stands, or ROUTE_NONE       */
    uint32_t *path;    /* [n_links] of a way under construction                          */
} TreeSearch;

TreeSearch *tree_search_new(Arena *arena, const Topology *graph);

/* tree_begin - an empty tree for a demand, its targets missing; tree_end - forget it. */
void tree_begin(TreeSearch *search, const Demand *demand);
void tree_end(TreeSearch *search, const Demand *demand);

/* tree_go_on - reach the targets as tree_grow does; then `more` is what is missing. */
bool tree_go_on(TreeSearch *search, const Demand *demand, const uint64_t *link_cost);

/* tree_join - add the part of a way behind its last router that is in the tree; false (and
 * nothing added) if the way does not touch the tree, takes a turn that is not allowed or meets a
 * router twice. cost: O(n_links) */
bool tree_join(TreeSearch *search, const uint32_t *link, uint32_t n_links);

/* tree_grow - reach all missing targets, each by the cheapest way of allowed turns from the tree
 * as it stands, nearest first. link_cost: [n_links] or NULL (1 each). False if some target
 * cannot be reached: they are still missing. */
bool tree_grow(TreeSearch *search, const uint64_t *link_cost);

/* tree_finish - grow until all targets and `more` are reached; where the tree stands in its own
 * way, begin again from the routers that it kept out. Errors: UNSUPPORTED. */
Status tree_finish(TreeSearch *search, const Demand *demand, const uint64_t *link_cost, Err *err);

/* tree_take - the links of the finished tree. */
Tree tree_take(Arena *arena, const TreeSearch *search);

/* --- ways along the axes (route_axes.c) --------------------------------------------------------
 * */

/* Steps along each axis from one router to another: axis 0 is x, the last is y, and with six
 * sides the one between is the diagonal. Negative: the other way. */
typedef struct AxisSteps {
    int32_t n[ROUTE_MAX_SIDES / 2];
} AxisSteps;

/* route_axis_steps - the shortest vector from one router to another, over the wrap if that is
 * shorter; route_distance - its length. */
AxisSteps route_axis_steps(const Topology *graph, uint32_t from, uint32_t to);
uint32_t route_distance(const Topology *graph, uint32_t from, uint32_t to);

/* route_walk - links of the way that takes the steps axis by axis in the order given, without a
 * look at turns; returns the number of links, or 0 if a link is missing. */
uint32_t route_walk(const Topology *graph, uint32_t from, const AxisSteps *steps,
                    const uint32_t *axis_order, uint32_t *link);

/* route_join_walk - add a walk along a shortest vector to the tree, from a router that is in it:
 * with the axes in the given order, else, if links or turns do not allow that, in any other.
 * False if none is allowed. */
bool route_join_walk(TreeSearch *search, uint32_t from, uint32_t to, const uint32_t *axis_order);

#ifdef __cplusplus
}
#endif
#endif
