/* core_ready.c - what a core may turn to: which of its slices can update, and what the packets that
 * it has received change of that.
 *
 * A slice is ready for a step when all stages that reach its core are complete as far as the step
 * needs: its input, its own layer a step before, the layer behind two steps before (program.h), and
 * when the synchronisation allows it. Two packets of a stage and step have an effect, at the end of
 * their receive: the first one, after which the core waits for a step that has begun, and the last
 * one, which completes the stage. They carry a mark for that (core_receive.c).
 * Cost: O(slices of the core).
 */
#include "core_model.h"

/* ---- slices -------------------- */

/* Are the first n steps of the stage complete, as far as it reaches the core? */
static bool has_steps(const CoreModel *cores, uint32_t core, uint32_t stage, uint64_t n)
{
    uint32_t at = plan_heard(cores->plan, core, stage);
    return cores->stage[at].complete >= n || cores->stage[at].n_sources == 0;
}

bool core_ready(const CoreModel *cores, uint32_t slice)
{
    const Plan *plan = cores->plan;
    uint64_t t = cores->slice[slice].next_step;
    uint32_t own = plan->slice[slice].stage;
    uint32_t core = plan->slice[slice].core;
    if (t >= plan->n_steps || !sync_allows(cores->sync, t, own))
        return false;
    if (plan->ticks)
        return true;
    if (!has_steps(cores, core, own - 1, t + 1) || !has_steps(cores, core, own, t) ||
        decoder_has_open(cores, slice, t))
        return false;
    return t < 2 || own == plan->n_layers || has_steps(cores, core, own + 1, t - 1);
}

/* Slices of a core ascend by (layer, first position): the first with the smallest step wins, or
 * with ticks the one due at the earliest. */
uint32_t core_pick_slice(const CoreModel *cores, uint32_t core)
{
    const Plan *plan = cores->plan;
    uint32_t best = PROGRAM_NONE;
    uint64_t best_due = NEVER;
    for (uint32_t s = plan->core_slice[core]; s < plan->core_slice[core + 1]; s++) {
        uint64_t due = cores->slice[s].next_step;
        if (plan->ticks)
            due = sync_due(cores->sync, due, plan->slice[s].stage);
        if (due < best_due && core_ready(cores, s)) {
            best = s;
            best_due = due;
        }
    }
    return best;
}

bool core_has_ready(const CoreModel *cores, uint32_t core)
{
    return core_pick_slice(cores, core) != PROGRAM_NONE;
}

/* Is some slice waiting for a step of which it has a packet? */
bool core_has_begun(const CoreModel *cores, uint32_t core)
{
    for (uint32_t s = cores->plan->core_slice[core]; s < cores->plan->core_slice[core + 1]; s++)
        if (cores->slice[s].next_step < cores->plan->n_steps &&
            cores->slice[s].begun > cores->slice[s].next_step)
            return true;
    return false;
}

/* ---- effects of packets, when received -------------------- */

static void begin_step(CoreModel *cores, const uint32_t *slices, uint64_t step)
{
    for (uint32_t s = slices[0]; s < slices[1]; s++)
        if (step + 1 > cores->slice[s].begun)
            cores->slice[s].begun = step + 1;
}

void core_take_mark(CoreModel *cores, uint32_t core, uint32_t mark)
{
    const Plan *plan = cores->plan;
    if (plan->ticks) {
        tick_take_mark(cores, core, mark);
        return;
    }
    uint32_t stage = mark >> MARK_BITS;
    CoreStage *from = &cores->stage[plan_heard(plan, core, stage)];
    CoreState *state = &cores->core[core];
    if (mark & MARK_FIRST) {
        uint32_t step = from->seen++;
        if (stage > 0)
            begin_step(cores, plan_layer_slices(plan, core, stage - 1), (uint64_t)step + 1);
        if (stage < plan->n_layers)
            begin_step(cores, plan_layer_slices(plan, core, stage), step);
    }
    if (mark & MARK_ROW)
        decoder_want(cores, core, mark / MARK_STEP % DECODER_STEPS);
    state->n_marked -= (mark & MARK_STOPS) != 0;
    if ((mark & MARK_LAST) == 0)
        return;
    if (stage == 0 && plan->program->n_tokens > 0)
        state->asks = state->held = true;
    else
        from->complete++;
}
