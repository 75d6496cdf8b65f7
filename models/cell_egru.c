/* cell_egru.c - the EGRU cell in the form that public checkpoints compute.
 *
 *   z = sigmoid(in_z + rec_z)    r = sigmoid(in_r + rec_r)    g = tanh(in_g + r * rec_g)
 *   c = z * h + (1 - z) * g, with zoneout p > 0: c = p * h + (1 - p) * c
 *   c > threshold: y = c, h = c - threshold; else y = 0, h = c
 *
 * Gates stand in the order z, r, g. The update gate multiplies the old state, the reset gate
 * multiplies the finished recurrent sum with its bias inside, an event lowers the state by the
 * threshold. A unit needs its own sums only, so a layer may be split anywhere. Source: EvNN
 * (cuDNN's GRU of arXiv:1406.1078v1), arXiv:2206.06178. Cost: two sigmoids and one tanh a unit.
 */
#include <stddef.h>

#include "base/fixed_math.h"
#include "base/real_math.h"
#include "cell_private.h"

#include "real_f32.h"
#include "cell_egru_real.h"
#include "real_f64.h"
#include "cell_egru_real.h"

/* part * a + (1 - part) * b in Q15 with one rounding; part 0 .. 2^15. */
static int32_t mix(int32_t part, int32_t a, int32_t b)
{
    const int64_t sum = (int64_t)part * a + (int64_t)(FIXED_ONE - part) * b;
    return (int32_t)fixed_round_shift(sum, FIXED_STATE_BITS);
}

/* The step in integers. |c| and |h| stay at most 2^15: both are mixtures of such values, and an
 * event lowers c > threshold >= 0. So the code of an event is at most 127. */
static void egru_step_int8(const CellStepInt8 *step)
{
    const uint32_t n = step->n_units;
    const int32_t *in = step->input, *rec = step->recurrent;
    for (uint32_t u = 0; u < n; u++) {
        const uint32_t at_z = u, at_r = n + u, at_g = 2 * n + u;
        const int32_t z = fixed_sigmoid(fixed_clamp((int64_t)in[at_z] + rec[at_z]));
        const int32_t r = fixed_sigmoid(fixed_clamp((int64_t)in[at_r] + rec[at_r]));
        const int64_t gated = fixed_round_shift((int64_t)r * rec[at_g], FIXED_STATE_BITS);
        const int32_t g = fixed_tanh(fixed_clamp(in[at_g] + gated));
        int32_t c = mix(z, step->state[u], g);
        if (step->parameter > 0)
            c = mix(step->parameter, step->state[u], c);
        const int32_t code = c > step->threshold[u] ? fixed_event_code(c) : 0;
        if (step->candidate != NULL)
            step->candidate[u] = c;
        step->events[u] = code;
        step->state[u] = code > 0 ? c - step->threshold[u] : c;
    }
}

const CellKind cell_egru = {
    .name = "egru",
    .n_gates = 3,
    .parameter = "zoneout",
    .has_default = true,
    .distributed = true,
    .step_f32 = egru_step_f32,
    .step_f64 = egru_step_f64,
    .step_int8 = egru_step_int8,
};
