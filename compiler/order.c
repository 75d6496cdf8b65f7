/* order.c - the order of a layer's units: which unit stands at each position, and what follows.
 *
 * A slice holds consecutive positions, so the weights of any slice are a difference of sums over
 * positions. A new order permutes what is known of each unit; the network is not read again.
 * ordered_rows gives a matrix as the images want it: sources in the order of summation, that is by
 * unit, and the targets of a source ascending by gate, then position. Rows are sorted, full ones by
 * marking their columns: looking at 64 columns at a time costs less than comparing targets.
 */
#include "mapping.h"

#include <string.h>

#include "base/check.h"

/* Sums before each position, from those before each position of another order. */
static const uint64_t *permuted(Arena *scratch, const uint64_t *before, const uint32_t *position_of,
                                const uint32_t *unit_of, uint32_t n_units)
{
    uint64_t *sum = ARENA_ARRAY(scratch, uint64_t, (size_t)n_units + 1);
    for (uint32_t position = 0; position < n_units; position++) {
        uint32_t old = position_of[unit_of[position]];
        sum[position + 1] = sum[position] + (before[old + 1] - before[old]);
    }
    return sum;
}

void order_set(Arena *scratch, Mapping *mapping, uint32_t layer, const uint32_t *unit_of)
{
    uint32_t n_units = mapping->network->layer[layer].n_units;
    uint32_t *position_of = mapping->position_of[layer];
    LayerWeights *weights = &mapping->weights[layer];
    weights->input_before = permuted(scratch, weights->input_before, position_of, unit_of, n_units);
    weights->recurrent_before =
        permuted(scratch, weights->recurrent_before, position_of, unit_of, n_units);
    memmove(mapping->unit_of[layer], unit_of, n_units * sizeof *unit_of);
    for (uint32_t unit = 0; unit < n_units; unit++)
        position_of[unit] = UINT32_MAX;
    for (uint32_t position = 0; position < n_units; position++) {
        CHECK(unit_of[position] < n_units && position_of[unit_of[position]] == UINT32_MAX);
        position_of[unit_of[position]] = position;
    }
    const Layer *of = &mapping->network->layer[layer];
    mapping->ordered[2 * layer] = ordered_rows(scratch, mapping, layer, &of->input);
    mapping->ordered[2 * layer + 1] = ordered_rows(scratch, mapping, layer, &of->recurrent);
}

bool order_is_identity(const Mapping *mapping, uint32_t layer)
{
    for (uint32_t u = 0; u < mapping->network->layer[layer].n_units; u++)
        if (mapping->unit_of[layer][u] != u)
            return false;
    return true;
}

/* Numbers are targets of a row: column above, place in the network's row below. */
static uint64_t *merge_runs(uint64_t *from, uint64_t *to, size_t n, size_t run)
{
    for (size_t start = 0; start < n; start += 2 * run) {
        size_t left = start, middle = start + run < n ? start + run : n, right = middle;
        size_t end = start + 2 * run < n ? start + 2 * run : n;
        for (size_t i = start; i < end; i++) {
            bool take_left = left < middle && (right >= end || from[left] < from[right]);
            to[i] = take_left ? from[left++] : from[right++];
        }
    }
    return to;
}

/* Bottom-up merge sort; `spare` is as long. Returns the one of both that holds the result. */
static const uint64_t *sort_targets(uint64_t *target, uint64_t *spare, size_t n)
{
    for (size_t run = 1; run < n; run *= 2) {
        uint64_t *sorted = merge_runs(target, spare, n, run);
        spare = target;
        target = sorted;
    }
    return target;
}

/* --- full rows: marked, not sorted -------------------------------------------------------------
 */

typedef struct ColumnMarks {
    uint64_t n_words;
    uint64_t *word;  /* [n_words] one bit a column; all 0 between rows           */
    uint32_t *entry; /* [n_cols] of the column marked: its place in the row      */
} ColumnMarks;

enum { WORDS_PER_TARGET = 8 }; /* so many words are looked at in the time of sorting a target */

/* Number of the lowest bit that is set: its power of 2 times a de Bruijn sequence has a pattern of
 * its own in the upper six bits (Leiserson, Prokop and Randall 1998). */
static uint32_t lowest_bit(uint64_t word)
{
    static const uint8_t number[64] = {
        0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
        22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
        23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12};
    return number[((word & (0 - word)) * UINT64_C(0x022fdd63cc95386d)) >> 58];
}

/* Columns and places of a row as a sort of its targets would give them. */
static void read_marks(ColumnMarks *marks, const uint64_t *target, size_t n, uint32_t *col,
                       uint32_t *entry)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t to = (uint32_t)(target[i] >> 32);
        marks->word[to / 64] |= UINT64_C(1) << to % 64;
        marks->entry[to] = (uint32_t)target[i];
    }
    size_t n_read = 0;
    for (uint64_t w = 0; w < marks->n_words; w++) {
        for (uint64_t word = marks->word[w]; word != 0; word &= word - 1) {
            uint32_t at = (uint32_t)(w * 64) + lowest_bit(word);
            col[n_read] = at;
            entry[n_read++] = marks->entry[at];
        }
        marks->word[w] = 0;
    }
    CHECK(n_read == n); /* columns differ: the order is a permutation */
}

OrderedRows ordered_rows(Arena *scratch, const Mapping *mapping, uint32_t layer,
                         const SparseRows *rows)
{
    OrderedRows ordered = {rows, rows->col, NULL};
    if (order_is_identity(mapping, layer))
        return ordered;
    uint32_t n_units = mapping->network->layer[layer].n_units;
    const uint32_t *position_of = mapping->position_of[layer];
    uint64_t longest = 0;
    for (uint32_t row = 0; row < rows->n_rows; row++) {
        uint64_t n = rows->row_start[row + 1] - rows->row_start[row];
        longest = n > longest ? n : longest;
    }
    CHECK(longest <= UINT32_MAX);
    uint64_t *target = ARENA_ARRAY(scratch, uint64_t, longest);
    uint64_t *spare = ARENA_ARRAY(scratch, uint64_t, longest);
    ColumnMarks marks = {.n_words = (uint64_t)rows->n_cols / 64 + 1,
                         .word = ARENA_ARRAY(scratch, uint64_t, (size_t)rows->n_cols / 64 + 1),
                         .entry = ARENA_ARRAY(scratch, uint32_t, rows->n_cols)};
    uint32_t *col = ARENA_ARRAY(scratch, uint32_t, rows->n_nonzeros);
    uint32_t *entry = ARENA_ARRAY(scratch, uint32_t, rows->n_nonzeros);
    for (uint32_t row = 0; row < rows->n_rows; row++) {
        uint64_t start = rows->row_start[row], n = rows->row_start[row + 1] - start;
        for (uint64_t i = 0; i < n; i++) {
            uint32_t from = rows->col[start + i], unit = from % n_units;
            target[i] = (uint64_t)(from - unit + position_of[unit]) << 32 | i;
        }
        if (n * WORDS_PER_TARGET >= marks.n_words) {
            read_marks(&marks, target, n, col + start, entry + start);
            continue;
        }
        const uint64_t *sorted = sort_targets(target, spare, n);
        for (uint64_t i = 0; i < n; i++) {
            col[start + i] = (uint32_t)(sorted[i] >> 32);
            entry[start + i] = (uint32_t)sorted[i];
        }
    }
    ordered.col = col;
    ordered.entry = entry;
    return ordered;
}
