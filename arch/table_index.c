/* table_index.c - find the first match in a compressed table without looking at every entry.
 *
 * Entries are dealt into buckets by a few bits of the key. The bits are those that most entries
 * look at and that tell them apart best (the fewer of zeros and ones among the entries counts); an
 * entry that does not look at a bit stands in the buckets of both values, and bits are added only
 * while all buckets together hold at most EXPANSION_MAX times the entries. Within a bucket entries
 * keep their order, so the first match of a bucket is the first match of the table.
 * cost: O(entries * bits) to make; a look-up about entries / 2^bits.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/program.h"
#include "base/check.h"

enum { KEY_BITS = 32, INDEX_BITS_MAX = 10, EXPANSION_MAX = 4, INDEX_ENTRIES_MIN = 16 };

struct TableIndex {
    const RouterTable *table; /* borrowed                                        */
    uint32_t bits;            /* of the key that choose the bucket               */
    const uint32_t *start;    /* [2^popcount(bits) + 1] into entry               */
    const uint32_t *entry;    /* ascending in each bucket                        */
};

static uint32_t count_bits(uint32_t bits)
{
    uint32_t n = 0;
    for (; bits != 0; bits &= bits - 1)
        n++;
    return n;
}

/* The chosen bits of a key, packed. */
static uint32_t bucket_of(uint32_t bits, uint32_t key)
{
    uint32_t bucket = 0;
    for (uint32_t i = 0; bits != 0; i++, bits &= bits - 1)
        bucket |= (uint32_t)((key & bits & (0 - bits)) != 0) << i;
    return bucket;
}

typedef struct BitScore {
    uint32_t score, bit;
} BitScore;

static int by_score(const void *a, const void *b)
{
    const BitScore *first = a, *second = b;
    if (first->score != second->score)
        return first->score > second->score ? -1 : 1;
    return first->bit > second->bit ? -1 : first->bit < second->bit;
}

static void score_bits(const RouterTable *table, BitScore score[KEY_BITS])
{
    for (uint32_t b = 0; b < KEY_BITS; b++) {
        uint32_t n[2] = {0, 0};
        for (uint32_t i = 0; i < table->n_entries; i++)
            if ((table->entry[i].mask >> b & 1) != 0)
                n[table->entry[i].key >> b & 1]++;
        score[b] = (BitScore){n[0] < n[1] ? n[0] : n[1], b};
    }
    qsort(score, KEY_BITS, sizeof *score, by_score);
}

static uint64_t count_expanded(const RouterTable *table, uint32_t bits)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < table->n_entries; i++)
        n += UINT64_C(1) << count_bits(bits & ~table->entry[i].mask);
    return n;
}

static uint32_t choose_bits(const RouterTable *table)
{
    BitScore score[KEY_BITS];
    uint32_t bits = 0;
    score_bits(table, score);
    for (uint32_t i = 0; i < INDEX_BITS_MAX && score[i].score > 0; i++) {
        uint32_t more = bits | UINT32_C(1) << score[i].bit;
        if (count_expanded(table, more) <= EXPANSION_MAX * (uint64_t)table->n_entries)
            bits = more;
    }
    return bits;
}

/* Deal entry i into its buckets: count them (entry == NULL) or store it at each bucket's end. */
static void deal(const RouterTable *table, uint32_t bits, uint32_t i, uint32_t *end,
                 uint32_t *entry)
{
    uint32_t free_bits = bits & ~table->entry[i].mask, part = 0;
    do { /* all values of the bits that the entry does not look at */
        uint32_t bucket = bucket_of(bits, table->entry[i].key | part);
        if (entry != NULL)
            entry[end[bucket]] = i;
        end[bucket]++;
        part = (part - free_bits) & free_bits;
    } while (part != 0);
}

const TableIndex *table_index(Arena *arena, const RouterTable *table)
{
    if (table->n_entries - table->n_ascending < INDEX_ENTRIES_MIN)
        return NULL;
    uint32_t bits = choose_bits(table), n_buckets = UINT32_C(1) << count_bits(bits);
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, (size_t)n_buckets + 1);
    uint32_t *entry = ARENA_ARRAY(arena, uint32_t, count_expanded(table, bits));
    for (uint32_t i = 0; i < table->n_entries; i++)
        deal(table, bits, i, start, NULL);
    uint32_t sum = 0;
    for (uint32_t b = 0; b < n_buckets; b++) { /* sizes become starts */
        uint32_t size = start[b];
        start[b] = sum;
        sum += size;
    }
    for (uint32_t i = 0; i < table->n_entries; i++)
        deal(table, bits, i, start, entry);
    memmove(start + 1, start,
            n_buckets * sizeof *start); /* ends of buckets are starts of the next */
    start[0] = 0;
    TableIndex *index = ARENA_ARRAY(arena, TableIndex, 1);
    *index = (TableIndex){table, bits, start, entry};
    return index;
}

const uint32_t *table_index_bucket(const TableIndex *index, uint32_t key, uint32_t mask,
                                   uint32_t *n_entries)
{
    if ((index->bits & ~mask) != 0)
        return NULL;
    uint32_t bucket = bucket_of(index->bits, key);
    *n_entries = index->start[bucket + 1] - index->start[bucket];
    return index->entry + index->start[bucket];
}

const RouteEntry *table_index_route(const TableIndex *index, uint32_t key)
{
    uint32_t n;
    const uint32_t *at = table_index_bucket(index, key, UINT32_MAX, &n);
    for (uint32_t i = 0; i < n; i++) {
        const RouteEntry *entry = &index->table->entry[at[i]];
        if ((key & entry->mask) == entry->key)
            return entry;
    }
    return NULL;
}
