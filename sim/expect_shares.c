/* expect_shares.c - expected totals divided among layers and steps.
 *
 * Means of what each layer takes are known as the totals are; as whole numbers they must add up to
 * the totals, so totals are dealt in proportion, each share the difference between two rounded
 * sums. All steps are alike.
 *
 * Cost: O(cores + links + steps).
 */
#include "expect_model.h"

/* `total` dealt in proportion to n weights, of which at least one is not 0 if it is not. */
static void deal(uint64_t total, const double *weight, uint32_t n, uint64_t *out)
{
    double whole = 0, sum = 0;
    uint64_t dealt = 0;
    for (uint32_t i = 0; i < n; i++)
        whole += weight[i];
    for (uint32_t i = 0; i < n; i++) {
        sum += weight[i];
        uint64_t until = whole > 0 ? (uint64_t)((double)total * (sum / whole)) : 0;
        until = i + 1 == n || until > total ? total : until;
        out[i] = until - dealt;
        dealt = until;
    }
}

/* The i-th of n equal shares. */
static uint64_t equal_share(uint64_t total, uint32_t n, uint32_t i)
{
    return total / n + (i < total % n);
}

/* Of links on chips (or a mesh), between chips and between boards, of look-ups, of the host's link:
 * all stages together. */
static TrafficCounts sum_traffic(const ExpectModel *model)
{
    const Plan *plan = &model->plan;
    TrafficCounts sum = {.lookups = model->tally.router.lookups,
                         .host_packets = tally_host_packets(&model->tally, plan)};
    for (uint32_t l = 0; l < plan->n_links + plan->n_router_links; l++) {
        const LinkCounts *link = &model->tally.link[l];
        if (l < plan->n_links || !plan->frame_links)
            sum.flits += link->flits;
        else if (plan->topology->router_link[l - plan->n_links].off_board)
            sum.off_board_frames += link->flits;
        else
            sum.frames += link->flits;
    }
    return sum;
}

/* Packets of a class, or of the host, on the host's link in a step: it hears markers of the first
 * layer, and all that the last one sends. */
static double host_packets(const ExpectModel *model, uint32_t k)
{
    if (k == model->n_classes)
        return model->sent[k].packets;
    const ExpectClass *core = &model->class_of[k];
    if (core->layer + 1 == model->plan.n_layers)
        return core->n_cores * (core->events + core->silent);
    return core->layer == 0 ? core->n_cores : 0;
}

static void share_traffic(Arena *arena, ExpectModel *model, const TrafficCounts *sum)
{
    const Plan *plan = &model->plan;
    const uint32_t n = plan->n_layers + 1; /* stages: the host first */
    double *flits = ARENA_ARRAY(arena, double, n), *frames = ARENA_ARRAY(arena, double, n);
    double *lookups = ARENA_ARRAY(arena, double, n), *off_board = ARENA_ARRAY(arena, double, n);
    double *host = ARENA_ARRAY(arena, double, n);
    uint64_t *out[5];
    for (uint32_t k = 0; k <= model->n_classes; k++) {
        const uint32_t stage = k == model->n_classes ? 0 : model->class_of[k].layer + 1;
        const ExpectSent *sent = &model->sent[k];
        flits[stage] += sent->flits + (plan->frame_links ? 0 : sent->between);
        frames[stage] += plan->frame_links ? sent->between - sent->off_board : 0;
        off_board[stage] += sent->off_board;
        lookups[stage] += sent->packets + sent->between;
        host[stage] += host_packets(model, k);
    }
    for (int i = 0; i < 5; i++)
        out[i] = ARENA_ARRAY(arena, uint64_t, n);
    deal(sum->flits, flits, n, out[0]);
    deal(sum->frames, frames, n, out[1]);
    deal(sum->lookups, lookups, n, out[2]);
    deal(sum->off_board_frames, off_board, n, out[3]);
    deal(sum->host_packets, host, n, out[4]);
    for (uint32_t stage = 0; stage < n; stage++) {
        TrafficCounts *traffic =
            stage == 0 ? &model->tally.input_traffic : &model->tally.layer[stage - 1].traffic;
        *traffic = (TrafficCounts){out[0][stage], out[0][stage], out[1][stage],
                                   out[2][stage], out[3][stage], out[4][stage]};
    }
}

void expect_shares(Arena *arena, ExpectModel *model)
{
    const Plan *plan = &model->plan;
    Tally *tally = &model->tally;
    uint64_t active = 0;
    const TrafficCounts sum = sum_traffic(model);
    share_traffic(arena, model, &sum);
    for (uint32_t c = 0; c < plan->n_cores; c++) { /* one slice each */
        const Counters *count = &tally->count[c];
        tally->slice_active[c] = count->n[COUNT_RECEIVE_CYCLES] + count->n[COUNT_UPDATE_CYCLES] +
                                 count->n[COUNT_EMIT_CYCLES];
        tally->layer[plan->program->core[c].slice->layer].active_cycles += tally->slice_active[c];
        active += tally->slice_active[c];
    }
    for (uint32_t r = 0; r < plan->n_routers; r++)
        tally->router_lookups[r] = equal_share(sum.lookups, plan->n_routers, r);
    for (uint32_t t = 0; t < plan->n_steps; t++) {
        StepTimes *step = &tally->step[t];
        const uint64_t flits = equal_share(sum.flits, plan->n_steps, t);
        step->active_cycles = equal_share(active, plan->n_steps, t);
        step->traffic = (TrafficCounts){flits,
                                        flits,
                                        equal_share(sum.frames, plan->n_steps, t),
                                        equal_share(sum.lookups, plan->n_steps, t),
                                        equal_share(sum.off_board_frames, plan->n_steps, t),
                                        equal_share(sum.host_packets, plan->n_steps, t)};
    }
}
