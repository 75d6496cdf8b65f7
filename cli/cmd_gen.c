/* cmd_gen.c - `egret gen`: networks from shapes, density and a seed. */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <string.h>

#include <unistd.h>

#include "base/file.h"
#include "commands.h"
#include "info.h"
#include "gen.h"
#include "models/generate.h"

static const OptionRow OPTIONS[] = {
    {"layers", 'l', OPTION_VALUE, "N,N,..", "width of the input, then units of each layer"},
    {"density", 'd', OPTION_VALUE, "X", "share of the weights that are kept (default: 1)"},
    {"fan-in", 0, OPTION_VALUE, "N", "instead: weights of each target (a gate of a unit)"},
    {"communities", 0, OPTION_VALUE, "N", "structure: inputs and units fall into N communities"},
    {"inside", 0, OPTION_VALUE, "X",
     "share of a target's weights from its own community\n"
     "(default: 0.9)"},
    {"ring", 0, OPTION_VALUE, "R", "structure: positions on a ring, sources at most R away"},
    {"grid", 0, OPTION_VALUE, "R",
     "structure: positions on a square grid, sources at most\n"
     "R away in x and y"},
    {"keep-order", 0, OPTION_FLAG, NULL, "ids follow the structure; else they are shuffled"},
    {"pick", 0, OPTION_VALUE, "exact|bernoulli",
     "as many in each target, or each by chance\n"
     "(default: exact)"},
    {"seed", 's', OPTION_VALUE, "N", "of the random numbers (default: 1)"},
    {"cell", 0, OPTION_VALUE, "egru|egru-paper|lif", "kind of the cell (default: egru)"},
    {"feed-forward", 0, OPTION_FLAG, NULL, "no recurrent weights; with --cell lif"},
    {"words", 0, OPTION_VALUE, "N",
     "embedding and tied decoder of N words; the last layer\n"
     "must be as wide as the input"},
    {"threshold-mean", 0, OPTION_VALUE, "X", "mean of the thresholds (default: 0.01)"},
    {"gain", 0, OPTION_VALUE, "X", "scale of the weights (default: 1)"},
    {"name", 0, OPTION_VALUE, "TEXT", "name of the network (default: that of the folder)"},
    {"output", 'o', OPTION_VALUE, "NET", "network directory to write"},
};

/* The last part of a path, without closing slashes. */
static const char *base_name(Arena *arena, const char *path)
{
    size_t end = strlen(path), begin;

    while (end > 1 && path[end - 1] == '/')
        end--;
    begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return arena_text(arena, path + begin, end - begin);
}

/* Where weights may be, and how many a target has. */
static Status read_structure(const Args *args, GenerateOptions *options, Err *err)
{
    static const char *const names[] = {"communities", "ring", "grid"};
    static const Structure structures[] = {STRUCTURE_COMMUNITIES, STRUCTURE_RING, STRUCTURE_GRID};
    uint64_t fan_in, number;

    if (args_text(args, "fan-in") && args_text(args, "density"))
        return err_set(err, STATUS_USAGE, "--fan-in, --density: expected one of them");
    TRY(args_u64(args, "fan-in", 1, 1u << 25, 0, &fan_in, err));
    options->fan_in = (uint32_t)fan_in;
    for (int i = 0; i < 3; i++) {
        if (!args_text(args, names[i]))
            continue;
        if (options->structure != STRUCTURE_UNIFORM)
            return err_set(err, STATUS_USAGE,
                           "--%s: a second structure; expected one of --communities, --ring and "
                           "--grid",
                           names[i]);
        options->structure = structures[i];
        TRY(args_u64(args, names[i], i == 0 ? 2 : 0, 1u << 24, 0, &number, err));
        options->n_communities = i == 0 ? (uint32_t)number : 0;
        options->reach = i == 0 ? 0 : (uint32_t)number;
    }
    if (args_text(args, "inside") && options->structure != STRUCTURE_COMMUNITIES)
        return err_set(err, STATUS_USAGE, "--inside: needs --communities");
    if (args_flag(args, "keep-order") && options->structure == STRUCTURE_UNIFORM)
        return err_set(err, STATUS_USAGE,
                       "--keep-order: needs a structure: --communities, --ring or --grid");
    options->keep_order = args_flag(args, "keep-order");
    return args_real(args, "inside", 0, 1, 0.9, &options->inside, err);
}

static const char *name_of(const Args *args, const char *name)
{
    return args_text(args, "name") ? args_text(args, "name") : name;
}

