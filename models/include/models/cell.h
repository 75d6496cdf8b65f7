/* cell.h - cell kinds: what one unit computes in one step.
 *
 * A new kind is one .c file and one line in CELL_LIST (models/cell.c). All arithmetic is plain
 * IEEE in a fixed order (no contraction), sigmoid and tanh are those of real_math.h, computed in
 * double and rounded once, so every compiler and machine gives the same bits.
 */
#ifndef MODELS_CELL_H
#define MODELS_CELL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One step of n_units units. Sums are gate-major, [n_gates * n_units]. `input` starts at the bias
 * and holds the feed-forward sources in ascending order; `recurrent` likewise from the recurrent
 * bias. */
typedef struct CellStepF32 {
    uint32_t n_units;
    const float *input, *recurrent;
    const float *threshold; /* [n_units] */
    float parameter;        /* of the kind: CellKind.parameter */
    float *state;           /* [n_units] in: stored state h of the last step, out: new */
    float *events;          /* [n_units] in: y of the last step (for egru-paper); out: y */
    float *candidate;       /* [n_units] out: c before the event test; may be NULL */
} CellStepF32;

typedef struct CellStepF64 { /* the same in double */
    uint32_t n_units;
    const double *input, *recurrent;
    const double *threshold;
    double parameter;
    double *state, *events, *candidate;
} CellStepF64;

/* The same in integers (base/fixed_math.h). A sum is bias + scaled accumulator, by fixed_sum. The
 * event code is round(c * 127), halves up; a unit emits if c is above the threshold and its code
 * is not 0. One that stays silent for the code alone keeps its state c, as below the threshold. A
 * spike has the code 127, and its state may be any int32. */
typedef struct CellStepInt8 {
    uint32_t n_units;
    const int32_t *input, *recurrent; /* [n_gates * n_units] Q12 */
    const int32_t *threshold;         /* [n_units] Q15, 0 .. 2^15 */
    int32_t parameter;                /* Q15 */
    int32_t *state;                   /* [n_units] Q15, in: state h of the last step, out: new */
    int32_t *events;                  /* [n_units] out: code 1 .. 127, or 0: no event */
    int32_t *candidate;               /* [n_units] Q15 out: c before the event test; or NULL */
} CellStepInt8;

typedef struct CellKind {
    const char *name;
    uint32_t n_gates;
    const char
        *parameter;   /* name of the number 0 .. 1 that a layer of the kind has: zoneout, beta */
    bool has_default; /* the parameter may be left out, and is 0 then */
    /* Events are spikes of value 1: sums need no biases, and the layer has a recurrent matrix only
     * where a weight is stored in it. */
    bool spiking;
    /* A unit needs nothing of another unit but its event, so a layer can be split over cores. */
    bool distributed;
    void (*step_f32)(const CellStepF32 *step);
    void (*step_f64)(const CellStepF64 *step);
    void (*step_int8)(const CellStepInt8 *step); /* NULL: the kind has no integer form */
    /* For kinds whose candidate sees gated events (egru-paper): the gate r of every source from the
     * sums so far, to be multiplied with its event. NULL for others. `reset` is [n_units]. */
    void (*reset_f32)(uint32_t n_units, const float *input, const float *recurrent, float *reset);
    void (*reset_f64)(uint32_t n_units, const double *input, const double *recurrent,
                      double *reset);
} CellKind;

/* cell_find - kind by name, or NULL. cell_names - all names, for messages. */
const CellKind *cell_find(const char *name);
uint32_t cell_names(const char *const **names);

#ifdef __cplusplus
}
#endif
#endif
