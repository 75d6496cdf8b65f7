/* core_pairs.c - what the events of a source cost a core, worked out once for each pair of them.
 *
 * An event of a source costs a core the same each time but for the weights in its row, so a pair
 * keeps the cycles of an event and of a weight, and a table the weights of each row: one line for
 * each position of the source, in it the cores that hear of it, ascending. A delivery looks up
 * one number, and the deliveries of one event find theirs next to one another. What is counted
 * is kept by pair and becomes counters at the end of the run.
 *
 * Events of the last step have no next step to recur into: a pair that enters it leaves its
 * recurrent uses out, which stand behind the others for that.
 *
 * Cost: O(pairs + rows of all slices).
 * Memory: 2 bytes (4 where rows are very long) for each
 * position of a source and matrix that uses it; 104 a pair with one use.
 */
#include "base/check.h"
#include "core_model.h"

static const uint64_t PACKET_BYTES = 8;
enum { MAX_USES = (1 << 28) - 1 }; /* CorePair.n_uses */

/* Slices of a core that take events of a source into this matrix: 0 input, 1 recurrent. */
static const uint32_t *using_slices(const Plan *plan, uint32_t core, uint32_t stage, int which)
{
    static const uint32_t none[2] = {0, 0};
    if (which ? stage == 0 : stage >= plan->n_layers)
        return none;
    return plan_layer_slices(plan, core, which ? stage - 1 : stage);
}

/* Sets what an event costs from the uses that still count. */
static void set_costs(CoreModel *cores, uint32_t id, int n_matrices)
{
    const Plan *plan = cores->plan;
    CorePair *pair = &cores->pair[id];
    uint32_t stage = plan_source_stage(plan, plan->pair_source[id]);
    uint64_t base = plan->receive_cycles;
    uint32_t n_uses = 0;
    for (int which = 0; which < n_matrices && pair->listens; which++) {
        const uint32_t *slices = using_slices(plan, pair->core, stage, which);
        for (uint32_t s = slices[0]; s < slices[1]; s++) {
            EventCost cost = core_event_cost(plan, s, which);
            base += cost.base_cycles;
            n_uses += cost.by_row;
        }
    }
    CHECK(base <= UINT32_MAX / 2 && n_uses <= MAX_USES); /* as much again for weights */
    pair->n_uses = n_uses & MAX_USES;
    pair->plain = n_uses == 1 && pair->listens && !pair->asks_rows;
    pair->base_cycles = (uint32_t)base;
    if (pair->n_uses == 0)
        return;
    const PairUse *use = &cores->use[cores->first_use[id]];
    pair->column = use->column;
    pair->weight_cycles = use->weight_cycles;
    pair->recurrent = use->recurrent;
}

void pairs_enter_last(CoreModel *cores, uint32_t pair)
{
    set_costs(cores, pair, 1);
}

void pairs_end_with(CoreModel *cores, uint32_t step)
{
    for (uint32_t p = 0; p < cores->plan->n_pairs; p++)
        if (cores->pair[p].step == step)
            pairs_enter_last(cores, p);
}

/* Uses of a pair into `use`, or only counted if that is NULL; returns how many. */
static uint32_t list_uses(const Plan *plan, uint32_t id, PairUse *use)
{
    uint32_t core = plan->pair_core[id];
    uint32_t stage = plan_source_stage(plan, plan->pair_source[id]), n = 0;
    for (int which = 0; which < 2 && plan->listens[id]; which++) {
        const uint32_t *slices = using_slices(plan, core, stage, which);
        for (uint32_t s = slices[0]; s < slices[1]; s++) {
            EventCost cost = core_event_cost(plan, s, which);
            if (!cost.by_row)
                continue;
            if (use != NULL)
                use[n] = (PairUse){.slice = s,
                                   .weight_cycles = (uint32_t)cost.weight_cycles,
                                   .recurrent = which == 1};
            n++;
        }
    }
    return n;
}

static void positions_of(const Plan *plan, uint32_t source, uint32_t *first, uint32_t *n)
{
    bool host = source == plan->n_slices;
    *first = host ? 0 : plan->slice[source].program->first_position;
    *n = host ? plan->program->n_inputs : plan->slice[source].program->n_units;
}

