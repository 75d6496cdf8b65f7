/* traffic_counts.h - what the packets of each stage and step took of the network, in closed form.
 *
 * Every packet of a block of keys goes the whole of that block's tree, so that what it costs the
 * network follows from the tree; how often it went, from the events that were sent.
 */
#ifndef SIM_TRAFFIC_COUNTS_H
#define SIM_TRAFFIC_COUNTS_H

#include "models/input.h"
#include "tally.h"

#ifdef __cplusplus
extern "C" {
#endif

/* traffic_counts - into tally: of each layer, of the host, of each step. `sent` has the events that
 * were sent, as units. cost: O(events + steps * sources + nodes of trees + units) */
void traffic_counts(Arena *scratch, const Plan *plan, const InputStream *input,
                    const EventTrace *sent, Tally *tally);

#ifdef __cplusplus
}
#endif
#endif
