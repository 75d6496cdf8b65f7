/* point_parts.c - loads, generates, records and compiles what points share, each thing once.
 *
 * A part is found again by a text of all that it depends on: values of keys, contents of files by
 * their hash, the chip by the numbers that the compiler reads (compile_number_uses). Programs of
 * points that share one are the same but for the hash of their chip, which is set to that of the
 * point. With `compile: once` they are compiled for a chip whose other numbers are the same in all
 * points: those that all points name, and of the others what the description says.
 *
 * Reference runs and programs that many points share are kept in files, too (point_files.c).
 */
#include "point_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../commands.h"
#include "../gen.h"
#include "base/check.h"
#include "base/file.h"
#include "base/hash.h"
#include "point_files.h"

enum { MAX_KEYED_FILE_BYTES = 1 << 30 };

static void part_drop(KeptPart *part)
{
    arena_free(part->arena);
    *part = (KeptPart){NULL, NULL};
}

static void part_begin(KeptPart *part)
{
    part_drop(part);
    part->arena = arena_new();
}

static void part_keep(KeptPart *part, const char *key)
{
    part->key = arena_text(part->arena, key, strlen(key));
}

static bool part_holds(const KeptPart *part, const char *key)
{
    return part->key != NULL && strcmp(part->key, key) == 0;
}

void parts_free(PointParts *parts)
{
    part_drop(&parts->compiled);
    part_drop(&parts->events);
    part_drop(&parts->base);
}

/* ---- options -------------------- */

static const OptionRow *find_row(const CommandRow *command, const char *name)
{
    for (uint32_t i = 0; i < command->n_options; i++)
        if (strcmp(command->option[i].name, name) == 0)
            return &command->option[i];
    return NULL;
}

static bool is_among(const OptionRow *row, size_t n, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found = found || strcmp(row[i].name, name) == 0;
    return found;
}

bool parts_is_mapping_option(const char *name)
{
    static const OptionRow rows[] = {OPTIONS_MAPPING};
    return is_among(rows, sizeof rows / sizeof rows[0], name) ||
           strcmp(name, "measure-activity") == 0;
}

bool parts_is_engine_option(const char *name)
{
    static const OptionRow rows[] = {OPTIONS_ENGINE, OPTIONS_INTERVALS};
    return is_among(rows, sizeof rows / sizeof rows[0], name) || strcmp(name, "no-pipelined") == 0;
}

/* A path in SWEEP.yaml starts from its folder. */
static const char *in_folder(const PointParts *parts, Arena *arena, const char *value)
{
    return value[0] == '/' ? value : file_join(arena, parts->plan->sweep->folder, value);
}

/* The same of what may be something else: numbers, names of shipped chips. */
static const char *resolve(const PointParts *parts, Arena *arena, const char *value)
{
    const char *path = in_folder(parts, arena, value);
    return file_exists(path) ? path : value;
}

static bool takes_file(const OptionRow *row)
{
    return row->value != NULL && strstr(row->value, "FILE") != NULL;
}

/* The words of one option; nothing for a flag that is off. */
static void add_word(const PointParts *parts, Arena *arena, const OptionRow *row, const char *value,
                     const char **word, uint32_t *n_words)
{
    if (row->form == OPTION_FLAG) {
        if (strcmp(value, "true") == 0)
            word[(*n_words)++] = arena_printf(arena, "--%s", row->name);
        return;
    }
    if (takes_file(row))
        value = strcmp(row->value, "FILE") == 0 ? in_folder(parts, arena, value)
                                                : resolve(parts, arena, value);
    word[(*n_words)++] = arena_printf(arena, "--%s=%s", row->name, value);
}

static Status parse(Arena *arena, const CommandRow *command, const char **word, uint32_t n_words,
                    Args *out, Err *err)
{
    char **copy = ARENA_ARRAY(arena, char *, n_words);
    for (uint32_t i = 0; i < n_words; i++)
        copy[i] = arena_text(arena, word[i], strlen(word[i]));
    return args_parse(arena, command, n_words, copy, out, err);
}

Status parts_args(const PointParts *parts, Arena *arena, Task task, Args *out, Err *err)
{
    const Plan *plan = parts->plan;
    const char **word = ARENA_ARRAY(arena, const char *, plan->n_keys + 8);
    uint32_t n_words = 0;
    bool has_draws = false;

    for (uint32_t k = 0; k < plan->n_keys; k++) {
        const SweepKey *key = &plan->key[k];
        const char *value = plan_value(plan, task.point, k);
        if (key->kind == KEY_CHIP)
            word[n_words++] = arena_printf(arena, "--chip=%s", resolve(parts, arena, value));
        else if (key->kind == KEY_NUMBER)
            word[n_words++] = arena_printf(arena, "--set=%s=%s", key->option, value);
        else if (key->kind == KEY_OPTION) {
            const OptionRow *row = find_row(&COMMAND_RUN, key->option);
            CHECK(row != NULL);
            has_draws = has_draws || strcmp(row->name, "draws") == 0;
            add_word(parts, arena, row, value, word, &n_words);
        }
    }
    if (!has_draws)
        word[n_words++] = "--draws=0";
    word[n_words++] = arena_printf(arena, "--fidelity=%s", fidelity_name(task.fidelity));
    word[n_words++] = "--quiet";
    word[n_words++] = "--";
    word[n_words++] = parts->plan->sweep->name; /* the network: parts_events makes it */
    return parse(arena, &COMMAND_RUN, word, n_words, out, err);
}

