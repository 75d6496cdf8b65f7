/* generate_pick.c - which sources a generated target keeps a weight from.
 *
 * Takes options, a layer and a stream of random numbers, hands out the sources of one target after
 * another. All rules but bernoulli draw without replacement by a partial Fisher-Yates shuffle of
 * the sources that may be drawn:
 *   uniform      all inputs and units
 *   communities  inputs and units are cut into N communities of equal size; a target draws `inside`
 *                of its sources from its own one (from inputs and units jointly), the others from
 *                all the rest
 *   ring         positions on a ring; sources at most `reach` positions away
 *   grid         positions on a square grid, row by row, without wrap; at most `reach` away in x
 *                and in y
 * Inputs lie along the same ring or grid at their own spacing: as large a part of them is within
 * reach as of the units. Ids are shuffled over positions, so that a mapping has to find the
 * structure; keep_order leaves them in place. Every input and layer has a stream of its own for
 * that, so a layer lies alike as source of the next one.
 */
#include "generate_pick.h"

#include <inttypes.h>

enum { STREAM_OF_ORDERS = 1 << 29 };

uint32_t pick_count(const GenerateOptions *options, uint32_t n_sources)
{
    return options->fan_in > 0 ? options->fan_in : (uint32_t)(options->density * n_sources + 0.5);
}

/* Sources that a target of communities draws from its own. */
static uint32_t count_inside(const GenerateOptions *options, uint32_t n_kept)
{
    return (uint32_t)(options->inside * n_kept + 0.5);
}

/* First position of a community among n positions; sizes differ by one at most. */
static uint32_t community_first(uint32_t n, uint32_t n_communities, uint32_t community)
{
    return (uint32_t)((uint64_t)n * community / n_communities);
}

static uint32_t community_of(uint32_t n, uint32_t n_communities, uint32_t position)
{
    return (uint32_t)((((uint64_t)position + 1) * n_communities - 1) / n);
}

/* Of one layer. */
static Status check_communities(const GenerateOptions *options, uint32_t n_inputs, uint32_t n_units,
                                Err *err)
{
    const uint32_t n = options->n_communities, least = n_inputs / n + n_units / n;
    const uint32_t n_kept = pick_count(options, n_inputs + n_units);
    const uint32_t inside = count_inside(options, n_kept);
    if (n > n_inputs || n > n_units)
        return err_set(err, STATUS_USAGE,
                       "generator: %" PRIu32 " communities of %" PRIu32 " inputs and %" PRIu32
                       " units; expected no more communities than either",
                       n, n_inputs, n_units);
    if (inside > least || n_kept - inside > n_inputs + n_units - least - 2)
        return err_set(err, STATUS_USAGE,
                       "generator: a target keeps %" PRIu32 " weights, %" PRIu32
                       " from its community of %" PRIu32
                       " sources; expected fewer, or larger communities",
                       n_kept, inside, least);
    return STATUS_OK;
}

Status pick_check(const GenerateOptions *options, Err *err)
{
    if (options->structure != STRUCTURE_UNIFORM && options->pick != PICK_EXACT)
        return err_set(err, STATUS_USAGE,
                       "generator: a structure picks exactly; expected no "
                       "bernoulli with it");
    if (options->feed_forward && options->structure != STRUCTURE_UNIFORM)
        return err_set(err, STATUS_USAGE,
                       "generator: a structure is of inputs and units; expected none without "
                       "recurrent weights");
    if (options->fan_in > 0 && options->pick != PICK_EXACT)
        return err_set(err, STATUS_USAGE,
                       "generator: bernoulli goes by a density; expected no fan-in with it");
    if (options->structure == STRUCTURE_COMMUNITIES &&
        (options->n_communities < 2 || !(options->inside >= 0 && options->inside <= 1)))
        return err_set(err, STATUS_USAGE,
                       "generator: %" PRIu32 " communities, %g inside; expected at least 2 "
                       "and 0 to 1",
                       options->n_communities, options->inside);
    for (uint32_t i = 0; i + 1 < options->n_sizes; i++) {
        const uint32_t n_inputs = options->size[i], n_units = options->size[i + 1];
        const uint32_t n_sources = n_inputs + (options->feed_forward ? 0 : n_units);
        if (options->fan_in > n_sources)
            return err_set(err, STATUS_USAGE,
                           "generator: fan-in is %" PRIu32 "; expected at most %" PRIu32
                           ", the sources of layer %" PRIu32,
                           options->fan_in, n_sources, i);
        if (options->structure == STRUCTURE_COMMUNITIES)
            TRY(check_communities(options, n_inputs, n_units, err));
    }
    return STATUS_OK;
}