/* One column of the table: weights of each row of a use, in this matrix of this slice. Returns the
 * most that a row has. */
static uint32_t fill_column(const Plan *plan, const RowTables *tables, uint32_t source,
                            const PairUse *use)
{
    const PlanSlice *slice = &plan->slice[use->slice];
    const SourceRows *rows = &tables->rows[source];
    uint32_t first, n, most = 0;
    positions_of(plan, source, &first, &n);
    for (uint32_t position = first; position < first + n; position++) {
        uint32_t n_weights = plan_row_weights(plan, slice, use->recurrent, position);
        uint64_t at = rows->first + (uint64_t)position * rows->n_columns + use->column;
        most = n_weights > most ? n_weights : most;
        if (tables->row != NULL)
            tables->row[at] = (uint16_t)n_weights;
        else
            tables->row_wide[at] = n_weights;
    }
    return most;
}

/* Has a row more weights than 16 bits can tell? */
static bool has_wide_rows(const Plan *plan)
{
    for (uint32_t s = 0; s < plan->n_slices; s++)
        for (int m = 0; m < 2; m++)
            if (plan->slice[s].matrix[m]->n_targets > UINT16_MAX)
                return true;
    return false;
}

/* All uses, with the columns of their rows. */
static PairUse *make_uses(Arena *arena, const Plan *plan, const uint32_t *first_use)
{
    PairUse *use = ARENA_ARRAY(arena, PairUse, first_use[plan->n_pairs]);
    for (uint32_t p = 0; p < plan->n_pairs; p++)
        list_uses(plan, p, &use[first_use[p]]);
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        uint32_t first = first_use[plan->first_pair[s]];
        for (uint32_t u = first; u < first_use[plan->first_pair[s + 1]]; u++)
            use[u].column = u - first;
    }
    return use;
}

/* Where the rows of each source stand; returns how many numbers these are. */
static uint64_t place_rows(Arena *arena, const Plan *plan, RowTables *tables)
{
    uint64_t n_numbers = 0;
    tables->rows = ARENA_ARRAY(arena, SourceRows, plan->n_sources);
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        uint32_t first, n;
        SourceRows *rows = &tables->rows[s];
        positions_of(plan, s, &first, &n);
        rows->n_columns =
            tables->first_use[plan->first_pair[s + 1]] - tables->first_use[plan->first_pair[s]];
        rows->first = n_numbers - (uint64_t)first * rows->n_columns;
        n_numbers += (uint64_t)n * rows->n_columns;
    }
    return n_numbers;
}

void pairs_rows(Arena *arena, const Plan *plan, RowTables *tables)
{
    uint32_t *first_use = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_pairs + 1);
    for (uint32_t p = 0; p < plan->n_pairs; p++)
        first_use[p + 1] = first_use[p] + list_uses(plan, p, NULL);
    *tables = (RowTables){.first_use = first_use};
    const uint64_t n_numbers = place_rows(arena, plan, tables);
    if (has_wide_rows(plan))
        tables->row_wide = ARENA_ARRAY(arena, uint32_t, n_numbers);
    else
        tables->row = ARENA_ARRAY(arena, uint16_t, n_numbers);
    const PairUse *use = make_uses(arena, plan, first_use);
    tables->most_weights = ARENA_ARRAY(arena, uint32_t, first_use[plan->n_pairs]);
    for (uint32_t p = 0; p < plan->n_pairs; p++)
        for (uint32_t u = first_use[p]; u < first_use[p + 1]; u++)
            tables->most_weights[u] = fill_column(plan, tables, plan->pair_source[p], &use[u]);
}

static void init_rows(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    RowTables own;
    const RowTables *tables = cores->tables;
    if (tables == NULL) {
        pairs_rows(arena, plan, &own);
        tables = &own;
    }
    cores->first_use = tables->first_use;
    cores->rows = tables->rows;
    cores->row = tables->row;
    cores->row_wide = tables->row_wide;
    cores->use = make_uses(arena, plan, tables->first_use);
    for (uint32_t u = 0; u < tables->first_use[plan->n_pairs]; u++)
        CHECK((uint64_t)tables->most_weights[u] * cores->use[u].weight_cycles <= UINT32_MAX / 2);
}

