/* place_cluster.c - placement `cluster`: slots that exchange much are gathered, then gathered
 * again.
 *
 * Level by level every cluster (at first a slot) is joined with the unjoined neighbour with which
 * it exchanges most in proportion to that neighbour's size, small clusters choosing first: the
 * coarsening by heavy edges of multilevel partitioners (Karypis and Kumar 1998), carried on to
 * the top. The slots of joined clusters follow one another, so what was joined early stands close
 * in the end. When a level joins next to none, what is left follows in order. The order is laid
 * along the curve of place_hilbert.c, whose pieces are compact at every scale as the clusters
 * are. Cost: O(pairs) a level, about log2(slots) levels.
 */
#include "place_cost.h"

#include <string.h>

enum { MIN_JOINED = 32 }; /* go on while one cluster in so many is joined */

typedef struct Clusters {
    PlaceGraph graph;
    uint32_t *size, *head, *tail; /* [graph.n] slots in it, the first and the last of them */
} Clusters;

/* Clusters by ascending size, ties by id: a counting sort, larger sizes than n_slots do not
 * exist. */
static uint32_t *by_size(Arena *scratch, const Clusters *clusters, uint32_t n_slots)
{
    uint32_t *start = ARENA_ARRAY(scratch, uint32_t, (size_t)n_slots + 2);
    uint32_t *order = ARENA_ARRAY(scratch, uint32_t, clusters->graph.n);
    for (uint32_t c = 0; c < clusters->graph.n; c++)
        start[clusters->size[c] + 1]++;
    for (uint32_t size = 0; size <= n_slots; size++)
        start[size + 1] += start[size];
    for (uint32_t c = 0; c < clusters->graph.n; c++)
        order[start[clusters->size[c]]++] = c;
    return order;
}

/* The unjoined neighbour of most weight for its size, the lower id at a tie, or PLACE_NONE. */
static uint32_t best_partner(const Clusters *clusters, const uint32_t *partner, uint32_t c)
{
    const PlaceGraph *graph = &clusters->graph;
    uint32_t best = PLACE_NONE;
    double best_pull = 0.0;
    for (uint64_t i = graph->first[c]; i < graph->first[c + 1]; i++) {
        uint32_t other = graph->neighbour[i];
        double pull = (double)graph->weight[i] / clusters->size[other];
        if (partner[other] != PLACE_NONE || pull < best_pull)
            continue;
        if (pull > best_pull || other < best) {
            best = other;
            best_pull = pull;
        }
    }
    return best;
}

/* partner of each cluster, itself where there is none; returns how many pairs. */
static uint32_t match(Arena *scratch, const Clusters *clusters, uint32_t n_slots, uint32_t *partner)
{
    const uint32_t *order = by_size(scratch, clusters, n_slots);
    uint32_t n_pairs = 0;
    memset(partner, 0xff, clusters->graph.n * sizeof *partner);
    for (uint32_t i = 0; i < clusters->graph.n; i++) {
        uint32_t c = order[i];
        if (partner[c] != PLACE_NONE)
            continue;
        uint32_t other = best_partner(clusters, partner, c);
        partner[c] = other == PLACE_NONE ? c : other;
        if (other == PLACE_NONE)
            continue;
        partner[other] = c;
        n_pairs++;
    }
    return n_pairs;
}

/* Edges of a joined cluster, those to the same one together. met: as in place_graph.c. */
static uint64_t join_edges(const PlaceGraph *fine, const uint32_t *joined_in, uint32_t c,
                           uint64_t *met, PlaceGraph *coarse, uint64_t n)
{
    uint32_t own = joined_in[c];
    for (uint64_t i = fine->first[c]; i < fine->first[c + 1]; i++) {
        uint32_t other = joined_in[fine->neighbour[i]];
        if (other == own)
            continue;
        if (met[other] == 0) {
            coarse->neighbour[n++] = other;
            met[other] = n;
        }
        coarse->weight[met[other] - 1] += fine->weight[i];
    }
    return n;
}

