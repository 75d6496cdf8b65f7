/* compare.h - two runs held against one another, value by value, from their directories alone.
 *
 * Every value of report.json and every cell of cores.csv, links.csv and steps.csv is compared, by
 * name: whatever is added to these files later is compared too. What is not a result is not: texts
 * that explain; `spread`, which the intervals of the metrics tell; `busiest_core`, a row of
 * cores.csv; `provenance` and `chip_numbers`, which say why results changed.
 */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include "base/csv_table.h"
#include "base/yaml_doc.h"
#include "sim/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a run directory, read back -------------------- */

/* X(NAME, name, row): tables of a run directory; how a row of it is called. */
#define RUN_TABLE_LIST(X)   \
    X(CORES, cores, "core") \
    X(LINKS, links, "link") \
    X(STEPS, steps, "step")

typedef enum RunTable {
#define X(NAME, name, row) RUN_##NAME,
    RUN_TABLE_LIST(X)
#undef X
        N_RUN_TABLES
} RunTable;

/* run_table_file - "cores.csv". */
const char *run_table_file(RunTable table);

typedef struct RunFiles {
    const char *folder;
    const Report *report;                /* of report.json                               */
    const YamlNode *tree;                /* the same as it stands in the file            */
    const CsvTable *table[N_RUN_TABLES]; /* NULL: not there                              */
} RunFiles;

/* run_files_load - a run directory, or a baseline, which may do without tables. Errors: IO, INPUT
 * (file:line:col; rows that are not in the order of their first column; a run that was interrupted). */
Status run_files_load(Arena *arena, const char *folder, bool is_baseline, const RunFiles **out,
                      Err *err);

/* ---- how far values may differ -------------------- */

typedef enum Direction { DIRECTION_NONE, DIRECTION_LOWER, DIRECTION_HIGHER } Direction;

/* direction_of - which way a value gets better, by its name without a row ("cores.emit_cycles",
 * "metrics.latency_mean_us"). *follows: it moves when others do (times since the run began, what
 * is idle, energies by line), and says less than they. */
Direction direction_of(const char *name, bool *follows);

typedef struct ToleranceRule {
    const char *place;     /* file:line:col, for messages                                     */
    const char *pattern;   /* of names; * stands for any characters, ? for one                */
    double absolute;       /* difference that is allowed                                       */
    uint64_t relative_ppb; /* the same, of the baseline's value, in parts of 10^9             */
    bool worse_only;       /* a value that gets better may differ at will                      */
    bool ignore;           /* any difference is allowed, also that there is no such value      */
} ToleranceRule;

typedef struct Tolerance {
    uint32_t n_rules;
    const ToleranceRule *rule; /* [n_rules] the first that matches a name is its rule */
} Tolerance;

/* tolerance_load - docs/ci.md has the form. Errors: IO, INPUT. */
Status tolerance_load(Arena *arena, const char *path, const Tolerance **out, Err *err);

/* tolerance_rule - of a name; NULL: exactly equal. cost: O(rules x length) */
const ToleranceRule *tolerance_rule(const Tolerance *tolerance, const char *name);

/* glob_matches - does the pattern match the whole name? */
bool glob_matches(const char *pattern, const char *name);

/* A value of a file: a number or a text. */
typedef struct RunValue {
    const char
        *text; /* as it stands in the file; NULL: nothing stands there (null, an empty cell) */
    bool is_number, is_whole;
    uint64_t whole; /* if is_whole                     */
    double real;    /* of any number                  */
} RunValue;

RunValue run_value(const char *text);

/* run_value_equal - the same number, or the same text. */
bool run_value_equal(const RunValue *a, const RunValue *b);

/* tolerance_allows - is this difference allowed? Limits are inclusive; whole numbers are compared
 * exactly, of real ones limits are 10^-12 wider, so that decimal limits mean what they say. */
bool tolerance_allows(const ToleranceRule *rule, Direction direction, const RunValue *before,
                      const RunValue *after);

/* ---- what differs -------------------- */

typedef enum Verdict {
    VERDICT_WITHIN,  /* differs, as the tolerance allows */
    VERDICT_CHANGED, /* neither better nor worse         */
    VERDICT_BETTER,
    VERDICT_WORSE,
    VERDICT_MISSING, /* only in the baseline */
    VERDICT_EXTRA    /* only in the run      */
} Verdict;

const char *verdict_name(Verdict verdict);

/* X(NAME, name, title): where values stand; each has its place in what is printed. */
#define CHANGE_GROUP_LIST(X)          \
    X(METRICS, metrics, "metrics")    \
    X(COUNTS, counts, "other counts") \
    X(CORES, cores, "cores")          \
    X(LINKS, links, "links")          \
    X(STEPS, steps, "steps")

