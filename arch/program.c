/* program.c - what can be asked of a Program: names of its regions, its routes, numbers in its
 * images. */
#include "arch/program.h"

#include <string.h>

#include "base/check.h"
#include "program_private.h"

static const char *const REGION_NAME[] = {
#define X(NAME, name, memory) #name,
    REGION_LIST(X)
#undef X
};

static const int REGION_MEMORY[] = {
#define X(NAME, name, memory) memory,
    REGION_LIST(X)
#undef X
};

const char *region_name(Region region)
{
    CHECK((unsigned)region < N_REGIONS);
    return REGION_NAME[region];
}

int region_memory(Region region)
{
    CHECK((unsigned)region < N_REGIONS);
    return REGION_MEMORY[region];
}

uint64_t program_memory_bytes(const CoreProgram *core, int memory)
{
    uint64_t n_bytes = 0;
    for (unsigned region = 0; region < N_REGIONS; region++)
        if (REGION_MEMORY[region] == memory)
            n_bytes += core->region_bytes[region];
    return n_bytes;
}

/* Bits of keys that an entry of an interval looks at, and those below: ones only. 0: the entry's
 * mask is not ones, then zeros. */
static uint32_t interval_reach(uint32_t mask)
{
    uint32_t reach = mask | ((mask & (0 - mask)) - 1); /* all bits if mask is 0 */
    return (reach & (reach + 1)) == 0 ? reach : 0;
}

uint32_t table_count_ascending(const RouterTable *table)
{
    uint32_t n = 0, reach = 0, last = 0; /* last key that the entries so far match */
    for (; n < table->n_entries; n++) {
        const RouteEntry *entry = &table->entry[n];
        uint32_t its_reach = interval_reach(entry->mask);
        if (its_reach == 0 || (entry->key & ~entry->mask) != 0)
            break;
        if (n > 0 && (its_reach != reach || entry->key <= last))
            break;
        reach = its_reach;
        last = entry->key + (reach & ~entry->mask);
    }
    return n;
}

uint32_t table_reach(const RouterTable *table)
{
    return interval_reach(table->entry[0].mask);
}

/* The entry among the ascending ones: they match keys from their own on, so only the last one at
 * or below the key can match. */
static const RouteEntry *bisect(const RouterTable *table, uint32_t key)
{
    uint32_t low = 0, high = table->n_ascending; /* entries below low: at or below the key */
    if (high > 0)
        key &= table_reach(table);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->entry[middle].key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const RouteEntry *entry = &table->entry[low - 1];
    return (key & entry->mask) == entry->key ? entry : NULL;
}

const RouteEntry *table_route(const RouterTable *table, uint32_t key)
{
    const RouteEntry *found = bisect(table, key);
    for (uint32_t i = table->n_ascending; found == NULL && i < table->n_entries; i++)
        if ((key & table->entry[i].mask) == table->entry[i].key)
            found = &table->entry[i];
    return found;
}

const RouteEntry *program_route(const Program *program, uint32_t router, uint32_t key)
{
    CHECK(router < program->n_tables);
    return table_route(&program->table[router], key);
}

uint64_t program_entries(const Program *program)
{
    uint64_t n_entries = 0;
    for (uint32_t t = 0; t < program->n_tables; t++)
        n_entries += program->table[t].n_entries;
    return n_entries;
}

uint32_t program_fullest_table(const Program *program)
{
    uint32_t most = 0;
    for (uint32_t t = 0; t < program->n_tables; t++)
        if (program->table[t].n_entries > most)
            most = program->table[t].n_entries;
    return most;
}

uint32_t program_last_key(const Program *program)
{
    uint32_t last = program->input_key + (program->n_inputs - 1);
    uint32_t last_marker = program->input_marker_key + program->n_inputs;
    last = last_marker > last ? last_marker : last;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        for (uint32_t i = 0; i < program->core[c].n_slices; i++) {
            const SliceProgram *slice = &program->core[c].slice[i];
            uint32_t last_event = slice->key + (slice->n_units - 1);
            last = last_event > last ? last_event : last;
            last_marker = slice->marker_key + slice->n_units;
            last = last_marker > last ? last_marker : last;
        }
    }
    return last;
}

FixedScale image_scale(const uint8_t *image, uint64_t offset, uint32_t n, uint64_t i)
{
    uint32_t multiplier = image_u32(image, offset + 4 * i);
    FixedScale scale = {.multiplier = multiplier <= INT32_MAX ? (int32_t)multiplier : -1,
                        .shift = image[offset + 4 * (uint64_t)n + i]};
    return scale;
}
