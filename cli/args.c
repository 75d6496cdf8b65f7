/* args.c - parses the words of a command line by the command's table of options.
 *
 * `--name value`, `--name=value`, `-n value` and `-nvalue` mean the same; `--` ends the options.
 * What is not in the table is refused, with the nearest name as hint. Numbers are read whole:
 * "10x" and "1e3" are no whole numbers. help.c, manual.c and completion.c read the same rows.
 *
 * Cost: O(words * options).
 */
#include "args.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/yaml_doc.h"

static const OptionRow COMMON_OPTIONS[] = {
    {"quiet", 'q', OPTION_FLAG, NULL, "no progress bar"},
    {"verbose", 'v', OPTION_FLAG, NULL, "say on stderr what is done"},
    {"version", 0, OPTION_FLAG, NULL, "print the version"},
    {"help", 'h', OPTION_FLAG, NULL, "print this help"},
};
enum { N_COMMON = sizeof COMMON_OPTIONS / sizeof COMMON_OPTIONS[0] };

uint32_t args_common_options(const OptionRow **out)
{
    *out = COMMON_OPTIONS;
    return N_COMMON;
}

static const OptionRow *option_at(const CommandRow *command, uint32_t i)
{
    return i < command->n_options ? &command->option[i] : &COMMON_OPTIONS[i - command->n_options];
}

static const OptionRow *find_option(const CommandRow *command, const char *name, size_t n_bytes)
{
    for (uint32_t i = 0; i < command->n_options + N_COMMON; i++) {
        const OptionRow *row = option_at(command, i);
        if (strlen(row->name) == n_bytes && memcmp(row->name, name, n_bytes) == 0)
            return row;
    }
    return NULL;
}

static const OptionRow *find_letter(const CommandRow *command, char letter)
{
    for (uint32_t i = 0; i < command->n_options + N_COMMON; i++) {
        const OptionRow *row = option_at(command, i);
        if (row->letter != 0 && row->letter == letter)
            return row;
    }
    return NULL;
}

static Status fail_unknown(Arena *arena, const CommandRow *command, const char *word, Err *err)
{
    uint32_t n_names = command->n_options + N_COMMON;
    const char **names = ARENA_ARRAY(arena, const char *, n_names);
    size_t n_bytes = strcspn(word, "=");
    const char *given = arena_text(arena, word, n_bytes);

    for (uint32_t i = 0; i < n_names; i++)
        names[i] = option_at(command, i)->name;
    const char *nearest =
        strncmp(given, "--", 2) == 0 ? yaml_nearest(given + 2, names, n_names) : NULL;
    err_set(err, STATUS_USAGE, "%s: unknown option; expected an option of `egret %s`", given,
            command->name);
    if (nearest)
        err_hint(err, "did you mean --%s?", nearest);
    else
        err_hint(err, "`egret %s --help` lists them", command->name);
    return STATUS_USAGE;
}

/* One word that names an option: its row, and the value if it stands in the same word. */
static Status split_option(Arena *arena, const CommandRow *command, const char *word,
                           const OptionRow **row, const char **value, Err *err)
{
    *value = NULL;
    if (word[1] == '-') {
        size_t n_bytes = strcspn(word + 2, "=");
        *row = find_option(command, word + 2, n_bytes);
        if (*row && word[2 + n_bytes] == '=')
            *value = word + 3 + n_bytes;
    } else {
        *row = find_letter(command, word[1]);
        if (*row && word[2] != '\0')
            *value = word + 2;
    }
    return *row ? STATUS_OK : fail_unknown(arena, command, word, err);
}

static bool is_given(const Args *args, const OptionRow *row)
{
    for (uint32_t i = 0; i < args->n_given; i++)
        if (args->given[i].row == row)
            return true;
    return false;
}

