/* manual.c - the manual pages egret(1) and egret-COMMAND(1), from the tables, in man macros.
 *
 * Paragraphs of a text are parted by an empty line. Words between back quotes become bold, hyphens
 * minus signs (so that options can be copied from a page), and a line cannot begin with a control
 * character. No date: the same version makes the same bytes.
 *
 * Source: groff_man(7), man-pages(7). Cost: O(text).
 */
#include "help.h"

#include <ctype.h>
#include <string.h>

#include "commands.h"

/* Text in a page. `*quoted` says whether a back quote is open. */
static void write_char(char c, bool *quoted, FILE *stream)
{
    switch (c) {
    case '\\':
        fputs("\\e", stream);
        break;
    case '-':
        fputs("\\-", stream);
        break;
    case '\'':
        fputs("\\(aq", stream);
        break;
    case '^':
        fputs("\\(ha", stream);
        break;
    case '~':
        fputs("\\(ti", stream);
        break;
    case '`':
        *quoted = !*quoted;
        fputs(*quoted ? "\\fB" : "\\fR", stream);
        break;
    default:
        fputc(c, stream);
    }
}

static void write_text(const char *text, FILE *stream)
{
    bool quoted = false, is_begin = true;

    for (const char *at = text; *at; at++) {
        if (strncmp(at, "\n\n", 2) == 0) {
            fputs("\n.PP\n", stream);
            at++;
            is_begin = true;
            continue;
        }
        if (is_begin && *at == '.')
            fputs("\\&", stream);
        write_char(*at, &quoted, stream);
        is_begin = *at == '\n';
    }
    fputc('\n', stream);
}

/* The name of a page in capitals. */
static void write_title(const char *command, FILE *stream)
{
    fputs(".TH EGRET", stream);
    if (command)
        fputs("\\-", stream);
    for (const char *at = command ? command : ""; *at; at++)
        fputc(toupper((unsigned char)*at), stream);
    fputs(" 1 \"\" \"egret " EGRET_VERSION "\" \"Egret\"\n.SH NAME\negret", stream);
    if (command)
        fprintf(stream, "\\-%s", command);
    fputs(" \\- ", stream);
}

/* A sentence as it stands behind a page's name: small first letter, no full stop. */
static void write_subject(const char *sentence, FILE *stream)
{
    size_t n_bytes = strlen(sentence);
    bool quoted = false;

    while (n_bytes > 0 && sentence[n_bytes - 1] == '.')
        n_bytes--;
    for (size_t i = 0; i < n_bytes; i++) {
        const char c = sentence[i] == '\n' ? ' ' : sentence[i];
        write_char(i == 0 ? (char)tolower((unsigned char)c) : c, &quoted, stream);
    }
    fputc('\n', stream);
}

static void write_option(const OptionRow *row, FILE *stream)
{
    fputs(".TP\n", stream);
    if (row->letter)
        fprintf(stream, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB", stream);
    bool quoted = true;
    for (const char *at = "--"; *at; at++)
        write_char(*at, &quoted, stream);
    for (const char *at = row->name; *at; at++)
        write_char(*at, &quoted, stream);
    fputs("\\fR", stream);
    if (row->value) {
        fputs(" \\fI", stream);
        for (const char *at = row->value; *at; at++)
            write_char(*at, &quoted, stream);
        fputs("\\fR", stream);
    }
    fputc('\n', stream);
    write_text(row->meaning, stream);
}

static void write_ends(FILE *stream)
{
    const ExitCode *code;
    const uint32_t n_codes = exit_codes(&code);

    fputs(".SH EXIT STATUS\n", stream);
    for (uint32_t i = 0; i < n_codes; i++) {
        fprintf(stream, ".TP\n\\fB%d\\fR\n", code[i].code);
        write_text(code[i].meaning, stream);
    }
    fputs(".SH ENVIRONMENT\n.TP\n\\fBEGRET_CHIPS\\fR\nThe folder of the chips that are given by "
          "name, instead of\n\\fI../share/egret/chips\\fR beside the program.\n",
          stream);
}

/* All other pages. */
static void write_see_also(const char *own, FILE *stream)
{
    uint32_t n_commands;
    const CommandRow *const *command = command_list(&n_commands);
    const char *between = "";

    fputs(".SH SEE ALSO\n", stream);
    if (own) {
        fputs(".BR egret (1)", stream);
        between = ",\n";
    }
    for (uint32_t i = 0; i < n_commands; i++) {
        if (own && strcmp(command[i]->name, own) == 0)
            continue;
        fprintf(stream, "%s%s.BR egret\\-%s (1)", between[0] ? " " : "", between, command[i]->name);
        between = ",\n";
    }
    fputc('\n', stream);
}

void manual_write_command(const CommandRow *command, FILE *stream)
{
    write_title(command->name, stream);
    write_subject(command->summary, stream);
    fprintf(stream, ".SH SYNOPSIS\n\\fBegret %s\\fR ", command->name);
    write_text(command->operands, stream);
    if (command->n_options > 0)
        fputs("[options]\n", stream);
    fputs(".SH DESCRIPTION\n", stream);
    write_text(command->summary, stream);
    if (command->details[0] != '\0') {
        fputs(".PP\n", stream);
        write_text(command->details, stream);
    }
    fputs(".SH OPTIONS\n", stream);
    for (uint32_t i = 0; i < option_count(command); i++)
        write_option(option_at(command, i), stream);
    write_ends(stream);
    write_see_also(command->name, stream);
}

void manual_write_overview(FILE *stream)
{
    uint32_t n_commands;
    const CommandRow *const *command = command_list(&n_commands);

    write_title(NULL, stream);
    write_subject(HELP_SUBJECT, stream);
    fputs(".SH SYNOPSIS\n\\fBegret\\fR COMMAND [operands] [options]\n.SH DESCRIPTION\n", stream);
    write_text(
        "Egret compiles a trained sparse recurrent network onto a chip description, simulates\n"
        "its event traffic cycle-approximately, and reports latency, energy with an interval,\n"
        "and the MACs of every core. The same files, options and version give the same bytes.",
        stream);
    fputs(".SH COMMANDS\n", stream);
    for (uint32_t i = 0; i < n_commands; i++) {
        fprintf(stream, ".TP\n\\fBegret %s\\fR\n", command[i]->name);
        write_text(command[i]->summary, stream);
    }
    fputs(
        ".SH EXAMPLES\n.EX\n"
        "egret gen egru \\-\\-layers 64,128,64 \\-\\-density 0.1 \\-o net\n"
        "egret compile net \\-\\-chip spinnaker2\n"
        "egret run net \\-\\-chip spinnaker2 \\-\\-activity \"rates=1,0.1,0.1 steps=20\" \\-o out\n"
        "egret report out\n"
        ".EE\n",
        stream);
    write_ends(stream);
    write_see_also(NULL, stream);
}
