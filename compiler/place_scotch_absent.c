/* place_scotch_absent.c - placement `scotch` in a build without libscotch: says so. */
#include "place.h"

Status place_scotch(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)scratch;
    (void)problem;
    (void)site_of;
    err_set(err, STATUS_UNSUPPORTED, "placement scotch: this build lacks the library Scotch");
    err_hint(err, "install libscotch-dev and build anew, or take placement anneal");
    return STATUS_UNSUPPORTED;
}
