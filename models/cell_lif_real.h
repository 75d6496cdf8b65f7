/* cell_lif_real.h - the LIF step in one precision; see cell_lif.c. Every product and sum has a
 * name, so that each is rounded to REAL on its own, whatever the compiler. */

static void REAL_NAME(lif_step)(const CELL_STEP *step)
{
    const REAL beta = step->parameter;
    for (uint32_t u = 0; u < step->n_units; u++) {
        const REAL sum = step->input[u] + step->recurrent[u];
        const REAL kept = beta * step->state[u];
        const REAL v = kept + sum;
        const bool spikes = v > step->threshold[u];
        const REAL reduced = v - step->threshold[u];
        if (step->candidate != NULL)
            step->candidate[u] = v;
        step->events[u] = spikes ? 1 : 0;
        step->state[u] = spikes ? reduced : v;
    }
}
