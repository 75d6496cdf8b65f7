/* cell_egru_paper.c - the EGRU cell as the paper writes it (arXiv:2206.06178, equations 1 and 2).
 *
 *   u = sigmoid(in_u + rec_u)    r = sigmoid(in_r + rec_r)
 *   z = tanh(in_z + sum of weight * (r * y))
 *   c = u * z + (1 - u) * c_prev - y_prev, with zoneout p > 0: c = p * c_prev + (1 - p) * c
 *   y = c if c > threshold, else 0
 *
 * Gates stand in the order u, r, z. The state is c; `events` holds y_prev on entry. The candidate
 * sees every source's event times the source's reset gate, so its sums can start only when all r
 * are known: the step is not distributed. Cost: two sigmoids and one tanh a unit.
 */
#include <stddef.h>

#include "base/real_math.h"
#include "cell_private.h"

#include "real_f32.h"
#include "cell_egru_paper_real.h"
#include "real_f64.h"
#include "cell_egru_paper_real.h"

const CellKind cell_egru_paper = {
    .name = "egru-paper",
    .n_gates = 3,
    .parameter = "zoneout",
    .has_default = true,
    .distributed = false,
    .step_f32 = paper_step_f32,
    .step_f64 = paper_step_f64,
    .reset_f32 = paper_reset_f32,
    .reset_f64 = paper_reset_f64,
};
