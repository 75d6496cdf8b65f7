/* compile.c - Network x Chip -> Program: the table of passes, walked once.
 *
 * The passes are the rows of PASS_LIST, in order; what each reads and adds is told in mapping.h. A
 * pass runs when the Mapping has all that it needs; afterwards the Mapping must have what it makes
 * and mapping_check must find nothing wrong: a contradiction is a bug of ours and ends the
 * compilation with STATUS_INTERNAL naming the pass. The Mapping is printed after the passes whose
 * letters the options name. No pass draws random numbers or looks at pointers: same input, same
 * bytes. Cost: O(stored weights + rows * slices + layers * cores^2) time; memory: the images,
 * which chip memory bounds, and O(units + slices * cores).
 */
#include "mapping.h"

#include <string.h>

#include "base/check.h"
#include "watch.h"

typedef struct Pass {
    const char *name;
    char letter;
    unsigned needs, makes; /* MAP_HAS_... */
    PassRun run;
} Pass;

/* X(name, letter, needs, makes): the row of pass_<name>. */
#define PASS_LIST(X)                                             \
    X(cores, 'c', 0, MAP_HAS_COUNTS)                             \
    X(split, 's', MAP_HAS_COUNTS, MAP_HAS_SLICES)                \
    X(place, 'p', MAP_HAS_SLICES, MAP_HAS_PLACE)                 \
    X(format, 'f', MAP_HAS_PLACE, MAP_HAS_FORMAT)                \
    X(memory, 'm', MAP_HAS_FORMAT, MAP_HAS_MEMORY)               \
    X(keys, 'k', MAP_HAS_PLACE, MAP_HAS_KEYS)                    \
    X(routes, 'r', MAP_HAS_PLACE | MAP_HAS_KEYS, MAP_HAS_ROUTES) \
    X(tables, 't', MAP_HAS_ROUTES, MAP_HAS_TABLES)               \
    X(emit, 'e', MAP_HAS_MEMORY | MAP_HAS_TABLES, MAP_HAS_PROGRAM)

static const Pass pass_list[] = {
#define X(name, letter, needs, makes) {#name, letter, needs, makes, pass_##name},
    PASS_LIST(X)
#undef X
};
enum { N_PASSES = sizeof pass_list / sizeof pass_list[0] };

uint32_t compile_passes(const PassName **out)
{
    static const PassName names[N_PASSES] = {
#define X(name, letter, needs, makes) {#name, letter},
        PASS_LIST(X)
#undef X
    };
    *out = names;
    return N_PASSES;
}

/* Name the pass in an error of mapping_check. */
static Status blame_pass(const char *pass, Status status, Err *err)
{
    if (err == NULL)
        return status;
    Err found = *err;
    return err_set(err, status, "after pass %s: %.900s", pass, found.message);
}

static Status run_pass(const Pass *pass, Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    CHECK((mapping->has & pass->needs) == pass->needs);
    CHECK((mapping->has & pass->makes) == 0);
    TRY(watch_tell(mapping->options, pass->name, 0, 0, err));
    TRY(pass->run(arena, scratch, mapping, err));
    mapping->has |= pass->makes;
    Status status = mapping_check(scratch, mapping, err);
    if (status != STATUS_OK)
        return blame_pass(pass->name, status, err);
    const CompileOptions *options = mapping->options;
    if (options->dump != NULL && options->dump_stream != NULL &&
        strchr(options->dump, pass->letter) != NULL)
        mapping_dump(mapping, pass->name, options->dump_stream);
    return STATUS_OK;
}

static Status run_passes(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    for (size_t i = 0; i < N_PASSES; i++)
        TRY(run_pass(&pass_list[i], arena, scratch, mapping, err));
    return watch_tell(mapping->options, pass_list[N_PASSES - 1].name, 0, 0, err);
}

Status compile(Arena *arena, const Chip *chip, const Topology *topology, const Network *network,
               const CompileOptions *options, const Program **out, const CompileSummary **summary,
               Err *err)
{
    *out = NULL;
    *summary = NULL;
    TRY(options_check(chip, network, options, err));
    Arena *scratch = arena_new();
    Mapping *mapping = mapping_new(scratch, chip, topology, network, options);
    Status status = run_passes(arena, scratch, mapping, err);
    if (status == STATUS_OK) {
        *out = mapping->program;
        *summary = mapping_summary(arena, scratch, mapping);
    }
    arena_free(scratch);
    return status;
}
