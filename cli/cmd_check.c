/* cmd_check.c - `egret check`: is a run what it was?
 *
 * Works from two run directories alone (sim/compare.h): nothing is simulated again. What differs is
 * printed, written for CI services if asked for, and accepted if told why; a difference beyond the
 * tolerance ends with exit code 6.
 */
#include "base/file.h"
#include "base/number_text.h"
#include "baseline.h"
#include "commands.h"

static const OptionRow OPTIONS[] = {
    {"against", 'a', OPTION_VALUE, "DIR", "run directory, or folder that --update made"},
    {"tolerance", 't', OPTION_VALUE, "FILE",
     "how far which values may differ (docs/ci.md); without it all\nmust be equal"},
    {"different-inputs", 0, OPTION_FLAG, NULL, "compare runs of different networks or inputs too"},
    {"junit", 0, OPTION_VALUE, "FILE", "write JUnit XML: a test case a metric and file"},
    {"markdown", 0, OPTION_VALUE, "FILE", "write a Markdown summary, as GitHub shows one"},
    {"github-benchmark", 0, OPTION_VALUE, "FILE",
     "write the metrics of which less is better for\n"
     "github-action-benchmark (customSmallerIsBetter)"},
    {"github-benchmark-bigger", 0, OPTION_VALUE, "FILE",
     "those of which more is better (customBiggerIsBetter)"},
    {"bmf", 0, OPTION_VALUE, "FILE", "write all metrics for Bencher (Bencher metric format)"},
    {"update", 0, OPTION_FLAG, NULL, "the run becomes the baseline; needs --reason"},
    {"reason", 0, OPTION_VALUE, "TEXT", "why; kept in BASELINE/accepted.csv"},
};

/* What a check works on. */
typedef struct Check {
    const Args *args;
    const char *baseline_folder, *reason; /* reason NULL: nothing is accepted */
    const Tolerance *tolerance;
    const RunFiles *run;
    const Comparison *comparison; /* NULL: there is no baseline yet */
} Check;

static Status read_options(Arena *arena, const Args *args, Check *check, Err *err)
{
    const char *tolerance = args_text(args, "tolerance");

    check->args = args;
    TRY(args_need(args, "against", &check->baseline_folder, err));
    if (args_flag(args, "update"))
        TRY(args_need(args, "reason", &check->reason, err));
    else if (args_text(args, "reason") != NULL)
        return err_set(err, STATUS_USAGE, "--reason: nothing is accepted; expected --update too");
    if (check->reason != NULL)
        TRY(baseline_check_reason(check->reason, err));
    if (tolerance != NULL)
        TRY(tolerance_load(arena, tolerance, &check->tolerance, err));
    return STATUS_OK;
}

static Status compare(Arena *arena, Check *check, Err *err)
{
    const RunFiles *baseline;

    const Status loaded = run_files_load(arena, check->baseline_folder, true, &baseline, err);
    if (loaded != STATUS_OK) {
        err_hint(err, "if another version of Egret wrote it: delete %s/report.json, then --update",
                 check->baseline_folder);
        return loaded;
    }
    if (!args_flag(check->args, "different-inputs")) {
        const Status status = compare_same_work(baseline, check->run, err);
        if (status != STATUS_OK) {
            err_hint(err, "--different-inputs compares them all the same");
            return status;
        }
    }
    return compare_runs(arena, baseline, check->run, check->tolerance, &check->comparison, err);
}

/* ---- files for CI services -------------------- */

typedef enum CiForm { CI_JUNIT, CI_MARKDOWN, CI_SMALLER, CI_BIGGER, CI_BMF, N_CI_FORMS } CiForm;

static const char *const CI_OPTION[N_CI_FORMS] = {"junit", "markdown", "github-benchmark",
                                                  "github-benchmark-bigger", "bmf"};

