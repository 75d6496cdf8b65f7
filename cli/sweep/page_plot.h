/* page_plot.h - axes and marks of the drawings on the page of a sweep. */
#ifndef CLI_PAGE_PLOT_H
#define CLI_PAGE_PLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/number_text.h"
#include "sweep_view.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Values from low to high, drawn between two places; straight, or by their logarithms. */
typedef struct PlotAxis {
    bool log;
    double low, high; /* values at the ends                                              */
    double from, to;  /* where they are drawn                                            */
} PlotAxis;

/* plot_axis - over these values, NaN left out, a little wider than they are. Logarithmic if they
 * span a decade. */
PlotAxis plot_axis(Arena *scratch, const double *value, uint32_t n, double from, double to);

/* plot_axis_as - the same, with logarithms (all values are above 0) or without. */
PlotAxis plot_axis_as(Arena *scratch, const double *value, uint32_t n, double from, double to,
                      bool log);

/* plot_axis_tight - from the lowest to the highest, and no wider. */
PlotAxis plot_axis_tight(Arena *scratch, const double *value, uint32_t n, double from, double to);

/* plot_at - where a value is drawn; those beyond the ends are drawn there. */
double plot_at(const PlotAxis *axis, double value);

/* plot_ticks - round values in it, at most `most` (of at least 3). Returns how many. */
enum { PLOT_TICKS = 12 };
uint32_t plot_ticks(const PlotAxis *axis, uint32_t most, double tick[PLOT_TICKS]);
NumberText plot_tick_text(double tick);

/* plot_x_axis, plot_y_axis - line, ticks and their texts; at: where the axis itself is. */
void plot_x_axis(const PlotAxis *axis, double at, uint32_t most, FILE *stream);
void plot_y_axis(const PlotAxis *axis, double at, double right, uint32_t most, FILE *stream);

/* plot_mark - the path data of the shape for a kind of points. */
void plot_mark(PointKind kind, double x, double y, FILE *stream);

/* plot_number - a number of an axis: whole ones as they are, others as real_text shows them.
 * plot_exact - the same, with its exact value and name "=of.place.name". */
NumberText plot_number(double value);
void plot_exact(FILE *stream, double value, const char *of, uint32_t place, const char *name);

/* plot_key_cell - a cell of a table with the key's value at a point; of long numbers a few
 * digits. */
void plot_key_cell(const KeyScale *scale, uint32_t point, FILE *stream);

/* plot_legend - the shapes of the kinds that occur. */
void plot_legend(const SweepView *view, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
