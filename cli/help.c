/* help.c - `egret help` and `--help`: the tables of commands and options as text.
 *
 * Every text is filled into lines of up to WIDTH columns here, so a table may break its strings
 * where it likes. A word wider than what is left of a line stands in a line of its own.
 *
 * Cost: O(text).
 */
#include "help.h"

#include <string.h>

#include "commands.h"

enum { WIDTH = 80, OPTION_COLUMN = 28, COMMAND_COLUMN = 12 };

const char HELP_SUBJECT[] =
    "What a trained sparse recurrent network costs on an event-routing many-core chip.";

static const ExitCode EXIT_CODES[] = {
    {0, "ok"},
    {1, "bad input"},
    {2, "bad usage: command, option or value"},
    {3, "the network does not fit on the chip"},
    {4, "not supported"},
    {5, "cannot read or write"},
    {6, "a run differs from its baseline (`egret check`)"},
    {70, "internal error: a bug of Egret"},
    {130, "interrupted by a signal: partial results are marked partial"},
};

uint32_t exit_codes(const ExitCode **out)
{
    *out = EXIT_CODES;
    return sizeof EXIT_CODES / sizeof EXIT_CODES[0];
}

uint32_t option_count(const CommandRow *command)
{
    const OptionRow *common;
    return command->n_options + args_common_options(&common);
}

const OptionRow *option_at(const CommandRow *command, uint32_t i)
{
    const OptionRow *common;

    args_common_options(&common);
    return i < command->n_options ? &command->option[i] : &common[i - command->n_options];
}

/* Columns that n_bytes of UTF-8 take. */
static int columns_of(const char *text, size_t n_bytes)
{
    int n_columns = 0;

    for (size_t i = 0; i < n_bytes; i++)
        n_columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n_columns;
}

/* Words of `text` from column `at` on, further lines from column `indent` on, and a line's end. An
 * empty line in the text is one here. */
static void write_filled(const char *text, int at, int indent, FILE *stream)
{
    bool is_first = true;

    while (*text) {
        const size_t n_blanks = strspn(text, " \n"), n_bytes = strcspn(text + n_blanks, " \n");
        const int n_columns = columns_of(text + n_blanks, n_bytes);
        const bool is_paragraph = n_blanks >= 2 && strncmp(text, "\n\n", 2) == 0;
        if (n_bytes == 0)
            break;
        if (is_paragraph || (!is_first && at + 1 + n_columns > WIDTH)) {
            fprintf(stream, "%s\n%*s", is_paragraph ? "\n" : "", indent, "");
            at = indent;
        } else if (!is_first) {
            fputc(' ', stream);
            at++;
        }
        fwrite(text + n_blanks, 1, n_bytes, stream);
        at += n_columns;
        text += n_blanks + n_bytes;
        is_first = false;
    }
    fputc('\n', stream);
}

static void write_option(const OptionRow *row, FILE *stream)
{
    int at = fprintf(stream, "  %c%c%s--%s%s%s", row->letter ? '-' : ' ',
                     row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
                     row->value ? " " : "", row->value ? row->value : "");

    if (at >= OPTION_COLUMN)
        fprintf(stream, "\n%*s", OPTION_COLUMN, "");
    else
        fprintf(stream, "%*s", OPTION_COLUMN - at, "");
    write_filled(row->meaning, OPTION_COLUMN, OPTION_COLUMN, stream);
}

void help_write_command(const CommandRow *command, FILE *stream)
{
    const int indent = fprintf(stream, "usage: egret %s ", command->name);
    const bool more = command->n_options > 0;

    /* [options] stays whole at the end of the operands. */
    const int n_columns = columns_of(command->operands, strlen(command->operands));
    const bool fits = indent + n_columns + (more ? 10 : 0) <= WIDTH;
    fprintf(stream, "%s", command->operands);
    if (more)
        fprintf(stream, "%s%*s[options]", fits ? "" : "\n", fits ? 1 : indent, "");
    fputs("\n\n", stream);
    write_filled(command->summary, 0, 0, stream);
    if (command->details[0] != '\0') {
        fputc('\n', stream);
        write_filled(command->details, 0, 0, stream);
    }
    fprintf(stream, "\noptions:\n");
    for (uint32_t i = 0; i < option_count(command); i++)
        write_option(option_at(command, i), stream);
}

void help_write_overview(FILE *stream)
{
    uint32_t n_commands, n_codes;
    const CommandRow *const *command = command_list(&n_commands);
    const ExitCode *code;

    fputs("usage: egret COMMAND ...\n\n", stream);
    write_filled(HELP_SUBJECT, 0, 0, stream);
    fputs("\ncommands:\n", stream);
    for (uint32_t i = 0; i < n_commands; i++) {
        fprintf(stream, "  %-*s", COMMAND_COLUMN - 2, command[i]->name);
        write_filled(command[i]->summary, COMMAND_COLUMN, COMMAND_COLUMN, stream);
    }
    fputs("\n`egret help COMMAND` explains a command and its options; `egret help chips`\n"
          "lists the chips that come with Egret.\n\nexit codes:\n",
          stream);
    n_codes = exit_codes(&code);
    for (uint32_t i = 0; i < n_codes; i++)
        fprintf(stream, "  %-*d%s\n", COMMAND_COLUMN - 2, code[i].code, code[i].meaning);
}
