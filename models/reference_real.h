/* reference_real.h - the reference run in one precision; see reference.c. */

typedef struct REAL_NAME(Parameters) { /* of one layer */
    const REAL *input_weight, *recurrent_weight, *bias, *recurrent_bias, *threshold;
} REAL_NAME(Parameters);

typedef struct REAL_NAME(Active) { /* what is not zero, ascending */
    uint32_t n;
    uint32_t *unit;
    REAL *value;
} REAL_NAME(Active);

typedef struct REAL_NAME(LayerRun) {
    REAL_NAME(Parameters) parameters;
    REAL *input, *recurrent;           /* [n_gates * n_units] sums          */
    REAL *state, *events, *candidate;  /* [n_units]                         */
    REAL *reset;                       /* [n_units], or NULL                */
    REAL_NAME(Active) active;          /* events of the last finished step  */
} REAL_NAME(LayerRun);

static REAL_NAME(Active) REAL_NAME(make_active)(Arena *arena, uint32_t n)
{
    return (REAL_NAME(Active)){.unit = ARENA_ARRAY(arena, uint32_t, n), .value = ARENA_ARRAY(arena, REAL, n)};
}

static REAL_NAME(LayerRun) REAL_NAME(make_layer)(Arena *arena, const Layer *layer, const LayerF64 *wide)
{
    const uint32_t n = layer->n_units, n_sums = layer->cell->n_gates * n;
    return (REAL_NAME(LayerRun)){
        .parameters = {
            .input_weight = REAL_NAME(values)(arena, layer->input.weight, wide->input_weight,
                                              layer->input.n_nonzeros),
            .recurrent_weight = REAL_NAME(values)(arena, layer->recurrent.weight, wide->recurrent_weight,
                                                  layer->recurrent.n_nonzeros),
            .bias = REAL_NAME(values)(arena, layer->bias, wide->bias, n_sums),
            .recurrent_bias = REAL_NAME(values)(arena, layer->recurrent_bias, wide->recurrent_bias, n_sums),
            .threshold = REAL_NAME(thresholds)(arena, layer, wide->raw_threshold),
        },
        .input = ARENA_ARRAY(arena, REAL, n_sums),
        .recurrent = ARENA_ARRAY(arena, REAL, n_sums),
        .state = ARENA_ARRAY(arena, REAL, n),
        .events = ARENA_ARRAY(arena, REAL, n),
        .candidate = ARENA_ARRAY(arena, REAL, n),
        .reset = layer->cell->reset_f32 == NULL ? NULL : ARENA_ARRAY(arena, REAL, n),
        .active = REAL_NAME(make_active)(arena, n),
    };
}

/* sum[col] += weight * x over the columns begin .. end - 1 of one row. */
static void REAL_NAME(add_row)(const SparseRows *rows, const REAL *weight, uint32_t row, REAL x,
                               Columns columns, REAL *restrict sum)
{
    const RowPart part = row_part(rows, row, columns);
    if (part.end - part.begin == (uint64_t)columns.end - columns.begin) { /* full, hence contiguous */
        const REAL *from = weight + part.begin;
        REAL *to = sum + columns.begin;
        const uint64_t n = part.end - part.begin;
        for (uint64_t i = 0; i < n; i++) {
            const REAL product = from[i] * x;
            to[i] += product;
        }
        return;
    }
    for (uint64_t k = part.begin; k < part.end; k++) {
        const REAL product = weight[k] * x;
        sum[rows->col[k]] += product;
    }
}

static void REAL_NAME(add_active)(const SparseRows *rows, const REAL *weight, const REAL_NAME(Active) *active,
                                  Columns columns, REAL *sum)
{
    for (uint32_t i = 0; i < active->n; i++)
        REAL_NAME(add_row)(rows, weight, active->unit[i], active->value[i], columns, sum);
}

/* The recurrent sums; where the cell gates events by source, the last gate sees them gated. */
static void REAL_NAME(add_recurrent)(const Layer *layer, REAL_NAME(LayerRun) *run)
{
    const uint32_t n = layer->n_units, n_sums = layer->cell->n_gates * n;
    const REAL *weight = run->parameters.recurrent_weight;
    if (run->reset == NULL) {
        REAL_NAME(add_active)(&layer->recurrent, weight, &run->active, (Columns){0, n_sums}, run->recurrent);
        return;
    }
    REAL_NAME(add_active)(&layer->recurrent, weight, &run->active, (Columns){0, n_sums - n}, run->recurrent);
    layer->cell->REAL_NAME(reset)(n, run->input, run->recurrent, run->reset);
    for (uint32_t i = 0; i < run->active.n; i++) {
        const REAL gated = run->reset[run->active.unit[i]] * run->active.value[i];
        REAL_NAME(add_row)(&layer->recurrent, weight, run->active.unit[i], gated, (Columns){n_sums - n, n_sums},
                           run->recurrent);
    }
}

