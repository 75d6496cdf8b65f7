/* html_parts.h - the sections of the page, in its order. Each takes the view of a run and writes
 * itself, heading to last table. */
#ifndef SIM_HTML_PARTS_H
#define SIM_HTML_PARTS_H

#include "run_view.h"
#include "sim/html_out.h"

#ifdef __cplusplus
extern "C" {
#endif

/* html_script - the page's own script. Without the script nothing is
 * missing but the line that repeats what is under the pointer, and arrow keys on the floor plan. */
void html_script(FILE *stream);

/* Section by section. */
void html_summary(const RunView *view, FILE *stream);
void html_plan(Arena *scratch, const RunView *view, FILE *stream);
void html_timeline(Arena *scratch, const RunView *view, FILE *stream);
void html_energy(Arena *scratch, const RunView *view, FILE *stream);
void html_memory(Arena *scratch, const RunView *view, FILE *stream);
void html_latency(Arena *scratch, const RunView *view, FILE *stream);
void html_macs(Arena *scratch, const RunView *view, FILE *stream);
void html_spread(Arena *scratch, const RunView *view, FILE *stream);
void html_mapping(Arena *scratch, const RunView *view, FILE *stream);
void html_origin(const RunView *view, FILE *stream);

/* ---- stacked bars (html_bars.c) -------------------- */

enum { BAR_MAX_PARTS = 16 };

typedef struct Bar {
    const char *label;
    double value[BAR_MAX_PARTS];
} Bar;

/* Rows of stacked bars with one scale from 0, a legend of the parts that occur, and a table of all
 * numbers. Exact values are named "=NAME.ROW.PART", sums "=NAME.ROW.sum". */
typedef struct BarChart {
    const char *name, *title; /* for data-of; caption                                     */
    const char *unit;
    uint32_t n_parts;
    const char *const *part; /* [n_parts] texts of the legend                             */
    uint32_t n_bars;
    const Bar *bar; /* [n_bars]                                                           */
    bool whole;     /* values are whole numbers                                           */
} BarChart;
void html_bars(const BarChart *chart, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
