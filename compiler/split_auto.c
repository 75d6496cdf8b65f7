/* split_auto.c - the best of the cheap strategies by the estimate of the whole mapping.
 *
 * pass_cores has decided how many cores each layer gets and which layers share them; here the units
 * are dealt.
 */
#include "split.h"

Status split_auto(Arena *scratch, const Mapping *mapping, Split *split, Err *err)
{
    return split_balanced(scratch, mapping, split, err);
}
