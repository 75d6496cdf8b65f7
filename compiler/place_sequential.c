/* place_sequential.c - placement `sequential`: cores in the order of their ids. Tiles are numbered
 * column by column, so a layer fills neighbouring columns of the grid. */
#include "place.h"

Status place_sequential(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)scratch;
    (void)err;
    for (uint32_t slot = 0; slot < problem->nets->n_slots; slot++)
        site_of[slot] = slot;
    return STATUS_OK;
}
