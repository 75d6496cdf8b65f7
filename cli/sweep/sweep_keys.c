/* sweep_keys.c - keys of a sweep by name, and texts of their values.
 *
 * `generate.` and `run.` are followed by options of `egret gen` and `egret run`, read off the same
 * tables as command lines; `chip.` by what `--set` takes; `my.` by any name. Numbers have one text
 * each, the shortest that reads back as the same double.
 */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../commands.h"
#include "base/number_read.h"
#include "sweep.h"
#include "sweep_design.h"

enum { MAX_NAME_BYTES = 100, MAX_NAMES = 200 };

static const double MAX_PLAIN = 1e15;               /* whole numbers below have 15 digits at most */
static const double MAX_WHOLE = 9007199254740992.0; /* 2^53: above not all are doubles */

/* Options that a sweep sets itself, or that are about files which no point writes. */
static const char *const NOT_OF_POINTS[] = {
    "chip",           "set",       "output",         "vcd",
    "vcd-cores",      "vcd-steps", "timeline-steps", "timeline-cores",
    "timeline-spans", "fidelity"};

static const struct {
    const char *prefix;
    KeyKind kind;
} PREFIX[] = {
    {"generate.", KEY_GENERATE}, {"chip.", KEY_NUMBER}, {"run.", KEY_OPTION}, {"my.", KEY_FREE}};

/* ---- names -------------------- */

bool sweep_key_parse(Arena *arena, const char *name, SweepKey *out)
{
    static const struct {
        const char *name;
        KeyKind kind;
    } whole[] = {{"network", KEY_NETWORK}, {"generate", KEY_GENERATE}, {"chip", KEY_CHIP}};

    out->name = arena_text(arena, name, strlen(name));
    out->option = "";
    for (size_t i = 0; i < N_OF(whole); i++) {
        if (strcmp(name, whole[i].name) == 0) {
            out->kind = whole[i].kind;
            return true;
        }
    }
    for (size_t i = 0; i < N_OF(PREFIX); i++) {
        const size_t n = strlen(PREFIX[i].prefix);
        if (strncmp(name, PREFIX[i].prefix, n) == 0 && name[n] != '\0') {
            out->kind = PREFIX[i].kind;
            out->option = out->name + n;
            return true;
        }
    }
    return false;
}

static bool is_of_points(const char *option)
{
    for (size_t i = 0; i < N_OF(NOT_OF_POINTS); i++)
        if (strcmp(NOT_OF_POINTS[i], option) == 0)
            return false;
    return true;
}

static const CommandRow *command_of(KeyKind kind)
{
    if (kind == KEY_GENERATE)
        return &COMMAND_GEN;
    return kind == KEY_OPTION ? &COMMAND_RUN : NULL;
}

/* All names that are known without a chip. */
static uint32_t known_names(Arena *arena, const char **name)
{
    static const KeyKind kinds[] = {KEY_GENERATE, KEY_OPTION};
    uint32_t n = 0;

    name[n++] = "network";
    name[n++] = "generate";
    name[n++] = "chip";
    for (size_t k = 0; k < N_OF(kinds); k++) {
        const CommandRow *command = command_of(kinds[k]);
        for (uint32_t i = 0; i < command->n_options && n < MAX_NAMES; i++)
            if (is_of_points(command->option[i].name))
                name[n++] = arena_printf(arena, "%s.%s", k == 0 ? "generate" : "run",
                                         command->option[i].name);
    }
    return n;
}

static Status fail_unknown(Arena *arena, const YamlNode *place, const char *name, Err *err)
{
    const char *names[MAX_NAMES];
    const uint32_t n_names = known_names(arena, names);
    const char *nearest = yaml_nearest(name, names, n_names);

    yaml_fail(place, err,
              "unknown key '%s'; expected network, generate, generate.OPTION, chip, chip.NUMBER, "
              "run.OPTION or my.NAME",
              name);
    if (nearest != NULL)
        err_hint(err, "did you mean %s?", nearest);
    else
        err_hint(err, "numbers of the chip begin with chip., as chip.noc.hop_cycles");
    return STATUS_INPUT;
}

static Status find_row(Arena *arena, const YamlNode *place, DesignKey *key, Err *err)
{
    const CommandRow *command = command_of(key->key.kind);

    if (!is_of_points(key->key.option))
        return yaml_fail(place, err, "--%s is not for points of a sweep", key->key.option);
    for (uint32_t i = 0; i < command->n_options; i++) {
        if (strcmp(command->option[i].name, key->key.option) == 0) {
            key->row = &command->option[i];
            return STATUS_OK;
        }
    }
    const char *names[MAX_NAMES];
    const uint32_t n_names = known_names(arena, names);
    const char *nearest = yaml_nearest(key->key.name, names, n_names);
    yaml_fail(place, err, "unknown key '%s'; expected an option of `egret %s`", key->key.name,
              command->name);
    if (nearest != NULL)
        err_hint(err, "did you mean %s?", nearest);
    else
        err_hint(err, "`egret %s --help` lists them", command->name);
    return STATUS_INPUT;
}

static bool is_free_name(const char *name)
{
    for (; *name != '\0'; name++)
        if (isalnum((unsigned char)*name) == 0 && *name != '_')
            return false;
    return true;
}

