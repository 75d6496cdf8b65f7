/* place_graph.c - the nets as a plain graph: how much any two slots exchange.
 *
 * An edge joins the source of a net and each of its targets, with the rates of all nets between the
 * two, whichever way; the host is left out. Who sees only edges takes multicast for many packets:
 * good enough to tell who belongs together, not what it costs. Cost: O(pairs).
 */
#include "place.h"

#include <string.h>

typedef struct Adder {
    const PlaceNets *nets;
    PlaceGraph *graph;
    uint64_t *met; /* [n_slots] place of the neighbour in the list at hand, plus one; 0: none */
    uint64_t n;    /* neighbours in all lists so far                                          */
} Adder;

static void add_neighbour(Adder *adder, uint32_t slot, uint32_t other, uint32_t rate)
{
    PlaceGraph *graph = adder->graph;
    if (other == slot || other >= graph->n)
        return;
    if (adder->met[other] == 0) {
        graph->neighbour[adder->n++] = other;
        adder->met[other] = adder->n;
    }
    graph->weight[adder->met[other] - 1] += rate;
}

/* The targets of the nets it sends, the sources of the nets it needs. */
static void add_slot(Adder *adder, uint32_t slot)
{
    const PlaceNets *nets = adder->nets;
    PlaceGraph *graph = adder->graph;
    for (uint64_t k = nets->first_sent[slot]; k < nets->first_sent[slot + 1]; k++) {
        uint32_t net = nets->sent[k];
        for (uint64_t i = nets->first_target[net]; i < nets->first_target[net + 1]; i++)
            add_neighbour(adder, slot, nets->target[i], nets->rate[net]);
    }
    for (uint64_t k = nets->first_needed[slot]; k < nets->first_needed[slot + 1]; k++)
        add_neighbour(adder, slot, nets->source[nets->needed[k]], nets->rate[nets->needed[k]]);
    for (uint64_t i = graph->first[slot]; i < adder->n; i++)
        adder->met[graph->neighbour[i]] = 0;
    graph->first[slot + 1] = adder->n;
}

PlaceGraph place_graph(Arena *scratch, const PlaceNets *nets)
{
    uint64_t n_pairs = nets->first_target[nets->n_nets];
    PlaceGraph graph = {.n = nets->n_slots,
                        .first = ARENA_ARRAY(scratch, uint64_t, (size_t)nets->n_slots + 1),
                        .neighbour = ARENA_ARRAY(scratch, uint32_t, 2 * n_pairs),
                        .weight = ARENA_ARRAY(scratch, uint64_t, 2 * n_pairs)};
    Adder adder = {nets, &graph, ARENA_ARRAY(scratch, uint64_t, nets->n_slots), 0};
    for (uint32_t slot = 0; slot < nets->n_slots; slot++)
        add_slot(&adder, slot);
    return graph;
}
