// help.c, manual.c, completion.c: the table of a command as text, manual page and completion.
#include <cstdlib>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "commands.h"
#include "help.h"

namespace
{

const OptionRow kOptions[] = {
    {"chip", 'c', OPTION_VALUE, "CHIP", "a chip"},
    {"set", 0, OPTION_MANY, "K=V", "a setting\nin two lines"},
    {"fast", 'f', OPTION_FLAG, nullptr,
     "no delay, whatever it may cost, and with a description that takes two lines"},
    {"a-name-that-is-rather-long", 0, OPTION_VALUE, "x|y-z|FILE", "its `meaning`"},
};

const CommandRow kCommand = {"try",    "A [B]", "Try it.", "One\nparagraph.\n\n.Another's \\ one.",
                             kOptions, 4,       1,         2,
                             nullptr,  "NET"};

std::string written(const std::function<void(FILE *)> &write)
{
    char *text = nullptr;
    size_t n_bytes = 0;
    FILE *stream = open_memstream(&text, &n_bytes);
    write(stream);
    fclose(stream);
    std::string all(text, n_bytes);
    free(text);
    return all;
}

TEST(HelpTest, ListsAllRowsInOneColumnAndFillsLines)
{
    EXPECT_EQ(written([](FILE *stream) { help_write_command(&kCommand, stream); }),
              "usage: egret try A [B] [options]\n"
              "\n"
              "Try it.\n"
              "\n"
              "One paragraph.\n"
              "\n"
              ".Another's \\ one.\n"
              "\n"
              "options:\n"
              "  -c, --chip CHIP           a chip\n"
              "      --set K=V             a setting in two lines\n"
              "  -f, --fast                no delay, whatever it may cost, and with a\n"
              "                            description that takes two lines\n"
              "      --a-name-that-is-rather-long x|y-z|FILE\n"
              "                            its `meaning`\n"
              "  -q, --quiet               no progress bar\n"
              "  -v, --verbose             say on stderr what is done\n"
              "      --version             print the version\n"
              "  -h, --help                print this help\n");
}

TEST(HelpTest, NoLineOfAnyCommandIsWiderThanEightyColumns)
{
    uint32_t n_commands;
    const CommandRow *const *command = command_list(&n_commands);
    std::string all = written(help_write_overview);

    for (uint32_t i = 0; i < n_commands; i++) {
        EXPECT_EQ(command_find(command[i]->name), command[i]);
        EXPECT_NE(all.find(std::string("\n  ") + command[i]->name + " "), std::string::npos);
        all += written([&](FILE *stream) { help_write_command(command[i], stream); });
    }
    for (size_t at = 0, end; (end = all.find('\n', at)) != std::string::npos; at = end + 1)
        EXPECT_LE(end - at, 80u) << all.substr(at, end - at);
    EXPECT_EQ(command_find("runs"), nullptr);
}

TEST(HelpTest, ManualPageEscapesWhatRoffWouldTakeForItself)
{
    const std::string page = written([](FILE *stream) { manual_write_command(&kCommand, stream); });

    EXPECT_EQ(page.find(".TH EGRET\\-TRY 1 \"\" \"egret "), 0u);
    for (const char *part : {
             "\n.SH NAME\negret\\-try \\- try it\n",
             "\n.SH SYNOPSIS\n\\fBegret try\\fR A [B]\n[options]\n",
             "\nOne\nparagraph.\n.PP\n\\&.Another\\(aqs \\e one.\n",
             "\n.TP\n\\fB\\-c\\fR, \\fB\\-\\-chip\\fR \\fICHIP\\fR\na chip\n",
             "\\fIx|y\\-z|FILE\\fR\nits \\fBmeaning\\fR\n",
             "\n.BR egret (1) ,\n.BR egret\\-run (1) ,\n",
         })
        EXPECT_NE(page.find(part), std::string::npos) << part << page;
}

TEST(HelpTest, CompletionOffersWordsAndKindsOfThings)
{
    const std::string bash = written(completion_write_bash), zsh = written(completion_write_zsh);

    for (const char *part :
         {"run:) echo '@folders ' ;;", "run:--chip|run:-c) echo '@chips @files ' ;;",
          "noc:--routing) echo 'xy yx ' ;;", "noc:--vcs) echo '@any ' ;;", "compgen -W 'run "})
        EXPECT_NE(bash.find(part), std::string::npos) << part;
    for (const char *part : {"'(-c --chip)'{-c+,--chip=}'[", ":CHIP|FILE:_egret_chips'",
                             ":xy|yx:(xy yx)'", "'*'{-s+,--set=}'[override", "'help:Explain Egret"})
        EXPECT_NE(zsh.find(part), std::string::npos) << part;
}

} // namespace