/* ---- what values may be -------------------- */

/* Words to be given as they are begin with a small letter or a digit (args.h). */
static bool is_word(char first)
{
    return islower((unsigned char)first) != 0 || isdigit((unsigned char)first) != 0;
}

static ValueForm form_of(const OptionRow *row)
{
    static const char *const wholes[] = {"N", "R", "CYCLES"};

    if (row->form == OPTION_FLAG)
        return FORM_FLAG;
    for (size_t i = 0; i < N_OF(wholes); i++)
        if (strcmp(row->value, wholes[i]) == 0)
            return FORM_WHOLE;
    if (strcmp(row->value, "X") == 0)
        return FORM_REAL;
    for (const char *at = row->value; *at != '\0'; at += strcspn(at, "|"), at += *at == '|')
        if (!is_word(*at))
            return FORM_TEXT;
    return FORM_CHOICE;
}

Status sweep_key_find(Arena *arena, const YamlNode *place, const char *name, DesignKey *out,
                      Err *err)
{
    memset(out, 0, sizeof *out);
    out->place = *place;
    out->form = FORM_TEXT;
    if (strlen(name) > MAX_NAME_BYTES)
        return yaml_fail(place, err, "a name of %zu bytes; expected at most %d", strlen(name),
                         MAX_NAME_BYTES);
    if (!sweep_key_parse(arena, name, &out->key))
        return fail_unknown(arena, place, name, err);
    if (out->key.kind == KEY_NUMBER)
        out->form = FORM_CHIP;
    if (out->key.kind == KEY_FREE) {
        out->form = FORM_REAL;
        if (!is_free_name(out->key.option))
            return yaml_fail(place, err,
                             "'%s' is no name; expected letters, digits and _ behind "
                             "my.",
                             name);
    }
    if (command_of(out->key.kind) != NULL && out->key.option[0] != '\0') {
        TRY(find_row(arena, place, out, err));
        out->form = form_of(out->row);
        out->step = out->form == FORM_WHOLE ? 1 : 0;
    }
    return STATUS_OK;
}

/* ---- texts of values -------------------- */

double sweep_round(double value)
{
    char digits[40];

    snprintf(digits, sizeof digits, "%.12g", value);
    return strtod(digits, NULL);
}

const char *sweep_number_text(Arena *arena, double value)
{
    if (fabs(value) < MAX_PLAIN && !(floor(value) < value))
        return arena_printf(arena, "%.0f", value);
    const char *text = arena_printf(arena, "%.15g", value);
    const double back = strtod(text, NULL);
    return back < value || back > value ? arena_printf(arena, "%.17g", value) : text;
}

Status sweep_check_text(const YamlNode *node, const char *text, Err *err)
{
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text) != 0)
            return yaml_fail(node, err, "a control character (%d); expected plain text",
                             (int)(unsigned char)*text);
    return STATUS_OK;
}

static Status read_choice(const DesignKey *key, const YamlNode *node, Err *err)
{
    const char *names[MAX_NAMES];
    uint32_t n = 0;
    unsigned choice;
    Arena *scratch = arena_new();

    for (const char *at = key->row->value; *at != '\0' && n < MAX_NAMES;) {
        const size_t n_bytes = strcspn(at, "|");
        names[n++] = arena_text(scratch, at, n_bytes);
        at += n_bytes + (at[n_bytes] == '|');
    }
    const Status status = yaml_as_choice(node, names, n, &choice, err);
    arena_free(scratch);
    return status;
}

static Status read_number(Arena *arena, const DesignKey *key, const YamlNode *node,
                          const char **out, Err *err)
{
    const char *expected = key->form == FORM_WHOLE ? "a whole number" : "a number";
    uint64_t whole;
    double value;

    if (node->quoted || number_read_real(node->text, &value) != NUMBER_READ)
        return yaml_fail(node, err, "'%s' is not a number; expected %s", node->text, expected);
    *out = sweep_number_text(arena, value);
    if (key->form == FORM_REAL || number_read_u64(node->text, &whole) == NUMBER_READ) {
        if (key->form == FORM_WHOLE)
            *out = node->text; /* also those above 2^53 */
        return STATUS_OK;
    }
    if (value < 0 || value > MAX_WHOLE || floor(value) < value)
        return yaml_fail(node, err, "'%s' is not a whole number from 0 on; expected one",
                         node->text);
    *out = arena_printf(arena, "%" PRIu64, (uint64_t)value);
    return STATUS_OK;
}

Status sweep_value_read(Arena *arena, const DesignKey *key, const YamlNode *node, const char **out,
                        Err *err)
{
    double number;
    bool flag;

    TRY(yaml_as_text(node, out, err));
    TRY(sweep_check_text(node, *out, err));
    switch (key->form) {
    case FORM_CHOICE:
        return read_choice(key, node, err);
    case FORM_FLAG:
        return yaml_as_bool(node, &flag, err);
    case FORM_WHOLE:
    case FORM_REAL:
        return read_number(arena, key, node, out, err);
    case FORM_CHIP:
        if (!node->quoted && number_read_real(node->text, &number) == NUMBER_READ)
            *out = sweep_number_text(arena, number);
        return STATUS_OK;
    case FORM_TEXT:
        break;
    }
    return STATUS_OK;
}
