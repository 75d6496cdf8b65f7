/* cell_egru_real.h - the EGRU step in one precision; see cell_egru.c. Every product and sum has a
 * name, so that each is rounded to REAL on its own, whatever the compiler. */

static void REAL_NAME(egru_step)(const CELL_STEP *step)
{
    const uint32_t n = step->n_units;
    const REAL *in = step->input, *rec = step->recurrent;
    const REAL zoneout = step->parameter, one = 1;
    for (uint32_t u = 0; u < n; u++) {
        const uint32_t at_z = u, at_r = n + u, at_g = 2 * n + u;
        const REAL sum_z = in[at_z] + rec[at_z];
        const REAL sum_r = in[at_r] + rec[at_r];
        const REAL z = (REAL)real_sigmoid((double)sum_z);
        const REAL r = (REAL)real_sigmoid((double)sum_r);
        const REAL gated = r * rec[at_g];
        const REAL sum_g = in[at_g] + gated;
        const REAL g = (REAL)real_tanh((double)sum_g);
        const REAL kept = z * step->state[u];
        const REAL opening = one - z;
        const REAL added = opening * g;
        REAL c = kept + added;
        if (zoneout > 0) {
            const REAL held = zoneout * step->state[u];
            const REAL rest = one - zoneout;
            const REAL moved = rest * c;
            c = held + moved;
        }
        const bool emits = c > step->threshold[u];
        const REAL reduced = c - step->threshold[u];
        if (step->candidate != NULL)
            step->candidate[u] = c;
        step->events[u] = emits ? c : 0;
        step->state[u] = emits ? reduced : c;
    }
}
