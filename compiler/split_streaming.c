/* split_streaming.c - units go, one by one, to the part that already gets most of their sources.
 *
 * One pass in the units' own order (in the manner of streaming graph partitioners, Stanton and
 * Kliot 2012, on hyperedges): each unit to the part with room that shares sources of the highest
 * total rate with it; if no part with room shares any, to the least loaded. A baseline that needs
 * no library. Cost: O(pins * parts with a pin).
 */
#include "hypergraph.h"

static uint32_t least_loaded(const PinCounts *pins)
{
    uint32_t least = 0;
    for (uint32_t p = 1; p < pins->n_parts; p++)
        if (pins->work[p] < pins->work[least])
            least = p;
    return least;
}

Status parts_streaming(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part,
                       Err *err)
{
    (void)err;
    const Hypergraph *graph = hypergraph_of_layer(scratch, mapping, layer);
    PartLimits limits = part_limits(mapping, graph, layer);
    for (uint32_t v = 0; v < graph->n_vertices; v++)
        part[v] = UINT32_MAX;
    PinCounts pins = pins_new(scratch, graph, mapping->core_count[layer], part);
    for (uint32_t v = 0; v < graph->n_vertices; v++) {
        double gain;
        uint32_t to = pins_find_part(&pins, v, &limits, true, &gain);
        pins_move(&pins, v, to != UINT32_MAX ? to : least_loaded(&pins));
    }
    return STATUS_OK;
}

Status split_streaming(Arena *scratch, const Mapping *mapping, Split *split, Err *err)
{
    return split_by_parts(scratch, mapping, parts_streaming, split, err);
}