static CELL_STEP REAL_NAME(step_layer)(const Layer *layer, const REAL_NAME(Active) *input,
                                       REAL_NAME(LayerRun) *run)
{
    const uint32_t n_sums = layer->cell->n_gates * layer->n_units;
    memcpy(run->input, run->parameters.bias, n_sums * sizeof *run->input);
    memcpy(run->recurrent, run->parameters.recurrent_bias, n_sums * sizeof *run->recurrent);
    REAL_NAME(add_active)(&layer->input, run->parameters.input_weight, input, (Columns){0, n_sums}, run->input);
    REAL_NAME(add_recurrent)(layer, run);
    const CELL_STEP step = {
        .n_units = layer->n_units,
        .input = run->input,
        .recurrent = run->recurrent,
        .threshold = run->parameters.threshold,
        .zoneout = (REAL)layer->zoneout,
        .state = run->state,
        .events = run->events,
        .candidate = run->candidate,
    };
    layer->cell->REAL_NAME(step)(&step);
    return step;
}

static void REAL_NAME(collect)(uint32_t n_units, REAL_NAME(LayerRun) *run, EventBuilder *builder)
{
    run->active.n = 0;
    for (uint32_t u = 0; u < n_units; u++) {
        if (run->events[u] == 0)
            continue;
        run->active.unit[run->active.n] = u;
        run->active.value[run->active.n++] = run->events[u];
        event_builder_add(builder, u, event_value((double)run->events[u]));
    }
    event_builder_next(builder);
}

/* The non-zero inputs of a step, in this precision. */
static void REAL_NAME(read_input)(const InputStream *input, uint32_t step, float *narrow,
                                  REAL_NAME(Active) *active)
{
    const Network *network = input->network;
    const size_t n_inputs = network->n_inputs;
    const double *wide = input->vector_f64 == NULL ? NULL : input->vector_f64 + step * n_inputs;
    if (input->token != NULL && network->f64 != NULL)
        wide = network->f64->embedding + input->token[step] * n_inputs;
    active->n = input_events(input, step, active->unit, narrow);
    for (uint32_t i = 0; i < active->n; i++)
        active->value[i] = REAL_NAME(pick)(narrow[i], wide, active->unit[i]);
}

static void REAL_NAME(run_step)(const Job *job, uint32_t step, REAL_NAME(LayerRun) *layers,
                                const REAL_NAME(Active) *input)
{
    const Network *network = job->input->network;
    const bool restart = network->carry == CARRY_EVENTS && step % network->reset_steps == 0;
    for (uint32_t i = 0; i < network->n_layers; i++) {
        const Layer *layer = &network->layer[i];
        REAL_NAME(LayerRun) *run = &layers[i];
        if (restart)
            memset(run->state, 0, layer->n_units * sizeof *run->state);
        const CELL_STEP done = REAL_NAME(step_layer)(layer, input, run);
        mac_counter_add(job->counter, step, i, input->unit, input->n, run->active.unit, run->active.n);
        REAL_NAME(collect)(layer->n_units, run, job->builder);
        mac_counter_emitted(job->counter, i, run->active.n);
        REAL_NAME(watch)(job->options, step, i, &done);
        input = &run->active;
    }
}

static void REAL_NAME(run)(Arena *scratch, const Job *job)
{
    static const LayerF64 NONE = {0};
    const Network *network = job->input->network;
    REAL_NAME(LayerRun) *layers = ARENA_ARRAY(scratch, REAL_NAME(LayerRun), network->n_layers);
    for (uint32_t i = 0; i < network->n_layers; i++)
        layers[i] = REAL_NAME(make_layer)(scratch, &network->layer[i],
                                          network->f64 == NULL ? &NONE : &network->f64->layer[i]);
    REAL_NAME(Active) input = REAL_NAME(make_active)(scratch, network->n_inputs);
    float *narrow = ARENA_ARRAY(scratch, float, network->n_inputs);
    REAL_NAME(Scorer) scorer = {0};
    if (job->step_nll != NULL)
        scorer = REAL_NAME(make_scorer)(scratch, job);
    const uint32_t n_steps = job->input->n_steps;
    for (uint32_t step = 0; step < n_steps; step++) {
        REAL_NAME(read_input)(job->input, step, narrow, &input);
        REAL_NAME(run_step)(job, step, layers, &input);
        const REAL_NAME(Active) *last = &layers[network->n_layers - 1].active;
        if (job->step_nll != NULL)
            REAL_NAME(score)(&scorer, step, last->unit, last->value, last->n);
        if (job->options->progress != NULL)
            job->options->progress(job->options->progress_context, step + 1, n_steps);
    }
}