/* ---- keys of parts -------------------- */

static const char *file_key(Arena *arena, const char *path)
{
    FileBytes bytes;
    Err err;

    if (!file_exists(path) || file_is_folder(path) ||
        file_read(arena, path, MAX_KEYED_FILE_BYTES, &bytes, &err) != STATUS_OK)
        return "";
    return arena_printf(arena, "@%016" PRIx64, hash_words(HASH_START, bytes.bytes, bytes.n_bytes));
}

typedef bool (*OptionTest)(const char *name);

static bool shapes_events(const char *name)
{
    return !parts_is_mapping_option(name) && !parts_is_engine_option(name);
}

/* Keys of a kind and their values; of options only those that pass the test. */
static const char *add_keys(const PointParts *parts, Arena *arena, uint32_t point, KeyKind kind,
                            OptionTest test, const char *text)
{
    const Plan *plan = parts->plan;

    for (uint32_t k = 0; k < plan->n_keys; k++) {
        const SweepKey *key = &plan->key[k];
        const char *value = plan_value(plan, point, k);
        if (key->kind != kind || (test != NULL && !test(key->option)))
            continue;
        const bool is_file = kind == KEY_OPTION && takes_file(find_row(&COMMAND_RUN, key->option));
        text = arena_printf(arena, "%s%s=%s%s\n", text, key->name, value,
                            is_file ? file_key(arena, resolve(parts, arena, value)) : "");
    }
    return text;
}

/* ---- network -------------------- */

Status parts_generate_args(const PointParts *parts, Arena *arena, uint32_t point, Args *out,
                           Err *err)
{
    const Plan *plan = parts->plan;
    const char **word = ARENA_ARRAY(arena, const char *, plan->n_keys + 2);
    const char *kind = NULL;
    uint32_t n_words = 0;

    for (uint32_t k = 0; k < plan->n_keys; k++) {
        const SweepKey *key = &plan->key[k];
        const char *value = plan_value(plan, point, k);
        if (key->kind != KEY_GENERATE)
            continue;
        if (key->option[0] == '\0')
            kind = value;
        else
            add_word(parts, arena, find_row(&COMMAND_GEN, key->option), value, word, &n_words);
    }
    CHECK(kind != NULL);
    word[n_words++] = "--";
    word[n_words++] = kind;
    return parse(arena, &COMMAND_GEN, word, n_words, out, err);
}

static Status generate(const PointParts *parts, Arena *arena, uint32_t point, const Network **out,
                       Err *err)
{
    Args args;

    TRY(parts_generate_args(parts, arena, point, &args, err));
    return gen_network(arena, &args, parts->plan->sweep->name, out, err);
}

static const char *network_folder(const PointParts *parts, Arena *arena, uint32_t point)
{
    const Plan *plan = parts->plan;

    for (uint32_t k = 0; k < plan->n_keys; k++)
        if (plan->key[k].kind == KEY_NETWORK)
            return in_folder(parts, arena, plan_value(plan, point, k));
    return NULL;
}

static Status find_network(PointParts *parts, Arena *scratch, uint32_t point, Err *err)
{
    const char *key = add_keys(parts, scratch, point, KEY_NETWORK, NULL, "");
    key = add_keys(parts, scratch, point, KEY_GENERATE, NULL, key);
    if (part_holds(&parts->base, key))
        return STATUS_OK;
    part_drop(&parts->compiled);
    part_drop(&parts->events);
    part_begin(&parts->base);
    const char *folder = network_folder(parts, parts->base.arena, point);
    if (folder != NULL)
        TRY(network_load(parts->base.arena, folder, &parts->network, err));
    else
        TRY(generate(parts, parts->base.arena, point, &parts->network, err));
    part_keep(&parts->base, key);
    return STATUS_OK;
}

/* ---- events -------------------- */

static Status record(PointParts *parts, const Job *job, const char *key, Err *err)
{
    Job *made = &parts->recorded;
    const char *replay = args_text(job->args, "replay");

    *made = *job;
    made->arena = parts->events.arena;
    made->network = parts->network;
    TRY(job_prepare_network(made, err));
    TRY(job_load_input(made, replay, err));
    if (made->mode == SIM_REPLAY) /* nothing to record */
        return job_make_events(made, err);
    return point_files_events(parts->events_folder, key, made, err);
}

