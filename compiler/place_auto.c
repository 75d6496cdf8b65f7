/* place_auto.c - placement `auto`: the cheap strategies in turn, and the one of least score.
 *
 * No one order is best for all networks: layers that broadcast want none, chains want neighbours,
 * communities want to be found. Each takes but some walks over tiles or nets, so all are tried; the
 * first of equals is kept, `sequential` before all. Cost: that of each, and a tree of every net for
 * each.
 */
#include "place_cost.h"

#include <string.h>

Status place_auto(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    static const PlaceRun cheap[] = {place_sequential,  place_snake,   place_row_snake,
                                     place_near_router, place_hilbert, place_rcm,
                                     place_cluster};
    uint32_t n_slots = problem->nets->n_slots;
    uint32_t *tried = ARENA_ARRAY(scratch, uint32_t, n_slots);
    double best = 0.0;
    for (size_t i = 0; i < sizeof cheap / sizeof cheap[0]; i++) {
        TRY(cheap[i](scratch, problem, tried, err));
        double score = place_score(problem, &place_state_new(scratch, problem, tried)->cost);
        if (i > 0 && score >= best)
            continue;
        best = score;
        memcpy(site_of, tried, n_slots * sizeof *tried);
    }
    return STATUS_OK;
}
