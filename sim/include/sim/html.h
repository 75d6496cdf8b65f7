/* html.h - a run as one page: headline figures, floor plan, energy, latency, mapping.
 *
 * The page needs nothing but itself: no network, no fonts, no scripts from elsewhere; all drawings
 * are inline SVG with their numbers in a table beside them. It is made from the files of a run
 * directory alone (report.json, cores.csv, links.csv, steps.csv); what is too much to draw is
 * binned, and the page says so, so that it stays below 2 MB whatever the size of chip and run.
 */
#ifndef SIM_HTML_H
#define SIM_HTML_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct RunView RunView;

/* run_view_load - read a run directory. `suffix` is "" or, of a directory under way, ".part".
 * Errors: IO, INPUT (file:line:col and what was expected). cost: O(bytes of the files); memory
 * O(cores + links + steps x 8 bytes) */
Status run_view_load(Arena *arena, const char *folder, const char *suffix, const RunView **out,
                     Err *err);

/* html_write - the page. cost: O(cores + links + steps log steps) */
void html_write(Arena *scratch, const RunView *view, FILE *stream);

/* plan_text_write - the floor plan in characters, at most 80 columns wide: a digit for each core in
 * use, or for bins of tiles, that stands for its share of the largest value. `heat` counts through
 * plan_text_heat; `colour`: with the colours of a terminal. cost: O(cells + cores) */
void plan_text_write(Arena *scratch, const RunView *view, uint32_t heat, bool colour, FILE *stream);

/* plan_text_heat - "load", "energy", "memory", "fifo"; NULL beyond. */
const char *plan_text_heat(uint32_t heat);

#ifdef __cplusplus
}
#endif
#endif