/* Joins pairs; the slots of the partner follow those of the cluster of lower id. */
static Clusters join(Arena *scratch, const Clusters *fine, const uint32_t *partner,
                     uint32_t n_pairs, uint32_t *next)
{
    const PlaceGraph *graph = &fine->graph;
    uint32_t n = graph->n - n_pairs, at = 0;
    uint64_t n_edges = 0, *met = ARENA_ARRAY(scratch, uint64_t, n);
    Clusters coarse = {{.n = n,
                        .first = ARENA_ARRAY(scratch, uint64_t, (size_t)n + 1),
                        .neighbour = ARENA_ARRAY(scratch, uint32_t, graph->first[graph->n]),
                        .weight = ARENA_ARRAY(scratch, uint64_t, graph->first[graph->n])},
                       ARENA_ARRAY(scratch, uint32_t, n),
                       ARENA_ARRAY(scratch, uint32_t, n),
                       ARENA_ARRAY(scratch, uint32_t, n)};
    uint32_t *joined_in = ARENA_ARRAY(scratch, uint32_t, graph->n);
    for (uint32_t c = 0; c < graph->n; c++)
        joined_in[c] = partner[c] < c ? joined_in[partner[c]] : at++;
    for (uint32_t c = 0; c < graph->n; c++) {
        uint32_t own = joined_in[c], other = partner[c];
        if (other < c)
            continue;
        n_edges = join_edges(graph, joined_in, c, met, &coarse.graph, n_edges);
        coarse.size[own] = fine->size[c];
        coarse.head[own] = fine->head[c];
        coarse.tail[own] = fine->tail[c];
        if (other > c) {
            n_edges = join_edges(graph, joined_in, other, met, &coarse.graph, n_edges);
            coarse.size[own] += fine->size[other];
            next[fine->tail[c]] = fine->head[other];
            coarse.tail[own] = fine->tail[other];
        }
        coarse.graph.first[own + 1] = n_edges;
        for (uint64_t i = coarse.graph.first[own]; i < n_edges; i++)
            met[coarse.graph.neighbour[i]] = 0;
    }
    return coarse;
}

static Clusters single_slots(Arena *scratch, const PlaceNets *nets)
{
    uint32_t n_slots = nets->n_slots;
    Clusters clusters = {place_graph(scratch, nets), ARENA_ARRAY(scratch, uint32_t, n_slots),
                         ARENA_ARRAY(scratch, uint32_t, n_slots),
                         ARENA_ARRAY(scratch, uint32_t, n_slots)};
    for (uint32_t s = 0; s < n_slots; s++) {
        clusters.size[s] = 1;
        clusters.head[s] = clusters.tail[s] = s;
    }
    return clusters;
}

Status place_cluster(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)err;
    uint32_t n_slots = problem->nets->n_slots, n_pairs, n = 0;
    uint32_t *next = ARENA_ARRAY(scratch, uint32_t, n_slots);
    uint32_t *partner = ARENA_ARRAY(scratch, uint32_t, n_slots);
    uint32_t *tile_order = ARENA_ARRAY(scratch, uint32_t, problem->fabric->n_tiles);
    uint32_t *along = ARENA_ARRAY(scratch, uint32_t, n_slots);
    memset(next, 0xff, n_slots * sizeof *next);
    Clusters clusters = single_slots(scratch, problem->nets);
    do {
        n_pairs = match(scratch, &clusters, n_slots, partner);
        clusters = join(scratch, &clusters, partner, n_pairs, next);
    } while (n_pairs > clusters.graph.n / MIN_JOINED);
    place_curve(scratch, problem->fabric, tile_order);
    place_along(problem, tile_order, along);
    for (uint32_t c = 0; c < clusters.graph.n; c++)
        for (uint32_t slot = clusters.head[c]; slot != PLACE_NONE; slot = next[slot])
            site_of[slot] = along[n++];
    return STATUS_OK;
}