Status parts_events(PointParts *parts, Task task, Job *job, Err *err)
{
    TRY(find_network(parts, job->arena, task.point, err));
    const char *key =
        add_keys(parts, job->arena, task.point, KEY_OPTION, shapes_events,
                 arena_printf(job->arena, "network=%016" PRIx64 "\n", parts->network->hash));
    if (!part_holds(&parts->events, key)) {
        part_drop(&parts->compiled);
        part_begin(&parts->events);
        TRY(record(parts, job, key, err));
        part_keep(&parts->events, key);
    }
    const Job *recorded = &parts->recorded;
    job->network = recorded->network;
    job->unquantized = recorded->unquantized;
    TRY(job_read_run(job, err));
    job->input = recorded->input;
    job->statistics = recorded->statistics;
    job->reference = recorded->reference;
    job->before = recorded->before;
    job->expected = recorded->expected;
    job->n_sim_steps = recorded->n_sim_steps;
    job->seed = recorded->seed;
    job->mode = SIM_REPLAY;
    return STATUS_OK;
}

/* ---- program -------------------- */

Objective parts_objective(const PointParts *parts, uint32_t point)
{
    const Plan *plan = parts->plan;

    for (uint32_t k = 0; k < plan->n_keys; k++)
        for (int i = 0; i < N_OBJECTIVES; i++)
            if (strcmp(plan->key[k].name, "run.objective") == 0 &&
                strcmp(plan_value(plan, point, k), objective_name((Objective)i)) == 0)
                return (Objective)i;
    return OBJECTIVE_LATENCY;
}

/* The chip that the program is compiled for, in an arena of its own. */
static Status compile_chip(const PointParts *parts, const Job *job, uint32_t point, Arena *arena,
                           const Chip **out, Err *err)
{
    const Plan *plan = parts->plan;
    ChipSetting *setting = ARENA_ARRAY(arena, ChipSetting, plan->n_keys);
    const Objective objective = parts_objective(parts, point);
    uint32_t n_settings = 0;

    for (uint32_t k = 0; k < plan->n_keys; k++) {
        const SweepKey *key = &plan->key[k];
        if (key->kind != KEY_NUMBER)
            continue;
        if (plan->sweep->compile_once && k < plan->n_varied &&
            compile_number_use(key->option, objective) != NUMBER_SHAPES)
            continue;
        const char *value = plan_value(plan, point, k);
        setting[n_settings++] = (ChipSetting){key->option, arena_text(arena, value, strlen(value))};
    }
    return chip_load(arena, args_text(job->args, "chip"), chips_folder(arena), setting, n_settings,
                     out, err);
}

/* All of the chip that a program can depend on. */
static const char *add_chip_key(const Job *job, Objective objective, const Chip *chip,
                                const char *text)
{
    const CompileOptions options = {.objective = objective, .point = job->point};
    const NamedCost *named;
    const NumberUse *use;
    const uint32_t n_named = chip_numbers(job->arena, chip, &named);
    uint64_t hash = chip_layout_hash(chip);

    compile_number_uses(job->arena, chip, &options, &use);
    for (uint32_t i = 0; i < n_named; i++) {
        uint64_t bits = 0;
        if (use[i] != NUMBER_UNUSED)
            memcpy(&bits, &named[i].cost->value, sizeof bits);
        hash = hash_u64(hash, bits);
    }
    return arena_printf(job->arena, "%schip=%s %016" PRIx64 " point=%" PRIu32 "\n", text,
                        chip->name, hash, job->point);
}

static Status compile_for(PointParts *parts, const Job *job, const Chip *chip, const char *key,
                          Err *err)
{
    Job made = *job;

    made.arena = parts->compiled.arena;
    made.chip = chip;
    if (point_files_program(parts->program_folder, key, made.arena, &parts->program))
        return STATUS_OK;
    TRY(topology_build(made.arena, chip, &made.topology, err));
    TRY(job_compile(&made, NULL, NULL, err));
    parts->program = made.program;
    point_files_keep_program(parts->program_folder, key, made.arena, made.program);
    return STATUS_OK;
}

/* The same program on the point's own chip. */
static const Program *program_on(Arena *arena, const Program *program, const Chip *chip)
{
    if (program->chip_hash == chip->hash)
        return program;
    Program *moved = ARENA_ARRAY(arena, Program, 1);
    *moved = *program;
    moved->chip_name = chip->name;
    moved->chip_hash = chip->hash;
    program_seal(moved);
    return moved;
}

Status parts_program(PointParts *parts, Task task, Job *job, Err *err)
{
    Arena *arena = arena_new();
    const Chip *chip;
    Status status = compile_chip(parts, job, task.point, arena, &chip, err);

    if (status == STATUS_OK) {
        const char *key = add_keys(parts, job->arena, task.point, KEY_OPTION,
                                   parts_is_mapping_option, parts->events.key);
        key = add_chip_key(job, parts_objective(parts, task.point), chip, key);
        if (!part_holds(&parts->compiled, key)) {
            part_drop(&parts->compiled);
            parts->compiled.arena = arena;
            arena = NULL;
            status = compile_for(parts, job, chip, key, err);
            if (status == STATUS_OK)
                part_keep(&parts->compiled, key);
        }
    }
    arena_free(arena);
    TRY(status);
    job->program = program_on(job->arena, parts->program, job->chip);
    return STATUS_OK;
}