static void write_form(Arena *arena, const Check *check, CiForm form, FILE *stream)
{
    const Report *report = check->run->report;

    if (form == CI_JUNIT)
        compare_write_junit(arena, check->comparison, stream);
    else if (form == CI_MARKDOWN)
        compare_write_markdown(arena, check->comparison, stream);
    else if (form == CI_BMF)
        compare_write_bmf(arena, report, stream);
    else
        compare_write_github(arena, report, form == CI_SMALLER ? DIRECTION_LOWER : DIRECTION_HIGHER,
                             stream);
}

/* What compares is written only if there is a baseline to compare with. */
static Status write_files(Arena *arena, const Check *check, Err *err)
{
    for (CiForm form = (CiForm)0; form < N_CI_FORMS; form++) {
        const char *path = args_text(check->args, CI_OPTION[form]);
        FileWriter *writer;
        if (path == NULL || (check->comparison == NULL && form <= CI_MARKDOWN))
            continue;
        TRY(file_write_begin(arena, path, &writer, err));
        write_form(arena, check, form, file_write_stream(writer));
        TRY(file_write_commit(writer, err));
    }
    return STATUS_OK;
}

/* ---- verdict -------------------- */

/* Nothing is printed unless it has been accepted. */
static Status accept(Arena *arena, const Check *check, Err *err)
{
    const Acceptance acceptance = {check->run, check->comparison, check->reason};
    bool accepted;

    TRY(baseline_accept(arena, check->baseline_folder, &acceptance, &accepted, err));
    if (check->comparison != NULL) {
        compare_write_text(arena, check->comparison, stdout);
        putchar('\n');
    }
    printf("%s: %s\n", check->baseline_folder,
           accepted ? "accepted as the baseline" : "the same files; nothing to accept");
    return STATUS_OK;
}

static Status fail(Arena *arena, const Check *check, Err *err)
{
    const Comparison *comparison = check->comparison;
    const char *cause = compare_cause_text(arena, comparison);

    err_set(err, STATUS_REGRESSION,
            "%s: %s value%s not the baseline's (%s worse, %s better); expected those of %s%s%s",
            check->run->folder, number_text(comparison->n_beyond).text,
            comparison->n_beyond == 1 ? " is" : "s are", number_text(comparison->n_worse).text,
            number_text(comparison->n_better).text, check->baseline_folder,
            cause[0] ? "; cause: " : "", cause);
    err_hint(err, "%s--update --reason TEXT accepts the run as the baseline",
             comparison->n_better == comparison->n_beyond ? "all of it is better; " : "");
    return STATUS_REGRESSION;
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    Check check = {0};

    TRY(read_options(arena, args, &check, err));
    TRY(run_files_load(arena, args->operand[0], false, &check.run, err));
    const bool is_first = !file_exists(file_join(arena, check.baseline_folder, "report.json"));
    if (is_first && check.reason == NULL) {
        err_set(err, STATUS_IO, "%s: no report.json there; expected a baseline",
                check.baseline_folder);
        err_hint(err, "the first time: --update --reason TEXT makes it");
        return STATUS_IO;
    }
    if (!is_first)
        TRY(compare(arena, &check, err));
    TRY(write_files(arena, &check, err));
    if (check.reason != NULL)
        return accept(arena, &check, err);
    compare_write_text(arena, check.comparison, stdout);
    return check.comparison->n_beyond > 0 ? fail(arena, &check, err) : STATUS_OK;
}

const CommandRow COMMAND_CHECK = {
    .name = "check",
    .operands = "RUN --against BASELINE [--tolerance FILE]",
    .summary = "Tell what differs between a run and its baseline; fail if too much does.",
    .details =
        "Compares every value of report.json, cores.csv, links.csv and steps.csv of two run\n"
        "directories, and says which number of the chip or which option has changed. Ends with\n"
        "exit code 6 if any value differs by more than the tolerance, better or worse; docs/ci.md\n"
        "has a workflow.\n",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "DIR",
};
