/* completion.c - scripts by which bash and zsh complete the words of a command line.
 *
 * Both are written from the tables of commands and options. What a value may be is read off the
 * text that stands for it (args.h): its alternatives are words to be given as they are, or names
 * of kinds of things, listed in KINDS. Chips are asked for when completing, since they are files.
 *
 * Cost: O(text).
 */
#include "help.h"

#include <ctype.h>
#include <string.h>

#include "commands.h"

typedef struct ValueKind {
    const char *name; /* in the table of options                  */
    const char *bash; /* word that _egret_offer knows, or choices */
    const char *zsh;  /* action of _arguments, or choices         */
} ValueKind;

#define STRATEGIES \
    "auto sequential snake row-snake near-router hilbert rcm cluster force anneal scotch"

static const ValueKind KINDS[] = {
    {"FILE", "@files", "_files"},       {"PROGRAM", "@files", "_files"},
    {"DIR", "@folders", "_files -/"},   {"NET", "@folders", "_files -/"},
    {"CHIP", "@chips", "_egret_chips"}, {"COMMAND", "@commands", "_egret_commands"},
    {"STRATEGY", STRATEGIES, NULL},
};

/* One alternative of a value's text. */
typedef struct Alternative {
    const char *text;
    size_t n_bytes;
    const ValueKind *kind; /* NULL: a word to be given, or a kind of which nothing is known */
    bool is_word;
} Alternative;

/* The next alternative at *at; false behind the last. */
static bool next_alternative(const char **at, Alternative *out)
{
    if (!*at || **at == '\0')
        return false;
    memset(out, 0, sizeof *out);
    out->text = *at;
    out->n_bytes = strcspn(*at, "|");
    const unsigned char first = (unsigned char)out->text[0];
    out->is_word = islower(first) || isdigit(first);
    for (size_t k = 0; !out->is_word && k < sizeof KINDS / sizeof KINDS[0]; k++)
        if (strlen(KINDS[k].name) == out->n_bytes &&
            memcmp(KINDS[k].name, out->text, out->n_bytes) == 0)
            out->kind = &KINDS[k];
    *at += out->n_bytes + ((*at)[out->n_bytes] == '|');
    return true;
}

static const char *operand_value(const CommandRow *command)
{
    if (command->max_operands == 0)
        return "";
    return command->operand ? command->operand : "FILE";
}

/* ---- bash -------------------- */

static void write_bash_values(const char *value, FILE *stream)
{
    Alternative one;

    fputs("echo '", stream);
    for (const char *at = value; next_alternative(&at, &one);) {
        if (one.is_word)
            fprintf(stream, "%.*s ", (int)one.n_bytes, one.text);
        else
            fprintf(stream, "%s ", one.kind ? one.kind->bash : "@any");
    }
    fputs("' ;;\n", stream);
}

static void write_bash_command(const CommandRow *command, FILE *stream)
{
    fprintf(stream, "        %s:) ", command->name);
    write_bash_values(operand_value(command), stream);
    fprintf(stream, "        %s:-) echo '", command->name);
    for (uint32_t i = 0; i < option_count(command); i++)
        fprintf(stream, "--%s ", option_at(command, i)->name);
    fputs("' ;;\n", stream);
    for (uint32_t i = 0; i < option_count(command); i++) {
        const OptionRow *row = option_at(command, i);
        if (!row->value)
            continue;
        fprintf(stream, "        %s:--%s", command->name, row->name);
        if (row->letter)
            fprintf(stream, "|%s:-%c", command->name, row->letter);
        fputs(") ", stream);
        write_bash_values(row->value, stream);
    }
}

void completion_write_bash(FILE *stream)
{
    uint32_t n_commands;
    const CommandRow *const *command = command_list(&n_commands);

    fputs("# bash completion of egret " EGRET_VERSION ", made by `egret help --completion bash`.\n"
          "# What may follow: COMMAND:OPTION its values, COMMAND: operands, COMMAND:- options.\n"
          "_egret_values()\n{\n    case $1:$2 in\n",
          stream);
    for (uint32_t i = 0; i < n_commands; i++)
        write_bash_command(command[i], stream);
    fputs("    esac\n}\n\n_egret_offer()\n{\n"
          "    local word=$1 kind found; shift\n"
          "    for kind in \"$@\"; do\n"
          "        found=()\n"
          "        case $kind in\n"
          "            @files) mapfile -t found < <(compgen -f -- \"$word\")\n"
          "                compopt -o filenames 2>/dev/null ;;\n"
          "            @folders) mapfile -t found < <(compgen -d -- \"$word\")\n"
          "                compopt -o filenames 2>/dev/null ;;\n"
          "            @chips) mapfile -t found < <(compgen -W \"$(\"${COMP_WORDS[0]}\" help chips "
          "\\\n"
          "                2>/dev/null | cut -d ' ' -f 1)\" -- \"$word\") ;;\n"
          "            @commands) mapfile -t found < <(compgen -W '",
          stream);
    for (uint32_t i = 0; i < n_commands; i++)
        fprintf(stream, "%s%s", i > 0 ? " " : "", command[i]->name);
    fputs("' -- \"$word\") ;;\n"
          "            @any) ;;\n"
          "            *) mapfile -t found < <(compgen -W \"$kind\" -- \"$word\") ;;\n"
          "        esac\n"
          "        COMPREPLY+=(\"${found[@]}\")\n"
          "    done\n}\n\n"
          "_egret()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before= command=${COMP_WORDS[1]}\n"
          "    local -a kinds=()\n"
          "    COMPREPLY=()\n"
          "    if ((COMP_CWORD < 2)); then\n"
          "        _egret_offer \"$word\" @commands --help --version\n"
          "        return\n"
          "    fi\n"
          "    before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    # Bash parts --name=value at the sign.\n"
          "    if [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
          "    if [[ $word == = ]]; then word=; fi\n"
          "    if [[ $before == -?* ]]; then\n"
          "        read -ra kinds <<<\"$(_egret_values \"$command\" \"$before\")\"\n"
          "    fi\n"
          "    if ((${#kinds[@]} == 0)) && [[ $word == -* ]]; then\n"
          "        read -ra kinds <<<\"$(_egret_values \"$command\" -)\"\n"
          "    elif ((${#kinds[@]} == 0)); then\n"
          "        read -ra kinds <<<\"$(_egret_values \"$command\" '')\"\n"
          "    fi\n"
          "    _egret_offer \"$word\" \"${kinds[@]}\"\n"
          "}\n\ncomplete -F _egret egret\n",
          stream);
}

