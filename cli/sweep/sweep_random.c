/* sweep_random.c - designs of points at random: {random: N, seed: S}, {latin-hypercube: N, seed:
 * S}.
 *
 * random: each axis takes any of its values, or any number of its range (of the logarithm, where
 * the range is logarithmic). latin-hypercube (McKay, Beckman and Conover 1979): each range is cut
 * into N strata, each list into N parts, and each point takes another one of each axis; where in
 * its stratum is drawn. Points that a constraint refuses, and such as were drawn before, are drawn
 * again: of a hypercube first by dealing the strata that are left anew, RESHUFFLES times, then at
 * random, since constraints may leave corners that no stratum fits.
 *
 * The same seed gives the same points on every machine. Two points are taken for the same if 64
 * bits of their hashes are.
 *
 * Cost: O(tries x axes), at most TRIES_PER_POINT for each point.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/real_math.h"
#include "base/rng.h"
#include "sweep.h"
#include "sweep_design.h"

enum { TRIES_PER_POINT = 100, RESHUFFLES = 20 };

typedef struct Draw {
    Layout *layout;
    const YamlNode *node;
    Rng rng;
    uint32_t n_wanted, n_found;
    uint64_t n_tries;
    uint64_t *seen; /* [n_slots] hashes of points, 0: free; a power of two, at most half full */
    uint64_t n_slots;
} Draw;

/* ---- one point -------------------- */

/* share: 0 .. 1 of the range, each multiple of the step as likely as any other. */
static double number_at(const Axis *axis, double step, double share)
{
    if (axis->is_log)
        return axis->from * real_exp(share * real_log(axis->to / axis->from));
    if (!(step > 0))
        return axis->from + share * (axis->to - axis->from);
    const double first = ceil(axis->from / step), last = floor(axis->to / step);
    return (first + floor(share * (last - first + 1))) * step;
}

static void take_share(Draw *draw, const Axis *axis, double share)
{
    Layout *layout = draw->layout;
    const double step = layout->design->key[axis->first_key].step;

    if (axis->n_values == 0) {
        layout->value[axis->first_key] =
            sweep_range_text(layout->scratch, axis, step, number_at(axis, step, share));
        return;
    }
    const uint32_t at = (uint32_t)(share * axis->n_values);
    const uint32_t i = at < axis->n_values ? at : axis->n_values - 1; /* a share rounded to 1 */
    for (uint32_t k = 0; k < axis->n_keys; k++)
        layout->value[axis->first_key + k] = axis->value[(size_t)i * axis->n_keys + k];
}

/* Is the point at hand new? Then it is remembered. */
static bool is_new(Draw *draw)
{
    uint64_t hash = HASH_START;

    for (uint32_t k = 0; k < draw->layout->design->n_axis_keys; k++)
        hash = hash_text(hash, draw->layout->value[k]);
    hash += hash == 0;
    uint64_t at = hash & (draw->n_slots - 1);
    while (draw->seen[at] != 0 && draw->seen[at] != hash)
        at = (at + 1) & (draw->n_slots - 1);
    if (draw->seen[at] == hash)
        return false;
    draw->seen[at] = hash;
    return true;
}

static Status try_point(Draw *draw, bool *found)
{
    draw->n_tries++;
    TRY(sweep_keep_point(draw->layout, found));
    *found = *found && is_new(draw);
    if (*found)
        plan_add(draw->layout->maker, draw->layout->value);
    draw->n_found += *found;
    return STATUS_OK;
}

static Status draw_random(Draw *draw)
{
    const Design *design = draw->layout->design;
    const uint64_t n_most = (uint64_t)draw->n_wanted * TRIES_PER_POINT;
    bool found;

    while (draw->n_found < draw->n_wanted) {
        if (draw->n_tries >= n_most)
            return yaml_fail(draw->node, design->err,
                             "%" PRIu32 " of %" PRIu32 " points found in %" PRIu64
                             " tries; expected more values, or constraints that more of them meet",
                             draw->n_found, draw->n_wanted, draw->n_tries);
        arena_reset(draw->layout->scratch);
        for (uint32_t a = 0; a < design->n_axes; a++)
            take_share(draw, &design->axis[a], rng_uniform(&draw->rng));
        TRY(try_point(draw, &found));
    }
    return STATUS_OK;
}

/* ---- strata -------------------- */

static void shuffle(Rng *rng, uint32_t *item, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        const uint64_t j = rng_below(rng, i);
        const uint32_t kept = item[j];
        item[j] = item[i - 1];
        item[i - 1] = kept;
    }
}

/* A point of each row of strata; those of rows that gave none come to the front. */
static Status deal(Draw *draw, uint32_t *const *stratum, uint32_t *n_left)
{
    const Design *design = draw->layout->design;
    const uint32_t n = *n_left;
    bool found;

    *n_left = 0;
    for (uint32_t i = 0; i < n; i++) {
        arena_reset(draw->layout->scratch);
        for (uint32_t a = 0; a < design->n_axes; a++)
            take_share(draw, &design->axis[a],
                       (stratum[a][i] + rng_uniform(&draw->rng)) / draw->n_wanted);
        TRY(try_point(draw, &found));
        if (found)
            continue;
        for (uint32_t a = 0; a < design->n_axes; a++)
            stratum[a][*n_left] = stratum[a][i];
        ++*n_left;
    }
    return STATUS_OK;
}

static Status draw_hypercube(Draw *draw)
{
    const Design *design = draw->layout->design;
    Arena *arena = design->arena;
    uint32_t **stratum = ARENA_ARRAY(arena, uint32_t *, design->n_axes);
    uint32_t n_left = draw->n_wanted;

    for (uint32_t a = 0; a < design->n_axes; a++) {
        stratum[a] = ARENA_ARRAY(arena, uint32_t, draw->n_wanted);
        for (uint32_t i = 0; i < draw->n_wanted; i++)
            stratum[a][i] = i;
    }
    for (int round = 0; round <= RESHUFFLES && n_left > 0; round++) {
        for (uint32_t a = 0; a < design->n_axes; a++)
            shuffle(&draw->rng, stratum[a], n_left);
        TRY(deal(draw, stratum, &n_left));
    }
    return draw_random(draw);
}

Status sweep_lay_random(Layout *layout, const YamlNode *node)
{
    static const char *const known[] = {"random", "latin-hypercube", "seed"};
    const Design *design = layout->design;
    const bool is_random = yaml_find(node, "random") != NULL;
    const bool is_hypercube = yaml_find(node, "latin-hypercube") != NULL;
    uint64_t seed = 1;
    Draw draw = {.layout = layout, .node = node, .n_slots = 2};

    TRY(yaml_only(node, known, N_OF(known), design->err));
    if (is_random == is_hypercube)
        return yaml_fail(node, design->err, "expected one of 'random: N' and 'latin-hypercube: N'");
    TRY(yaml_u32(node, is_random ? "random" : "latin-hypercube", 1, SWEEP_MAX_POINTS,
                 &draw.n_wanted, design->err));
    if (yaml_find(node, "seed") != NULL)
        TRY(yaml_u64(node, "seed", 0, UINT64_MAX, &seed, design->err));
    while (draw.n_slots < 2 * (uint64_t)draw.n_wanted)
        draw.n_slots *= 2;
    draw.seen = ARENA_ARRAY(design->arena, uint64_t, draw.n_slots);
    draw.rng = rng_make(seed, is_hypercube);
    plan_expect(layout->maker, draw.n_wanted);
    return is_random ? draw_random(&draw) : draw_hypercube(&draw);
}
