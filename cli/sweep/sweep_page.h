/* sweep_page.h - a sweep as one page: front, parallel coordinates, sensitivities, failures.
 *
 * Like the page of a run (sim/html.h) it needs nothing but itself, not even a script, and has the
 * same look. The same plan and results give the same bytes, whoever made them. What is too much to
 * draw or to list is thinned out, and the page says so, so that it stays below 2 MB.
 */
#ifndef CLI_SWEEP_PAGE_H
#define CLI_SWEEP_PAGE_H

#include <stdio.h>

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* sweep_page_write - of a sweep that is done, or as far as it is. cost: O(points x log points) for
 * each key and objective, and what its front takes */
void sweep_page_write(Arena *scratch, const Plan *plan, const Results *results, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
