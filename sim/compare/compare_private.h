/* compare_private.h - a comparison under way; sim/compare.h has what comes out. */
#ifndef SIM_COMPARE_PRIVATE_H
#define SIM_COMPARE_PRIVATE_H

#include "sim/compare.h"

enum { COMPARE_NAME_BYTES = 512 }; /* of a name that patterns are tried on */

typedef struct Comparer {
    Arena *arena;
    const RunFiles *baseline, *run;
    const Tolerance *tolerance; /* NULL: exact                        */
    bool *rule_used;            /* [n_rules] it matched some name     */
    uint32_t n_changes, max_changes;
    Change *change; /* [max_changes] */
    uint32_t n_items, max_items;
    CompareItem *item; /* [max_items] */
    uint32_t n_notes, max_notes;
    const char **note; /* [max_notes] */
    uint64_t n_values;
} Comparer;

/* Two values of one name that differ. */
typedef struct ValuePair {
    RunValue before, after;
    Direction direction;
    double scale; /* what the difference is weighed against; 0: the larger of both */
} ValuePair;

uint32_t comparer_item(Comparer *comparer, const char *kind, const char *name);
void comparer_note(Comparer *comparer, const char *note);

/* comparer_change - `change` has all but verdict, weight and order; `name` is its name. */
void comparer_change(Comparer *comparer, Change *change, const char *name, const ValuePair *pair);

/* comparer_one_sided - the same for what only one run has. */
void comparer_one_sided(Comparer *comparer, Change *change, const char *name, bool missing);

/* comparer_saw - a name that patterns may match, whether or not anything differs there. */
void comparer_saw(Comparer *comparer, const char *name);

/* compare_trees - report.json. compare_tables - a table that both have. */
void compare_trees(Comparer *comparer);
Status compare_tables(Comparer *comparer, RunTable table, Err *err);

/* change_cell_name - name of a cell of a table, row or column NULL as in Change; bytes [n_bytes] */
void change_cell_name(RunTable table, const char *row, const char *column, char *bytes,
                      size_t n_bytes);

/* compare_causes - fill cause and n_causes. */
void compare_causes(Arena *arena, Comparison *comparison);

#endif
