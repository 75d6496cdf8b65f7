/* sensitivity.h - how much each varied key matters to a metric, and where more of it stops to pay.
 *
 * The share of a key is that of its main effect: the part of the variance of the metric over the
 * points that the means along the key explain. Of a full grid that is exact: the levels are the
 * values of the key. A key that has almost as many values as there are points (random designs) is
 * cut into bins of equally many points; what chance alone would explain is then taken off.
 */
#ifndef CLI_SENSITIVITY_H
#define CLI_SENSITIVITY_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The values of a key over the points of a plan, in order: numbers ascending; names (one value
 * that is no number is enough) as they first occur. */
typedef struct KeyScale {
    const char *name;
    bool is_number;
    uint32_t n_values;
    const char *const *text;  /* [n_values]                                              */
    const double *number;     /* [n_values]; of names their place                        */
    const uint32_t *of_point; /* [n_points] which value a point has                      */
} KeyScale;

/* key_scale - of the key-th key. cost: O(points x log points) */
KeyScale key_scale(Arena *arena, const Plan *plan, uint32_t key);

/* One value of the key, or a bin of neighbouring ones. */
typedef struct EffectLevel {
    uint32_t first, last; /* values of the scale, both in it                             */
    uint32_t n_points;
    double mean; /* of the metric                                               */
} EffectLevel;

typedef struct Effect {
    uint32_t n_points; /* that have the metric                                        */
    bool binned;
    double share; /* 0 .. 1; NaN of one level, and where the metric stands still      */
    double rank;  /* correlation of the ranks of key and metric (Spearman, ties share their
                     mean rank), -1 .. 1; NaN of names, and where one of them stands still */
    double lowest, highest; /* of the means; NaN without points                       */
    uint32_t n_levels;
    const EffectLevel *level; /* [n_levels] with points, in the order of the scale    */
} Effect;

/* effect_find - of a key on a metric: `value` of each point, NaN where it has none. `alone`:
 * nothing else is varied, so that each value is a level however few points it has. cost:
 * O(points x log points) */
Effect effect_find(Arena *arena, const KeyScale *scale, const double *value, uint32_t n_points,
                   bool alone);

typedef struct Knee {
    bool found;
    bool log; /* both axes by their logarithms: all values above 0, x over a decade or more */
    uint32_t at;
    double distance; /* from the chord, axes from 0 to 1                               */
} Knee;

/* knee_find - of a curve, x strictly ascending: the point farthest from the chord between its
 * ends, on the better side of it; the first of equals. None where all are closer than 0.02 (the
 * curve is as good as straight), and of less than three points. cost: O(n) */
Knee knee_find(const double *x, const double *y, uint32_t n, bool larger_is_better);

/* spans_decade - all above 0, and the largest at least ten times the smallest: axes of such values
 * are logarithmic. */
bool spans_decade(const double *value, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
