/* cell_lif.c - the leaky integrate-and-fire neuron in discrete time.
 *
 *   v = beta * h + (in + rec)
 *   v > threshold: spike, y = 1, h = v - threshold; else y = 0, h = v
 *
 * One gate: the sum of the inputs. beta, the layer's parameter, is the share of the membrane that
 * is left after a step; a spike lowers the membrane by the threshold in the same step (reset by
 * subtraction). A unit needs its own sums only, so a layer may be split anywhere; without recurrent
 * weights it needs no recurrent matrix. Source: the neuron of the DVS-gesture network of
 * arXiv:2504.06748; snnTorch's Leaky (arXiv:2109.12894) subtracts one step later. Cost: one
 * product a unit.
 */
#include <stddef.h>

#include "base/fixed_math.h"
#include "cell_private.h"

#include "real_f32.h"
#include "cell_lif_real.h"
#include "real_f64.h"
#include "cell_lif_real.h"

/* The step in integers: membrane and threshold Q15, the sums of Q12 shifted up. The membrane
 * saturates at int32, 2^16 thresholds of 1 away. */
static void lif_step_int8(const CellStepInt8 *step)
{
    enum { UP = 1 << (FIXED_STATE_BITS - FIXED_SUM_BITS) };
    for (uint32_t u = 0; u < step->n_units; u++) {
        const int64_t sum = (int64_t)step->input[u] + step->recurrent[u];
        const int64_t kept =
            fixed_round_shift((int64_t)step->parameter * step->state[u], FIXED_STATE_BITS);
        const int32_t v = fixed_clamp(kept + sum * UP);
        const bool spikes = v > step->threshold[u];
        if (step->candidate != NULL)
            step->candidate[u] = v;
        step->events[u] = spikes ? FIXED_CODE_MAX : 0;
        step->state[u] = spikes ? v - step->threshold[u] : v;
    }
}

const CellKind cell_lif = {
    .name = "lif",
    .n_gates = 1,
    .parameter = "beta",
    .spiking = true,
    .distributed = true,
    .step_f32 = lif_step_f32,
    .step_f64 = lif_step_f64,
    .step_int8 = lif_step_int8,
};
