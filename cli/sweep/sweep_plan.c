/* sweep_plan.c - a Plan, point by point.
 *
 * Each text is stored once in a plan (open addressing over FNV-1a, at most half full), so a plan of
 * a million points takes a pointer a value, and equal values are equal pointers.
 */
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/room.h"
#include "sweep.h"
#include "sweep_design.h"

struct PlanMaker {
    Arena *arena;
    Plan *plan;
    uint32_t room;      /* points that `value` has room for              */
    const char **value; /* [room][n_keys]                                */
    uint64_t n_texts, n_slots;
    const char **slot; /* [n_slots] a power of two; NULL: free          */
    const char **last; /* [n_keys] value of the point before            */
};

enum { FIRST_SLOTS = 64 };

/* ---- each text once -------------------- */

static const char **find_slot(const char **slot, uint64_t n_slots, const char *text)
{
    uint64_t at = hash_text(HASH_START, text) & (n_slots - 1);

    while (slot[at] != NULL && strcmp(slot[at], text) != 0)
        at = (at + 1) & (n_slots - 1);
    return &slot[at];
}

static void double_slots(PlanMaker *maker)
{
    const uint64_t n_slots = 2 * maker->n_slots;
    const char **slot = ARENA_ARRAY(maker->arena, const char *, n_slots);

    for (uint64_t i = 0; i < maker->n_slots; i++)
        if (maker->slot[i] != NULL)
            *find_slot(slot, n_slots, maker->slot[i]) = maker->slot[i];
    maker->slot = slot;
    maker->n_slots = n_slots;
}

static const char *store_text(PlanMaker *maker, const char *text)
{
    const char **slot = find_slot(maker->slot, maker->n_slots, text);

    if (*slot != NULL)
        return *slot;
    const char *stored = arena_text(maker->arena, text, strlen(text));
    *slot = stored;
    maker->n_texts++;
    if (2 * maker->n_texts > maker->n_slots)
        double_slots(maker);
    return stored;
}

/* ---- points -------------------- */

Status plan_begin(Arena *arena, const Sweep *sweep, const char *const *key, uint32_t n_keys,
                  uint32_t n_varied, PlanMaker **out, Err *err)
{
    PlanMaker *maker = ARENA_ARRAY(arena, PlanMaker, 1);
    SweepKey *keys = ARENA_ARRAY(arena, SweepKey, n_keys);

    CHECK(n_varied <= n_keys);
    *out = NULL;
    for (uint32_t i = 0; i < n_keys; i++) {
        if (!sweep_key_parse(arena, key[i], &keys[i]))
            return err_set(err, STATUS_INPUT, "%s: '%s' is no key of a sweep", sweep->file, key[i]);
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(keys[j].name, key[i]) == 0)
                return err_set(err, STATUS_INPUT, "%s: key %s stands twice; expected it once",
                               sweep->file, key[i]);
    }
    maker->arena = arena;
    maker->plan = ARENA_ARRAY(arena, Plan, 1);
    maker->plan->sweep = sweep;
    maker->plan->n_keys = n_keys;
    maker->plan->key = keys;
    maker->plan->n_varied = n_varied;
    maker->n_slots = FIRST_SLOTS;
    maker->slot = ARENA_ARRAY(arena, const char *, FIRST_SLOTS);
    maker->last = ARENA_ARRAY(arena, const char *, n_keys);
    *out = maker;
    return STATUS_OK;
}

void plan_expect(PlanMaker *maker, uint32_t n_points)
{
    CHECK(maker->plan->n_points == 0 && maker->room == 0);
    maker->room = n_points;
    maker->value = ARENA_ARRAY(maker->arena, const char *, (size_t)n_points * maker->plan->n_keys);
}

uint32_t plan_count(const PlanMaker *maker)
{
    return maker->plan->n_points;
}

void plan_add(PlanMaker *maker, const char *const *value)
{
    Plan *plan = maker->plan;
    const size_t row_bytes = plan->n_keys * sizeof(const char *);

    maker->value =
        room_for_one(maker->arena, maker->value, plan->n_points, &maker->room, row_bytes);
    const char **row = maker->value + (size_t)plan->n_points * plan->n_keys;
    for (uint32_t k = 0; k < plan->n_keys; k++) {
        const char *last = maker->last[k];
        if (last == NULL || strcmp(last, value[k]) != 0)
            maker->last[k] = store_text(maker, value[k]);
        row[k] = maker->last[k];
    }
    plan->n_points++;
}

/* ---- hash -------------------- */

static uint64_t hash_real(uint64_t hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return hash_u64(hash, bits);
}

/* What of the sweep shapes results: objectives and limits only where they pick the points to be
 * simulated again. */
static uint64_t hash_sweep(uint64_t hash, const Sweep *sweep)
{
    hash = hash_text(hash, sweep->name);
    hash = hash_u64(hash, sweep->fidelity);
    hash = hash_u64(hash, (uint64_t)sweep->multi << 2 | (uint64_t)sweep->confirm << 1 |
                              (uint64_t)sweep->compile_once);
    hash = hash_u64(hash_real(hash, sweep->timeout_s), sweep->memory_bytes);
    if (!sweep->multi)
        return hash;
    for (uint32_t i = 0; i < sweep->n_objectives; i++)
        hash = hash_u64(hash_text(hash, sweep->objective[i].metric),
                        sweep->objective[i].larger_is_better);
    for (uint32_t i = 0; i < sweep->n_limits; i++) {
        hash = hash_text(hash, sweep->limit[i].metric);
        hash = hash_real(hash_real(hash, sweep->limit[i].min), sweep->limit[i].max);
    }
    return hash;
}

const Plan *plan_finish(PlanMaker *maker, uint64_t n_left_out)
{
    Plan *plan = maker->plan;
    uint64_t hash = hash_sweep(HASH_START, plan->sweep);

    CHECK(plan->n_points > 0);
    plan->value = maker->value;
    plan->n_left_out = n_left_out;
    hash = hash_u64(hash_u64(hash, plan->n_keys), plan->n_varied);
    for (uint32_t k = 0; k < plan->n_keys; k++)
        hash = hash_text(hash, plan->key[k].name);
    hash = hash_u64(hash, plan->n_points);
    for (uint32_t k = plan->n_varied; k < plan->n_keys; k++)
        hash = hash_text(hash, plan_value(plan, 0, k));
    for (uint32_t point = 0; point < plan->n_points; point++)
        for (uint32_t k = 0; k < plan->n_varied; k++)
            hash = hash_text(hash, plan_value(plan, point, k));
    plan->hash = hash;
    return plan;
}