static Status read_options(Arena *arena, const Args *args, const char *name,
                           GenerateOptions *options, Err *err)
{
    static const char *const picks[] = {"exact", "bernoulli"};
    static const char *const cells[] = {"egru", "egru-paper", "lif"};
    const char *layers;
    uint32_t pick, cell;
    uint64_t n_words;

    memset(options, 0, sizeof *options);
    TRY(args_need(args, "layers", &layers, err));
    TRY(args_u32_list(arena, args, "layers", 1, 1u << 24, &options->n_sizes, &options->size, err));
    if (options->n_sizes < 2)
        return err_set(err, STATUS_USAGE,
                       "--layers: one number; expected the input's width and at least one layer");
    TRY(args_real(args, "density", 0, 1, 1, &options->density, err));
    TRY(read_structure(args, options, err));
    TRY(args_choice(args, "pick", picks, 2, 0, &pick, err));
    TRY(args_u64(args, "seed", 0, UINT64_MAX, 1, &options->seed, err));
    TRY(args_choice(args, "cell", cells, 3, 0, &cell, err));
    TRY(args_u64(args, "words", 1, 1u << 24, 0, &n_words, err));
    TRY(args_real(args, "threshold-mean", 0, 1, 0.01, &options->threshold_mean, err));
    TRY(args_real(args, "gain", 0, 1000, 1, &options->gain, err));
    options->pick = pick == 0 ? PICK_EXACT : PICK_BERNOULLI;
    options->cell = cells[cell];
    options->feed_forward = args_flag(args, "feed-forward");
    options->n_words = (uint32_t)n_words;
    options->name = name_of(args, name);
    return STATUS_OK;
}

static bool is_preset(const char *kind)
{
    const char *const *names;
    const uint32_t n = preset_names(&names);
    bool found = false;

    for (uint32_t i = 0; i < n; i++)
        found = found || strcmp(kind, names[i]) == 0;
    return found;
}

/* The shape of a preset is given: a seed and a name are all that is left. */
static Status read_preset_options(const Args *args, const char *name, GenerateOptions *options,
                                  Err *err)
{
    memset(options, 0, sizeof *options);
    for (size_t i = 0; i < sizeof OPTIONS / sizeof OPTIONS[0]; i++) {
        const char *option = OPTIONS[i].name;
        const bool given = OPTIONS[i].form == OPTION_FLAG ? args_flag(args, option)
                                                          : args_text(args, option) != NULL;
        if (given && strcmp(option, "seed") != 0 && strcmp(option, "name") != 0 &&
            strcmp(option, "output") != 0)
            return err_set(err, STATUS_USAGE,
                           "--%s: the shape of %s is given; expected --seed, --name and --output",
                           option, args->operand[0]);
    }
    options->name = name_of(args, name);
    return args_u64(args, "seed", 0, UINT64_MAX, 1, &options->seed, err);
}

static Status save(Arena *arena, const Network *network, const char *folder, Err *err)
{
    bool existed = file_exists(folder);
    Status status = network_save(arena, network, folder, err);

    if (status != STATUS_OK && !existed)
        rmdir(folder); /* only if nothing was left in it */
    return status;
}

static Status read_any(Arena *arena, const Args *args, const char *name, GenerateOptions *options,
                       Err *err)
{
    const char *kind = args->operand[0];

    if (is_preset(kind))
        return read_preset_options(args, name, options, err);
    if (strcmp(kind, "egru") != 0)
        return err_set(err, STATUS_USAGE,
                       "%s: unknown kind of network; expected egru or dvs-gesture", kind);
    return read_options(arena, args, name, options, err);
}

Status gen_check(Arena *arena, const Args *args, Err *err)
{
    GenerateOptions options;

    return read_any(arena, args, "", &options, err);
}

Status gen_network(Arena *arena, const Args *args, const char *name, const Network **out, Err *err)
{
    const char *kind = args->operand[0];
    GenerateOptions options;

    TRY(read_any(arena, args, name, &options, err));
    if (is_preset(kind))
        return network_generate_preset(arena, kind, options.name, options.seed, out, err);
    return network_generate(arena, &options, out, err);
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    const char *folder;
    const Network *network;

    TRY(args_need(args, "output", &folder, err));
    TRY(gen_network(arena, args, base_name(arena, folder), &network, err));
    TRY(save(arena, network, folder, err));
    info_network(network, stdout);
    return STATUS_OK;
}

const CommandRow COMMAND_GEN = {
    .name = "gen",
    .operands = "egru --layers N,N,.. | dvs-gesture -o NET",
    .summary = "Make a network from shapes, density and a seed.",
    .details =
        "dvs-gesture is a published spiking convolutional network (2 x 32 x 32 inputs, 7,859\n"
        "lif neurons) with random weights; it takes --seed and --name only.\n\n"
        "exact: every target (a gate of a unit) keeps round(density * (inputs + units))\n"
        "weights, drawn over both of its matrices.\n\nWith --communities, --ring or --grid the\n"
        "weights have a structure that a mapping can find. Same options, same bytes.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "egru|dvs-gesture",
};
