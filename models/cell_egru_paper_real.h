/* cell_egru_paper_real.h - the step and the reset gate of the paper's EGRU in one precision; see
 * cell_egru_paper.c. Every product and sum has a name, so that each is rounded to REAL on its own.
 */

static void REAL_NAME(paper_step)(const CELL_STEP *step)
{
    const uint32_t n = step->n_units;
    const REAL *in = step->input, *rec = step->recurrent;
    const REAL zoneout = step->parameter, one = 1;
    for (uint32_t i = 0; i < n; i++) {
        const REAL sum_u = in[i] + rec[i];
        const REAL sum_z = in[2 * n + i] + rec[2 * n + i];
        const REAL u = (REAL)real_sigmoid((double)sum_u);
        const REAL z = (REAL)real_tanh((double)sum_z);
        const REAL added = u * z;
        const REAL closing = one - u;
        const REAL kept = closing * step->state[i];
        const REAL mixed = added + kept;
        REAL c = mixed - step->events[i];
        if (zoneout > 0) {
            const REAL held = zoneout * step->state[i];
            const REAL rest = one - zoneout;
            const REAL moved = rest * c;
            c = held + moved;
        }
        if (step->candidate != NULL)
            step->candidate[i] = c;
        step->events[i] = c > step->threshold[i] ? c : 0;
        step->state[i] = c;
    }
}

/* The gate r, before the candidate has its recurrent sum. */
static void REAL_NAME(paper_reset)(uint32_t n_units, const REAL *input, const REAL *recurrent,
                                   REAL *reset)
{
    for (uint32_t i = 0; i < n_units; i++) {
        const REAL sum_r = input[n_units + i] + recurrent[n_units + i];
        reset[i] = (REAL)real_sigmoid((double)sum_r);
    }
}