/* ---- zsh -------------------- */

/* Text in single quotes inside of a specification of _arguments. */
static void write_zsh_text(const char *text, FILE *stream)
{
    for (const char *at = text; *at; at++) {
        if (*at == '\'')
            fputs("'\\''", stream);
        else if (*at == '\n')
            fputc(' ', stream);
        else if (strchr("[]:\\", *at))
            fprintf(stream, "\\%c", *at);
        else
            fputc(*at, stream);
    }
}

/* Words of a value, those of kinds that are lists too. */
static void write_zsh_words(const char *value, FILE *stream)
{
    const char *before = "(";
    Alternative one;

    for (const char *at = value; next_alternative(&at, &one);) {
        const bool is_list = one.kind && !one.kind->zsh;
        if (!one.is_word && !is_list)
            continue;
        fprintf(stream, "%s%.*s", before, is_list ? (int)strlen(one.kind->bash) : (int)one.n_bytes,
                is_list ? one.kind->bash : one.text);
        before = " ";
    }
    if (before[0] == ' ')
        fputc(')', stream);
}

/* What else a value may be: the action of the first kind that has one, which offers files beside
 * what it is for; or NULL. */
static const char *zsh_action(const char *value)
{
    Alternative one;

    for (const char *at = value; next_alternative(&at, &one);)
        if (one.kind && one.kind->zsh)
            return one.kind->zsh;
    return NULL;
}

static bool has_words(const char *value)
{
    Alternative one;

    for (const char *at = value; next_alternative(&at, &one);)
        if (one.is_word || (one.kind && !one.kind->zsh))
            return true;
    return false;
}

/* ":VALUE:action" */
static void write_zsh_value(const char *value, FILE *stream)
{
    const char *action = zsh_action(value);
    const bool both = action && has_words(value);

    fputc(':', stream);
    write_zsh_text(value, stream);
    fputs(both ? ":{_alternative \"words\\:word\\:" : ":", stream);
    write_zsh_words(value, stream);
    if (both)
        fprintf(stream, "\" \"kinds\\:kind\\:%s\"}", action);
    else if (action)
        fputs(action, stream);
}

static void write_zsh_option(const OptionRow *row, FILE *stream)
{
    const bool many = row->form == OPTION_MANY;

    fputs(" \\\n                ", stream);
    if (row->letter && !many)
        fprintf(stream, "'(-%c --%s)'", row->letter, row->name);
    if (many)
        fputs("'*'", stream);
    if (row->letter)
        fprintf(stream, "{-%c%s,--%s%s}'[", row->letter, row->value ? "+" : "", row->name,
                row->value ? "=" : "");
    else
        fprintf(stream, "'--%s%s[", row->name, row->value ? "=" : "");
    write_zsh_text(row->meaning, stream);
    fputc(']', stream);
    if (row->value)
        write_zsh_value(row->value, stream);
    fputc('\'', stream);
}

static void write_zsh_command(const CommandRow *command, FILE *stream)
{
    fprintf(stream, "            %s)\n                _arguments -s", command->name);
    for (uint32_t i = 0; i < option_count(command); i++)
        write_zsh_option(option_at(command, i), stream);
    if (command->max_operands > 0) {
        fprintf(stream, " \\\n                '%s", command->max_operands > 1 ? "*" : "1");
        write_zsh_value(operand_value(command), stream);
        fputc('\'', stream);
    }
    fputs(" ;;\n", stream);
}

void completion_write_zsh(FILE *stream)
{
    uint32_t n_commands;
    const CommandRow *const *command = command_list(&n_commands);

    fputs("#compdef egret\n"
          "# zsh completion of egret " EGRET_VERSION ", made by `egret help --completion zsh`.\n"
          "_egret_commands()\n{\n    local -a commands=(\n",
          stream);
    for (uint32_t i = 0; i < n_commands; i++) {
        fprintf(stream, "        '%s:", command[i]->name);
        write_zsh_text(command[i]->summary, stream);
        fputs("'\n", stream);
    }
    fputs("    )\n    _describe -t commands command commands\n}\n\n"
          "_egret_chips()\n{\n"
          "    local -a chips=(${${(f)\"$(_call_program chips egret help chips 2>/dev/null)\"}%% "
          "*})\n"
          "    _alternative 'chips:chip:compadd -a chips' 'files:file:_files'\n}\n\n"
          "_egret()\n{\n"
          "    local curcontext=$curcontext state line\n"
          "    typeset -A opt_args\n"
          "    _arguments -C '(- *)--help[print the help]' '(- *)--version[print the version]' \\\n"
          "        '1:command:_egret_commands' '*::word:->words' && return\n"
          "    if [[ $state == words ]]; then\n"
          "        case $words[1] in\n",
          stream);
    for (uint32_t i = 0; i < n_commands; i++)
        write_zsh_command(command[i], stream);
    fputs("        esac\n    fi\n}\n\n_egret \"$@\"\n", stream);
}
