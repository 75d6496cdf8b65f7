/* sweep_view.h - what the page of a sweep shows: what became of each point, and the sections.
 *
 * The page tells of one fidelity: that of the sweep; with `fidelity: multi` that of the second
 * round. Points that were screened stand where their bounds by `count` are.
 */
#ifndef CLI_SWEEP_VIEW_H
#define CLI_SWEEP_VIEW_H

#include <stdio.h>

#include "sensitivity.h"
#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* what is drawn or listed at most */
       PAGE_KEYS = 16,
       PAGE_OBJECTIVES = 6,
       PAGE_ROWS = 200,
       PAGE_TITLES = 200
};

/* X(NAME, name, title) */
#define POINT_KIND_LIST(X)                  \
    X(FRONT, front, "on the front")         \
    X(BEHIND, behind, "behind the front")   \
    X(BEYOND, beyond, "outside the limits") \
    X(FAILED, failed, "failed")             \
    X(SCREENED, screened, "screened")       \
    X(MISSING, missing, "not yet")

typedef enum PointKind {
#define X(NAME, name, title) POINT_##NAME,
    POINT_KIND_LIST(X)
#undef X
        N_POINT_KINDS
} PointKind;

const char *point_kind_name(PointKind kind);  /* "front"                                  */
const char *point_kind_title(PointKind kind); /* "on the front"                           */

typedef struct PageObjective {
    const char *metric;
    uint32_t number; /* in METRIC_LIST                                                      */
    bool larger_is_better;
} PageObjective;

typedef struct SweepView {
    const Plan *plan;
    const Sweep *sweep;
    const Results *results;
    Fidelity fidelity;
    const Result **result; /* [n_points] of that fidelity; a failure by `count`; or NULL */
    uint8_t *kind;         /* [n_points] PointKind                                       */
    uint32_t n_kind[N_POINT_KINDS];
    uint32_t n_simulated; /* points with metrics: front, behind, beyond                */
    uint32_t n_front;
    const uint32_t *front; /* [n_front] ascending by the first objective                */
    bool *confirmed;       /* [n_points] on the front by `flit` too; NULL: not asked for */
    uint32_t n_objectives;
    const PageObjective *objective; /* [n_objectives] the first of the sweep's          */
    uint32_t n_keys;
    const KeyScale *scale; /* [n_keys] the first of those that vary                       */
} SweepView;

/* sweep_view_make - lay out what there is. */
const SweepView *sweep_view_make(Arena *arena, const Plan *plan, const Results *results);

/* view_value - of a simulated point, else NaN. view_place - the same, or its bound by `count`. */
double view_value(const SweepView *view, uint32_t metric, uint32_t point);
double view_place(const SweepView *view, uint32_t metric, uint32_t point);

/* view_is_simulated - has the point metrics? */
bool view_is_simulated(const SweepView *view, uint32_t point);

/* view_axis_key - the key that all others follow, if the sweep has but one axis of numbers; else
 * n_keys. */
uint32_t view_axis_key(const SweepView *view);

/* view_bad - is the value beyond the limit? What is not known is. */
bool view_bad(const SweepLimit *limit, const Result *result);

/* Section by section. */
void page_summary(const SweepView *view, FILE *stream);
void page_front(Arena *scratch, const SweepView *view, FILE *stream);
void page_front_table(Arena *scratch, const SweepView *view, FILE *stream);
void page_axis(Arena *scratch, const SweepView *view, FILE *stream);
void page_parallel(Arena *scratch, const SweepView *view, FILE *stream);
void page_effects(Arena *scratch, const SweepView *view, FILE *stream);
void page_failures(Arena *scratch, const SweepView *view, FILE *stream);
void page_points(Arena *scratch, const SweepView *view, FILE *stream);
void page_origin(Arena *scratch, const SweepView *view, FILE *stream);

/* page_point_text - "point 17 (failed): chip.a 3, ..; latency_mean_us 12.5, ..", escaped; the
 * first of its keys. */
void page_point_text(const SweepView *view, uint32_t point, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