void pairs_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    init_rows(arena, cores);
    cores->plain = cores->row != NULL && !cores->keeps_origin && !plan->hop_by_hop;
    cores->pair = ARENA_ARRAY(arena, CorePair, plan->n_pairs);
    if (cores->lossy)
        cores->lost = ARENA_ARRAY(arena, uint64_t, plan->n_pairs);
    for (uint32_t p = 0; p < plan->n_pairs; p++) {
        const uint32_t core = plan->pair_core[p],
                       stage = plan_source_stage(plan, plan->pair_source[p]);
        cores->pair[p] = (CorePair){.core = core,
                                    .heard = plan_heard(plan, core, stage),
                                    .listens = plan->listens[p],
                                    .asks_rows = plan->listens[p] &&
                                                 decoder_hears(&cores->decoder, core, stage)};
        set_costs(cores, p, plan->n_steps == 1 ? 1 : 2);
    }
}

/* ---- books -------------------- */

/* What the events of a pair did to a matrix of its core. */
static void close_use(CoreModel *cores, uint32_t id, uint32_t slice, int which, uint64_t ops)
{
    const CorePair *pair = &cores->pair[id];
    EventCost cost = core_event_cost(cores->plan, slice, which);
    Counters *count = core_counters(cores, pair->core);
    uint64_t n_events = pair->events - pair_lost(cores, id);
    if (which == 1)
        n_events -= pair->last_events - pair->last_lost;
    count->n[COUNT_SRAM_READ_BYTES] += n_events * cost.read_bytes + ops * cost.weight_read_bytes;
    count->n[COUNT_SRAM_WRITE_BYTES] += n_events * cost.write_bytes + ops * cost.weight_write_bytes;
    count->n[COUNT_SYNAPTIC_OPS] += ops;
    cores->tally->slice_ops[slice] += ops;
    cores->tally->slice_active[slice] += n_events * cost.base_cycles + ops * cost.weight_cycles;
}

/* Packets received: what each costs whatever it brings counts for a slice, DMAs of token rows for
 * none. */
static void close_receipts(CoreModel *cores, uint32_t id, uint64_t received)
{
    const Plan *plan = cores->plan;
    const uint32_t core = cores->pair[id].core;
    const uint32_t stage = plan_source_stage(plan, plan->pair_source[id]);
    cores->tally->slice_active[plan_receiving_slice(plan, core, stage)] +=
        received * plan->receive_cycles;
    if (stage == 0)
        cores->tally->token_cycles +=
            cores->pair[id].silent * dram_setup_cycles(&cores->dram, core);
}

static void close_pair(CoreModel *cores, uint32_t id)
{
    const Plan *plan = cores->plan;
    const CorePair *pair = &cores->pair[id];
    const uint64_t lost = pair_lost(cores, id);
    Counters *count = core_counters(cores, pair->core);
    uint32_t stage = plan_source_stage(plan, plan->pair_source[id]);
    uint64_t received = pair->events - lost + pair->silent;
    bool dropped = plan->chip->fifo_full == FIFO_FULL_DROP; /* before they are in the FIFO */
    count->n[COUNT_EVENTS_IN] += pair->events - lost;
    count->n[COUNT_EVENTS_LOST] += lost;
    count->n[COUNT_MARKERS_IN] += pair->silent;
    count->n[COUNT_SRAM_READ_BYTES] += PACKET_BYTES * received;
    count->n[COUNT_SRAM_WRITE_BYTES] += PACKET_BYTES * (received + (dropped ? 0 : lost));
    if (stage > 0)
        cores->tally->layer[stage - 1].deliveries += pair->events - lost;
    close_receipts(cores, id, received);
    const PairUse *use = &cores->use[cores->first_use[id]];
    uint64_t first_ops = pair->ops;
    for (int which = 0; which < 2 && pair->listens; which++) {
        const uint32_t *slices = using_slices(plan, pair->core, stage, which);
        for (uint32_t s = slices[0]; s < slices[1]; s++) {
            uint64_t ops = 0;
            if (core_event_cost(plan, s, which).by_row) {
                ops = first_ops + use++->ops;
                first_ops = 0;
            }
            close_use(cores, id, s, which, ops);
        }
    }
}

void pairs_close_books(CoreModel *cores)
{
    for (uint32_t p = 0; p < cores->plan->n_pairs; p++)
        close_pair(cores, p);
}
