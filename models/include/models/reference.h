/* reference.h - runs a Network without any chip: the oracle of every other engine.
 *
 * Event-driven over sparse rows: for each step and layer the sums start at the biases, then the
 * non-zero feed-forward sources ascending, then the non-zero recurrent sources ascending. That
 * order is part of the semantics (see cell.h). int8 networks run in integers (LayerInt8); values of
 * their events are codes 1 .. 127 as floats, and the decoder sees code / 127 in fp32.
 */
#ifndef MODELS_REFERENCE_H
#define MODELS_REFERENCE_H

#include "base/arena.h"
#include "base/err.h"
#include "models/event_trace.h"
#include "models/input.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Multiply-accumulates of one layer over a run, or of one step. */
typedef struct MacCounts {
    uint64_t dense;           /* all weights of the shape */
    uint64_t weight_sparse;   /* stored weights */
    uint64_t activity_sparse; /* all weights of sources that are not zero */
    uint64_t both;            /* stored weights of sources that are not zero */
} MacCounts;

typedef struct ReferenceOptions {
    bool use_f64;        /* compute in double; events are then those of the double run */
    bool keep_step_macs; /* fill step_macs */
    bool score;          /* run the decoder and compute the perplexity, if there is one */
    /* Called after every step; may be NULL. The run fails (INTERRUPTED) when it says false. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
    /* Called for every (step, layer) with all intermediates if not NULL; sums as in cell.h. f64
     * runs fill the double pointers, f32 runs the float pointers. For tests and debugging. */
    void (*watch)(void *context, uint32_t step, uint32_t layer, const CellStepF32 *f32,
                  const CellStepF64 *f64);
    /* The same for int8 networks; sums in Q12. */
    void (*watch_int8)(void *context, uint32_t step, uint32_t layer, const CellStepInt8 *int8);
    void *watch_context; /* of both */
    /* Called for every scored step with the decoder's output, [n_words], in the run's precision. */
    void (*watch_logits)(void *context, uint32_t step, const float *f32, const double *f64);
    void *watch_logits_context;
} ReferenceOptions;

typedef struct ReferenceRun {
    uint32_t n_steps, n_layers;
    const EventTrace *events;
    const MacCounts *layer_macs; /* [n_layers] sums over the run */
    const MacCounts *step_macs;  /* [n_steps * n_layers], or NULL */
    MacCounts decoder_macs;      /* dense: words * width a step; both: active width only */
    MacCounts embedding_macs;    /* that the table of a folded network replaces: dense and both */
    const double *activity;      /* [n_layers] mean share of units that emitted */
    double mean_activity;        /* over all units of all layers */
    uint64_t n_predictions;      /* steps that were scored */
    uint64_t n_saturated;        /* input values beyond an int8 network's codes */
    double nll_sum;              /* sum of -log p(next token), natural log */
    double perplexity;           /* exp(nll_sum / n_predictions); 0 if not scored */
    const double *step_nll;      /* [n_predictions], or NULL */
} ReferenceRun;

/* reference_run - cost: O(stored weights of active sources + units) a step. Errors: UNSUPPORTED (a
 * pattern-only input has no values; an int8 network has no double run), INTERRUPTED (by
 * `progress`). */
Status reference_run(Arena *arena, const Network *network, const InputStream *input,
                     const ReferenceOptions *options, const ReferenceRun **out, Err *err);

/* reference_macs - the same counts from patterns alone: for statistics and replays. */
Status reference_macs(Arena *arena, const Network *network, const InputStream *input,
                      const EventTrace *events, bool keep_step_macs, const ReferenceRun **out,
                      Err *err);

#ifdef __cplusplus
}
#endif
#endif