/* The smallest width whose square holds n. */
static uint32_t grid_width(uint32_t n)
{
    uint32_t width = 1;
    while ((uint64_t)width * width < n)
        width++;
    return width;
}

/* Of the input (0) or a layer (from 1). */
static Order make_order(Arena *scratch, const GenerateOptions *options, uint32_t population)
{
    const uint32_t n = options->size[population];
    Order order = {n, grid_width(n), ARENA_ARRAY(scratch, uint32_t, n),
                   ARENA_ARRAY(scratch, uint32_t, n)};
    Rng rng = rng_make(options->seed, (uint64_t)STREAM_OF_ORDERS + population);
    for (uint32_t i = 0; i < n; i++)
        order.id_at[i] = i;
    for (uint32_t i = 0; i + 1 < n && !options->keep_order; i++) {
        const uint32_t other = i + (uint32_t)rng_below(&rng, n - i), id = order.id_at[other];
        order.id_at[other] = order.id_at[i];
        order.id_at[i] = id;
    }
    for (uint32_t i = 0; i < n; i++)
        order.position_of[order.id_at[i]] = i;
    return order;
}

/* Sources in order of communities: of each the inputs, then the units. */
static void list_communities(Arena *scratch, Picker *picker)
{
    const uint32_t n = picker->options->n_communities;
    picker->first = ARENA_ARRAY(scratch, uint32_t, (size_t)n + 1);
    picker->marked = ARENA_ARRAY(scratch, uint32_t, picker->n_sources);
    uint32_t at = 0;
    for (uint32_t c = 0; c < n; c++) {
        picker->first[c] = at;
        for (uint32_t p = community_first(picker->n_inputs, n, c);
             p < community_first(picker->n_inputs, n, c + 1); p++)
            picker->order[at++] = picker->inputs.id_at[p];
        for (uint32_t p = community_first(picker->n_units, n, c);
             p < community_first(picker->n_units, n, c + 1); p++)
            picker->order[at++] = picker->n_inputs + picker->units.id_at[p];
    }
    picker->first[n] = at;
}

Picker picker_make(Arena *scratch, const GenerateOptions *options, uint64_t stream, uint32_t layer)
{
    const uint32_t n_inputs = options->size[layer], n_units = options->size[layer + 1];
    const uint32_t n_sources = n_inputs + (options->feed_forward ? 0 : n_units);
    Picker picker = {
        .rng = rng_make(options->seed, stream),
        .options = options,
        .n_inputs = n_inputs,
        .n_units = n_units,
        .n_sources = n_sources,
        .n_kept = pick_count(options, n_sources),
        .order = ARENA_ARRAY(scratch, uint32_t, n_sources),
        .picked = ARENA_ARRAY(scratch, uint32_t, n_sources),
    };
    for (uint32_t i = 0; i < n_sources; i++)
        picker.order[i] = i;
    if (options->structure == STRUCTURE_UNIFORM)
        return picker;
    picker.inputs = make_order(scratch, options, layer);
    picker.units = make_order(scratch, options, layer + 1);
    if (options->structure == STRUCTURE_COMMUNITIES)
        list_communities(scratch, &picker);
    return picker;
}