typedef enum ChangeGroup {
#define X(NAME, name, title) CHANGE_##NAME,
    CHANGE_GROUP_LIST(X)
#undef X
        N_CHANGE_GROUPS
} ChangeGroup;

typedef struct Change {
    ChangeGroup group;
    uint32_t item;        /* in Comparison.item                                              */
    const char *name;     /* of a value of report.json, as patterns match it; else NULL      */
    const char *row;      /* of a table: number of the row; NULL: the whole column           */
    const char *row_name; /* of a link: its name; else NULL                                  */
    const char *column;   /* of a table; NULL: the whole row                                 */
    const char *before, *after; /* as in the files; NULL: nothing stands there               */
    Verdict verdict;
    bool follows, is_time; /* is_time: cycles or ps, which are told first */
    double weight;  /* 0 .. 1 of a value: difference over the larger; of a cell: over the sum of its
                      column; 1 of what is no number                                         */
    uint64_t order; /* of the files                                                          */
} Change;

/* What a CI counts as one test: a metric, a section of report.json, a table. */
typedef struct CompareItem {
    const char *kind, *name; /* "metrics" "latency_mean_us"; "report" "mapping"; "table" "cores" */
    uint64_t n_values, n_within, n_beyond;
} CompareItem;

typedef struct CompareCause { /* what differs in where the results come from */
    const char *what;         /* "chip number software.step_cycles", "options"  */
    const char *before, *after;
} CompareCause;

typedef struct Comparison {
    const RunFiles *baseline, *run;
    uint64_t n_values; /* compared */
    uint64_t n_within, n_beyond, n_better, n_worse;
    uint32_t n_changes;
    const Change *change; /* [n_changes] by group; what is within the tolerance last, before it what
 * follows; times before counts; heaviest first */
    uint32_t group_start[N_CHANGE_GROUPS + 1];
    uint32_t n_items;
    const CompareItem *item; /* [n_items] */
    uint32_t n_causes;
    const CompareCause *cause; /* [n_causes] the numbers of the chip first               */
    uint32_t n_notes;
    const char *const *note; /* [n_notes] what was not compared, patterns that match nothing */
} Comparison;

/* compare_same_work - Errors: INPUT if the runs are of different networks or inputs. */
Status compare_same_work(const RunFiles *baseline, const RunFiles *run, Err *err);

/* compare_runs - `tolerance` may be NULL: exact. Errors: INPUT (a cell that is no number where the
 * other run has one). cost: O(values) and O(changes x (rules + log changes)) */
Status compare_runs(Arena *arena, const RunFiles *baseline, const RunFiles *run,
                    const Tolerance *tolerance, const Comparison **out, Err *err);

/* ---- what is told of it -------------------- */

/* change_name - as patterns match it: "cores.17.receive_cycles". change_label - for people: "core
 * 17: receive_cycles". */
const char *change_name(Arena *arena, const Change *change);
const char *change_label(Arena *arena, const Change *change);

/* change_text - what stands there, for people: "12,030", "1.25"; with as many digits as tell both
 * apart. change_by - "+1 (+0.01 %)"; "" if one of them is no number. */
void change_text(Arena *arena, const Change *change, const char **before, const char **after);
const char *change_by(Arena *arena, const Change *change);

/* compare_pick - the heaviest of a group that are worth a line, at most n_most; of links and steps
 * one of each column, few of the rows that only one run has. Returns how many; *n_beyond: of how
 * many beyond the tolerance. */
uint32_t compare_pick(const Comparison *comparison, ChangeGroup group, uint32_t n_most,
                      const Change **shown, uint32_t *n_beyond);

/* compare_cause_text - "chip number software.step_cycles 4 -> 5 cycles" of the first cause, and how
 * many more there are; "" if none is known. */
const char *compare_cause_text(Arena *arena, const Comparison *comparison);

/* At most a screen: the heaviest changes of each group. */
void compare_write_text(Arena *arena, const Comparison *comparison, FILE *stream);
/* JUnit XML: a test case for each item. */
void compare_write_junit(Arena *arena, const Comparison *comparison, FILE *stream);
/* GitHub-flavoured Markdown, as for $GITHUB_STEP_SUMMARY. */
void compare_write_markdown(Arena *arena, const Comparison *comparison, FILE *stream);
/* The run's metrics: for github-action-benchmark, those that get better in one direction
 * (customSmallerIsBetter, customBiggerIsBetter); for Bencher (BMF), all. */
void compare_write_github(Arena *arena, const Report *report, Direction direction, FILE *stream);
void compare_write_bmf(Arena *arena, const Report *report, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