static Status take_option(Arena *arena, Args *args, uint32_t n_words, char *const *word,
                          uint32_t *at, Err *err)
{
    const OptionRow *row;
    const char *value;

    TRY(split_option(arena, args->command, word[*at], &row, &value, err));
    if (row->form == OPTION_FLAG && value)
        return err_set(err, STATUS_USAGE, "--%s: the value `%s` is too much; expected none",
                       row->name, value);
    if (row->form != OPTION_MANY && is_given(args, row))
        return err_set(err, STATUS_USAGE, "--%s: given twice; expected once", row->name);
    if (row->form != OPTION_FLAG && !value) {
        if (*at + 1 >= n_words || strncmp(word[*at + 1], "--", 2) == 0)
            return err_set(err, STATUS_USAGE, "--%s: no value; expected %s", row->name, row->value);
        value = word[++*at];
    }
    args->given[args->n_given].row = row;
    args->given[args->n_given].value = value;
    args->n_given++;
    return STATUS_OK;
}

static Status check_operands(const Args *args, Err *err)
{
    const CommandRow *command = args->command;

    if (args_flag(args, "help") || args_flag(args, "version"))
        return STATUS_OK;
    if (args->n_operands > command->max_operands) {
        err_set(err, STATUS_USAGE, "%s: too much; expected `egret %s %s`",
                args->operand[command->max_operands], command->name, command->operands);
        err_hint(err, "`egret %s --help` explains it", command->name);
        return STATUS_USAGE;
    }
    if (args->n_operands < command->min_operands) {
        err_set(err, STATUS_USAGE, "%s: something is missing; expected `egret %s %s`",
                command->name, command->name, command->operands);
        err_hint(err, "`egret %s --help` explains it", command->name);
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

Status args_parse(Arena *arena, const CommandRow *command, uint32_t n_words, char *const *word,
                  Args *out, Err *err)
{
    bool only_operands = false;

    memset(out, 0, sizeof *out);
    out->command = command;
    out->operand = ARENA_ARRAY(arena, const char *, n_words);
    out->given = ARENA_ARRAY(arena, GivenOption, n_words);
    for (uint32_t i = 0; i < n_words; i++) {
        if (!only_operands && strcmp(word[i], "--") == 0)
            only_operands = true;
        else if (!only_operands && word[i][0] == '-' && word[i][1] != '\0')
            TRY(take_option(arena, out, n_words, word, &i, err));
        else
            out->operand[out->n_operands++] = word[i];
    }
    return check_operands(out, err);
}

static const GivenOption *find_given(const Args *args, const char *name)
{
    const OptionRow *row = find_option(args->command, name, strlen(name));

    CHECK(row != NULL);
    for (uint32_t i = 0; i < args->n_given; i++)
        if (args->given[i].row == row)
            return &args->given[i];
    return NULL;
}

bool args_knows(const Args *args, const char *name)
{
    return find_option(args->command, name, strlen(name)) != NULL;
}

bool args_flag(const Args *args, const char *name)
{
    return find_given(args, name) != NULL;
}

const char *args_text(const Args *args, const char *name)
{
    const GivenOption *given = find_given(args, name);
    return given ? given->value : NULL;
}

Status args_need(const Args *args, const char *name, const char **out, Err *err)
{
    const OptionRow *row = find_option(args->command, name, strlen(name));

    *out = args_text(args, name);
    if (*out)
        return STATUS_OK;
    err_set(err, STATUS_USAGE, "%s: --%s is missing; expected --%s %s", args->command->name, name,
            name, row->value);
    err_hint(err, "`egret %s --help` explains it", args->command->name);
    return STATUS_USAGE;
}

/* Decimal digits only, no sign, no blanks, no overflow. */
static bool read_u64(const char *text, size_t n_bytes, uint64_t *out)
{
    uint64_t value = 0;

    if (n_bytes == 0 || n_bytes > 20)
        return false;
    for (size_t i = 0; i < n_bytes; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

Status args_u64(const Args *args, const char *name, uint64_t min, uint64_t max, uint64_t fallback,
                uint64_t *out, Err *err)
{
    const char *text = args_text(args, name);

    *out = fallback;
    if (!text)
        return STATUS_OK;
    if (!read_u64(text, strlen(text), out) || *out < min || *out > max)
        return err_set(err, STATUS_USAGE,
                       "--%s: `%s` is not possible; expected a whole number in %" PRIu64
                       " .. %" PRIu64,
                       name, text, min, max);
    return STATUS_OK;
}

Status args_real(const Args *args, const char *name, double min, double max, double fallback,
                 double *out, Err *err)
{
    const char *text = args_text(args, name);
    char *end = NULL;

    *out = fallback;
    if (!text)
        return STATUS_OK;
    bool plain = text[0] != '\0' && text[strspn(text, "0123456789+-.eE")] == '\0';
    if (plain)
        *out = strtod(text, &end);
    if (!plain || *end != '\0' || !(*out >= min && *out <= max))
        return err_set(err, STATUS_USAGE,
                       "--%s: `%s` is not possible; expected a number in %g .. %g", name, text, min,
                       max);
    return STATUS_OK;
}

const char *args_choices_text(Arena *arena, const char *const *choice, uint32_t n_choices)
{
    const char *text = n_choices > 0 ? choice[0] : "";

    for (uint32_t i = 1; i < n_choices; i++)
        text = arena_printf(arena, "%s%s%s", text, i + 1 < n_choices ? ", " : " or ", choice[i]);
    return text;
}

Status args_choice(const Args *args, const char *name, const char *const *choice,
                   uint32_t n_choices, uint32_t fallback, uint32_t *out, Err *err)
{
    const char *text = args_text(args, name);

    *out = fallback;
    if (!text)
        return STATUS_OK;
    for (uint32_t i = 0; i < n_choices; i++) {
        if (strcmp(text, choice[i]) == 0) {
            *out = i;
            return STATUS_OK;
        }
    }
    Arena *scratch = arena_new();
    const char *nearest = yaml_nearest(text, choice, n_choices);
    err_set(err, STATUS_USAGE, "--%s: unknown value `%s`; expected %s", name, text,
            args_choices_text(scratch, choice, n_choices));
    if (nearest)
        err_hint(err, "did you mean %s?", nearest);
    arena_free(scratch);
    return STATUS_USAGE;
}

Status args_u32_list(Arena *arena, const Args *args, const char *name, uint32_t min, uint32_t max,
                     uint32_t *n_out, const uint32_t **out, Err *err)
{
    const char *text = args_text(args, name);
    uint32_t *list, n_list = 0;

    *n_out = 0;
    *out = NULL;
    if (!text)
        return STATUS_OK;
    list = ARENA_ARRAY(arena, uint32_t, strlen(text) + 1);
    for (const char *at = text;; at++) {
        size_t n_bytes = strcspn(at, ",");
        uint64_t value;
        if (!read_u64(at, n_bytes, &value) || value < min || value > max)
            return err_set(err, STATUS_USAGE,
                           "--%s: `%s` is not possible; expected whole numbers in %" PRIu32
                           " .. %" PRIu32 ", separated by commas",
                           name, text, min, max);
        list[n_list++] = (uint32_t)value;
        at += n_bytes;
        if (*at == '\0')
            break;
    }
    *n_out = n_list;
    *out = list;
    return STATUS_OK;
}

Status args_real_list(Arena *arena, const Args *args, const char *name, const double range[2],
                      double fallback, uint32_t *n_out, const double **out, Err *err)
{
    const char *text = args_text(args, name), *at = text ? text : "";
    double *list = ARENA_ARRAY(arena, double, strlen(at) + 1);
    uint32_t n_list = 0;

    *n_out = 1;
    *out = list;
    list[0] = fallback;
    while (text) {
        size_t n_bytes = strspn(at, "0123456789+-.eE");
        char *end = NULL;
        double value = strtod(at, &end);
        if (n_bytes == 0 || end != at + n_bytes || (*end != ',' && *end != '\0') ||
            !(value >= range[0] && value <= range[1]))
            return err_set(err, STATUS_USAGE,
                           "--%s: `%s` is not possible; expected numbers in %g .. %g, separated by "
                           "commas",
                           name, text, range[0], range[1]);
        list[n_list++] = value;
        *n_out = n_list;
        if (*end == '\0')
            break;
        at = end + 1;
    }
    return STATUS_OK;
}