/* Up to n of the sources from[0 .. n_from - 1], which changes their order. */
static void draw(Picker *picker, uint32_t *from, uint32_t n_from, uint32_t n)
{
    for (uint32_t i = 0; i < n && i < n_from; i++) {
        const uint32_t other = i + (uint32_t)rng_below(&picker->rng, n_from - i);
        const uint32_t source = from[other];
        from[other] = from[i];
        from[i] = source;
        picker->picked[picker->n_picked++] = source;
    }
}

static void pick_bernoulli(Picker *picker)
{
    for (uint32_t i = 0; i < picker->n_sources; i++) {
        if (rng_uniform(&picker->rng) < picker->options->density)
            picker->picked[picker->n_picked++] = i;
    }
}

static void pick_community(Picker *picker, uint32_t position)
{
    const uint32_t c = community_of(picker->n_units, picker->options->n_communities, position);
    const uint32_t begin = picker->first[c], n_own = picker->first[c + 1] - begin;
    draw(picker, picker->order + begin, n_own, count_inside(picker->options, picker->n_kept));
    while (picker->n_picked < picker->n_kept) {
        const uint32_t at = (uint32_t)rng_below(&picker->rng, picker->n_sources - n_own);
        const uint32_t source = picker->order[at < begin ? at : at + n_own];
        if (picker->marked[source] == picker->target + 1)
            continue;
        picker->marked[source] = picker->target + 1;
        picker->picked[picker->n_picked++] = source;
    }
}

/* Sources on the ring within reach, from `base` on, into order; returns how many there are. */
static uint32_t list_ring(Picker *picker, const Order *order, uint32_t base, uint32_t position,
                          uint32_t n)
{
    const uint64_t n_units = picker->n_units, reach = picker->options->reach;
    const uint64_t centre = order->n * (uint64_t)position / n_units;
    const uint64_t away = reach * order->n / n_units;
    const uint64_t width = 2 * away + 1 < order->n ? 2 * away + 1 : order->n;
    uint64_t at = (centre + order->n - away % order->n) % order->n;
    for (uint64_t i = 0; i < width; i++) {
        picker->order[n++] = base + order->id_at[at];
        at = at + 1 == order->n ? 0 : at + 1;
    }
    return n;
}

/* The same on the grid. */
static uint32_t list_grid(Picker *picker, const Order *order, uint32_t base, uint32_t position,
                          uint32_t n)
{
    const uint32_t units_width = picker->units.width, width = order->width;
    const uint64_t away = (uint64_t)picker->options->reach * width / units_width;
    const uint64_t x = (uint64_t)(position % units_width) * width / units_width;
    const uint64_t y = (uint64_t)(position / units_width) * width / units_width;
    for (uint64_t row = y > away ? y - away : 0; row <= y + away && row < width; row++) {
        for (uint64_t col = x > away ? x - away : 0; col <= x + away && col < width; col++) {
            const uint64_t at = row * width + col;
            if (at < order->n)
                picker->order[n++] = base + order->id_at[at];
        }
    }
    return n;
}

static void pick_local(Picker *picker, uint32_t position)
{
    const bool ring = picker->options->structure == STRUCTURE_RING;
    uint32_t (*list)(Picker *, const Order *, uint32_t, uint32_t, uint32_t) =
        ring ? list_ring : list_grid;
    uint32_t n = list(picker, &picker->inputs, 0, position, 0);
    n = list(picker, &picker->units, picker->n_inputs, position, n);
    draw(picker, picker->order, n, picker->n_kept);
}

void picker_next(Picker *picker)
{
    const uint32_t unit = picker->target % picker->n_units;
    picker->n_picked = 0;
    if (picker->options->pick == PICK_BERNOULLI)
        pick_bernoulli(picker);
    else if (picker->options->structure == STRUCTURE_UNIFORM)
        draw(picker, picker->order, picker->n_sources, picker->n_kept);
    else if (picker->options->structure == STRUCTURE_COMMUNITIES)
        pick_community(picker, picker->units.position_of[unit]);
    else
        pick_local(picker, picker->units.position_of[unit]);
    picker->target++;
}
