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

#include "base/real_math.h"
#include "cell_private.h"

#include "real_f32.h"
#include "cell_egru_real.h"
#include "real_f64.h"
#include "cell_egru_real.h"

const CellKind cell_egru = {
    .name = "egru",
    .n_gates = 3,
    .distributed = true,
    .step_f32 = egru_step_f32,
    .step_f64 = egru_step_f64,
};
