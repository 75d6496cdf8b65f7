/* wheel.c - time wheel with intrusive lists, and a heap for what lies beyond its horizon.
 *
 * WHEEL_BUCKETS buckets hold the ids due in the next as many cycles, one bucket a cycle, each a
 * doubly linked list through arrays indexed by id; two levels of bit maps find the next bucket in
 * use with two counts of trailing zeros. Later ids wait in a binary heap ordered by (due, order
 * of setting) and move into the buckets as soon as time comes near enough. An id enters the heap
 * for a cycle only while that cycle is beyond the horizon, thus before any id enters the bucket
 * directly: the order within a cycle is the order of setting in both cases.
 *
 * Source: Varghese and Lauck 1987, scheme with overflow list.
 * Cost: O(1) but for the heap.
 */
#include "wheel.h"

#include <stdbool.h>

#include "base/check.h"
#include "bits.h"

void wheel_init(Arena *arena, Wheel *wheel, uint32_t n_ids)
{
    *wheel = (Wheel){.n_ids = n_ids};
    wheel->head = ARENA_ARRAY(arena, uint32_t, WHEEL_BUCKETS);
    wheel->tail = ARENA_ARRAY(arena, uint32_t, WHEEL_BUCKETS);
    wheel->next = ARENA_ARRAY(arena, uint32_t, n_ids);
    wheel->previous = ARENA_ARRAY(arena, uint32_t, n_ids);
    wheel->due = ARENA_ARRAY(arena, uint64_t, n_ids);
    wheel->far = ARENA_ARRAY(arena, uint32_t, n_ids);
    wheel->far_at = ARENA_ARRAY(arena, uint32_t, n_ids);
    wheel->order = ARENA_ARRAY(arena, uint64_t, n_ids);
    for (uint32_t b = 0; b < WHEEL_BUCKETS; b++)
        wheel->head[b] = wheel->tail[b] = WHEEL_NONE;
    for (uint32_t id = 0; id < n_ids; id++) {
        wheel->due[id] = NEVER;
        wheel->far_at[id] = WHEEL_NONE;
    }
}

static bool comes_before(const Wheel *wheel, uint32_t a, uint32_t b)
{
    if (wheel->due[a] != wheel->due[b])
        return wheel->due[a] < wheel->due[b];
    return wheel->order[a] < wheel->order[b];
}

static void far_place(Wheel *wheel, uint32_t at, uint32_t id)
{
    wheel->far[at] = id;
    wheel->far_at[id] = at;
}

static void far_up(Wheel *wheel, uint32_t at)
{
    uint32_t id = wheel->far[at];
    while (at > 0 && comes_before(wheel, id, wheel->far[(at - 1) / 2])) {
        far_place(wheel, at, wheel->far[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    far_place(wheel, at, id);
}

static void far_down(Wheel *wheel, uint32_t at)
{
    uint32_t id = wheel->far[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= wheel->n_far)
            break;
        if (child + 1 < wheel->n_far &&
            comes_before(wheel, wheel->far[child + 1], wheel->far[child]))
            child++;
        if (!comes_before(wheel, wheel->far[child], id))
            break;
        far_place(wheel, at, wheel->far[child]);
        at = child;
    }
    far_place(wheel, at, id);
}

static void far_remove(Wheel *wheel, uint32_t id)
{
    uint32_t at = wheel->far_at[id];
    uint32_t last = wheel->far[--wheel->n_far];
    wheel->far_at[id] = WHEEL_NONE;
    if (last == id)
        return;
    far_place(wheel, at, last);
    far_up(wheel, at);
    far_down(wheel, wheel->far_at[last]);
}

static void bucket_append(Wheel *wheel, uint32_t id)
{
    uint32_t bucket = (uint32_t)(wheel->due[id] % WHEEL_BUCKETS);
    uint32_t last = wheel->tail[bucket];
    wheel->next[id] = WHEEL_NONE;
    wheel->previous[id] = last;
    wheel->tail[bucket] = id;
    if (last != WHEEL_NONE) {
        wheel->next[last] = id;
        return;
    }
    wheel->head[bucket] = id;
    wheel->word[bucket / 64] |= UINT64_C(1) << (bucket % 64);
    wheel->summary |= UINT64_C(1) << (bucket / 64);
}

static void clear_bucket(Wheel *wheel, uint32_t bucket)
{
    wheel->word[bucket / 64] &= ~(UINT64_C(1) << (bucket % 64));
    if (wheel->word[bucket / 64] == 0)
        wheel->summary &= ~(UINT64_C(1) << (bucket / 64));
}

static void bucket_remove(Wheel *wheel, uint32_t id)
{
    uint32_t bucket = (uint32_t)(wheel->due[id] % WHEEL_BUCKETS);
    uint32_t before = wheel->previous[id], after = wheel->next[id];
    if (before == WHEEL_NONE)
        wheel->head[bucket] = after;
    else
        wheel->next[before] = after;
    if (after == WHEEL_NONE)
        wheel->tail[bucket] = before;
    else
        wheel->previous[after] = before;
    if (wheel->head[bucket] == WHEEL_NONE)
        clear_bucket(wheel, bucket);
}

void wheel_clear(Wheel *wheel, uint32_t id)
{
    if (wheel->due[id] == NEVER)
        return;
    if (wheel->far_at[id] != WHEEL_NONE)
        far_remove(wheel, id);
    else
        bucket_remove(wheel, id);
    wheel->due[id] = NEVER;
}

void wheel_set(Wheel *wheel, uint32_t id, uint64_t cycle)
{
    CHECK(id < wheel->n_ids && cycle >= wheel->now && cycle != NEVER);
    if (wheel->due[id] != NEVER)
        wheel_clear(wheel, id);
    wheel->due[id] = cycle;
    if (cycle - wheel->now < WHEEL_BUCKETS) {
        bucket_append(wheel, id);
        return;
    }
    wheel->order[id] = wheel->n_set++;
    far_place(wheel, wheel->n_far, id);
    far_up(wheel, wheel->n_far++);
}

uint64_t wheel_next(const Wheel *wheel)
{
    if (wheel->summary == 0)
        return wheel->n_far > 0 ? wheel->due[wheel->far[0]] : NEVER;
    uint32_t start = (uint32_t)(wheel->now % WHEEL_BUCKETS);
    uint32_t word = start / 64;
    uint64_t bits = wheel->word[word] & (UINT64_MAX << (start % 64));
    if (bits == 0) {
        uint64_t later = word == 63 ? 0 : wheel->summary & (UINT64_MAX << (word + 1));
        word = bits_lowest(later ? later : wheel->summary);
        bits = wheel->word[word];
    }
    uint32_t bucket = word * 64 + bits_lowest(bits);
    return wheel->now + (bucket + WHEEL_BUCKETS - start) % WHEEL_BUCKETS;
}

void wheel_advance(Wheel *wheel, uint64_t cycle)
{
    CHECK(cycle >= wheel->now && cycle <= wheel_next(wheel));
    wheel->now = cycle;
    while (wheel->n_far > 0 && wheel->due[wheel->far[0]] - cycle < WHEEL_BUCKETS) {
        uint32_t id = wheel->far[0];
        far_remove(wheel, id);
        bucket_append(wheel, id);
    }
}

uint32_t wheel_take(Wheel *wheel)
{
    uint32_t bucket = (uint32_t)(wheel->now % WHEEL_BUCKETS), id = wheel->head[bucket];
    if (id == WHEEL_NONE)
        return WHEEL_NONE;
    wheel->due[id] = NEVER;
    wheel->head[bucket] = wheel->next[id];
    if (wheel->head[bucket] == WHEEL_NONE) {
        wheel->tail[bucket] = WHEEL_NONE;
        clear_bucket(wheel, bucket);
    } else {
        wheel->previous[wheel->head[bucket]] = WHEEL_NONE;
    }
    return id;
}
